import { addressText } from './address.js'
import { FLAGS, NO_RULE } from './flags.js'
import { FIELD } from './layout.js'
import {
  dnsRcodeName,
  dnsTypeName,
  quicVersionName,
  tlsVersionName,
  transportName,
} from './registries.js'
import type { RecordRun } from './ring.js'
import { timeText } from './time.js'
import type {
  DnsAnswer,
  DnsRecord,
  Endpoint,
  FlowRecord,
  RuleSource,
  SeenHost,
  TrafficRecord,
} from './types.js'
import {
  type Action,
  ACTIONS,
  CLOSES,
  EVIDENCES,
  HOST_SOURCES,
  PROTOCOLS,
  REASONS,
  RECORD_KINDS,
  VERDICTS,
} from './vocabulary.js'

const TYPE_AAAA = 28

/** What is known of a rule; `null` when no ruleset knows it. */
export interface RuleDetail extends RuleSource {
  /** Of its list, or those that were asked for, a comma between them. */
  readonly category: string | null
  readonly action: Action
  /** Of an indicator. */
  readonly title: string | null
  /** Of an indicator; 0 for none. */
  readonly severity: number
}
/**
 * By a rule's number and the generation of rules that it is a number of. The latter two are the halves of a
 * record's categories, for their names.
 */
export type RuleLookup = (
  rule: number,
  generation: number,
  categoriesLow?: number,
  categoriesHigh?: number,
) => RuleDetail | null

/** What a record says of the rules that spoke. */
export interface RuledBy {
  readonly rule: RuleSource | null
  readonly category: string | null
  readonly overruled: RuleSource | null
}

const sourceOf = (detail: RuleDetail | null): RuleSource | null =>
  detail && { text: detail.text, list: detail.list, line: detail.line }

export function ruledBy(run: RecordRun, at: number, lookup: RuleLookup): RuledBy {
  const rule = run.u32(at + FIELD.rule)
  const overruled = run.u32(at + FIELD.overruled)
  const generation = run.u16(at + FIELD.generation)
  const { low, high } = run.halves(at + FIELD.categories)
  const detail = rule === NO_RULE ? null : lookup(rule, generation, low, high)
  return {
    rule: sourceOf(detail),
    category: detail && (low || high) ? detail.category : null,
    overruled: overruled === NO_RULE ? null : sourceOf(lookup(overruled, generation)),
  }
}

/**
 * Turns ring entries into records. Further names and answers come before the record that they
 * belong to, so a decoder remembers them between runs: use one for an engine.
 */
export class RecordDecoder {
  readonly #rule: RuleLookup
  #hosts: SeenHost[] = []
  #answers: DnsAnswer[] = []

  constructor(rule: RuleLookup) {
    this.#rule = rule
  }

  /** The records that are complete with this run, in order. */
  decode(run: RecordRun): TrafficRecord[] {
    const records: TrafficRecord[] = []
    for (let i = 0; i < run.count; i++) {
      const record = this.one(run, run.at(i))
      if (record) records.push(record)
    }
    return records
  }

  /** The record that is complete with the entry at `at`; null: none is. */
  one(run: RecordRun, at: number): TrafficRecord | null {
    switch (run.u8(at + FIELD.kind)) {
      case RECORD_KINDS.name:
        this.#hosts.push(seenHost(run, at))
        return null
      case RECORD_KINDS.answer:
        this.#answers.push(answer(run, at))
        return null
      case RECORD_KINDS.flow: {
        const hosts = this.#hosts
        this.#hosts = []
        return this.#flow(run, at, hosts)
      }
      case RECORD_KINDS.dns:
        return this.#dns(run, at)
      default:
        return null
    }
  }

  /**
   * Flows of the run as they were when they were judged, and each without its further hosts: their records come
   * when they end. Only where the engine was asked to tell them: `EngineOptions.tellsJudged`.
   */
  judged(run: RecordRun): FlowRecord[] {
    const flows: FlowRecord[] = []
    for (let i = 0; i < run.count; i++) {
      const at = run.at(i)
      if (run.u8(at + FIELD.kind) === RECORD_KINDS.judged) flows.push(this.#flow(run, at, []))
    }
    return flows
  }

  #flow(run: RecordRun, at: number, more: readonly SeenHost[]): FlowRecord {
    const flags = run.u8(at + FIELD.flags)
    const via = run.u8(at + FIELD.via)
    const host = run.name(at)
    const alpn = run.text(at + FIELD.alpn, run.u8(at + FIELD.alpnLen))
    const tls = run.u16(at + FIELD.tlsVersion)
    const quic = run.u32(at + FIELD.quicVersion)
    return {
      type: 'flow',
      ...common(run, at),
      packets: { up: run.u64(at + FIELD.packetsUp), down: run.u64(at + FIELD.packetsDown) },
      bytes: { up: run.u64(at + FIELD.bytesUp), down: run.u64(at + FIELD.bytesDown) },
      protocol: PROTOCOLS[run.u8(at + FIELD.protocol)]!,
      ...(via ? { via: PROTOCOLS[via]! } : {}),
      protocolEvidence: EVIDENCES[run.u8(at + FIELD.evidence)]!,
      host: host || null,
      hostSource: HOST_SOURCES[run.u8(at + FIELD.hostSource)]!,
      ...(more.length ? { hosts: [seenHost(run, at), ...more] } : {}),
      nameIsOuter: (flags & FLAGS.nameIsOuter) !== 0,
      hintAmbiguous: (flags & FLAGS.hintAmbiguous) !== 0,
      esni: (flags & FLAGS.esni) !== 0,
      ech: (flags & FLAGS.ech) !== 0,
      alpn: alpn ? alpn.split(',') : [],
      tlsVersion: tls ? tlsVersionName(tls) : null,
      quicVersion: quic ? quicVersionName(quic) : null,
      ja4: run.text(at + FIELD.ja4, run.u16(at + FIELD.ja4Len)) || null,
      ...this.#judged(run, at),
      close: CLOSES[run.u8(at + FIELD.close)]!,
    }
  }

  #dns(run: RecordRun, at: number): DnsRecord {
    const flags = run.u8(at + FIELD.flags)
    const answers = this.#answers
    this.#answers = []
    const source = run.u8(at + FIELD.hostSource)
    return {
      type: 'dns',
      ...common(run, at),
      protocol: PROTOCOLS[run.u8(at + FIELD.protocol)]!,
      dnsId: run.u16(at + FIELD.dnsId),
      query: run.name(at),
      host: (source && run.name(at)) || null,
      hostSource: HOST_SOURCES[source]!,
      qtype: dnsTypeName(run.u16(at + FIELD.qtype)),
      querySeen: (flags & FLAGS.query) !== 0,
      rcode: flags & FLAGS.response ? dnsRcodeName(run.u16(at + FIELD.rcode)) : null,
      answerCount: run.u16(at + FIELD.answers),
      answers,
      ...this.#judged(run, at),
    }
  }

  #judged(run: RecordRun, at: number) {
    return {
      verdict: VERDICTS[run.u8(at + FIELD.verdict)]!,
      action: ACTIONS[run.u8(at + FIELD.action)]!,
      reason: REASONS[run.u8(at + FIELD.reason)]!,
      ...ruledBy(run, at, this.#rule),
    }
  }
}

function common(run: RecordRun, at: number) {
  return {
    id: run.u64(at + FIELD.flowId),
    start: timeText(run.u64(at + FIELD.startUs)),
    end: timeText(run.u64(at + FIELD.endUs)),
    transport: transportName(run.u8(at + FIELD.transport)),
    client: endpoint(run, at, FIELD.client, FIELD.clientPort),
    server: endpoint(run, at, FIELD.server, FIELD.serverPort),
  }
}

function endpoint(run: RecordRun, at: number, address: number, port: number): Endpoint {
  const isIpv4 = run.u8(at + FIELD.ipVersion) === 4
  return { ip: addressText(run.bytes, at + address, isIpv4), port: run.u16(at + port) }
}

function seenHost(run: RecordRun, at: number): SeenHost {
  return { host: run.name(at), source: HOST_SOURCES[run.u8(at + FIELD.hostSource)]! }
}

/** AAAA may be `::`; other types (address hints of HTTPS and SVCB) may not. */
export function hasAddress(run: RecordRun, at: number): boolean {
  if (run.u8(at + FIELD.flags) & FLAGS.addressIsIpv4 || run.u16(at + FIELD.qtype) === TYPE_AAAA)
    return true
  for (let i = 0; i < 16; i++) if (run.u8(at + FIELD.address + i)) return true
  return false
}

function answer(run: RecordRun, at: number): DnsAnswer {
  const type = run.u16(at + FIELD.qtype)
  const isIpv4 = (run.u8(at + FIELD.flags) & FLAGS.addressIsIpv4) !== 0
  const name = run.name(at)
  return {
    type: dnsTypeName(type),
    ttl: run.u32(at + FIELD.ttl),
    ...(hasAddress(run, at) ? { address: addressText(run.bytes, at + FIELD.address, isIpv4) } : {}),
    ...(name ? { name } : {}),
  }
}
