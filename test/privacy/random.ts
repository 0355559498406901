// Random consents, and random records each of whose values is found nowhere else.
import { GATE_NAMES, type GateValues, valuesOf } from '../../src/privacy/gates.js'
import type { DnsRecord, FlowRecord, RuleSource } from '../../src/records/types.js'
import { ACTIONS, PROTOCOLS, REASONS, VERDICTS } from '../../src/records/vocabulary.js'

export type Pick = (below: number) => number

/** Small, seeded: a failure can be repeated. */
export function random(seed: number): Pick {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

export const one = <T>(pick: Pick, from: readonly T[]): T => from[pick(from.length)]!

export function randomValues(pick: Pick): GateValues {
  return Object.fromEntries(
    GATE_NAMES.map((gate) => [gate, one(pick, valuesOf(gate))]),
  ) as unknown as GateValues
}

/** What a record says that a gate may close. */
export interface Secrets {
  /** By field: the name in full, and its registrable domain. */
  readonly host: Secret
  readonly hosts: readonly Secret[]
  readonly answers: readonly Secret[]
  readonly client: string
  readonly server: string
  readonly answerAddress: string
  readonly rule: readonly string[]
  readonly overruled: readonly string[]
  readonly category: string
  readonly ja4: string
  readonly alpn: string
  readonly times: readonly string[]
  readonly sizes: readonly number[]
}

export interface Secret {
  readonly full: string
  readonly domain: string
}

class Maker {
  #count = 0

  constructor(readonly pick: Pick) {}

  /** Letters that stand nowhere else, so that no number or keyword can hold them by chance. */
  word(): string {
    const letters = (n: number): string =>
      Array.from({ length: 6 }, (_, i) => 'ghijklmnopqrstuv'[(n >> (4 * i)) & 15]).join('')
    return `z${letters(Math.imul(++this.#count, 2_654_435_761) >>> 8)}${letters(this.pick(2 ** 24))}`
  }

  name(): Secret {
    const domain = `${this.word()}.${one(this.pick, ['example', 'co.uk', 'github.io', 'test'])}`
    const registrable = domain.endsWith('.github.io') ? 'github.io' : domain
    return { full: `${this.word()}.${domain}`, domain: registrable }
  }

  ip(): string {
    const { pick } = this
    const octet = (): number => 1 + pick(254)
    switch (pick(4)) {
      case 0:
        return `10.${100 + pick(99)}.${octet()}.${octet()}`
      case 1:
        return `fd00:${(0x1000 + pick(0xefff)).toString(16)}::${(0x1000 + pick(0xefff)).toString(16)}`
      case 2:
        return `2001:db8:${(0x1000 + pick(0xefff)).toString(16)}::${(0x1000 + pick(0xefff)).toString(16)}`
      default:
        return `203.${100 + pick(99)}.${octet()}.${octet()}`
    }
  }

  rule(about: Secret, server: string): RuleSource {
    const text = one(this.pick, [about.full, `||${about.domain}^`, server, `/${this.word()}/`])
    return { text, list: this.word(), line: 1 }
  }
}

export interface Sample {
  readonly record: FlowRecord | DnsRecord
  readonly secrets: Secrets
}

export function randomRecord(pick: Pick): Sample {
  const maker = new Maker(pick)
  const host = maker.name()
  const [server, client, answerAddress] = [maker.ip(), maker.ip(), maker.ip()]
  const hosts = [maker.name(), maker.name()]
  const answers = [maker.name(), maker.name()]
  const sizes = Array.from({ length: 4 }, () => 100_001 + 2 * pick(1 << 30))
  const times = ['21.987654', '23.876543'].map((rest) => `2026-11-23T19:03:${rest}Z`)
  const secrets = { category: maker.word(), ja4: maker.word(), alpn: maker.word() }
  const rule = pick(3) ? maker.rule(host, server) : null
  const overruled = pick(3) ? maker.rule(maker.name(), server) : null
  const base = {
    id: 1 + pick(1000),
    start: times[0]!,
    end: times[1]!,
    transport: 'tcp',
    client: { ip: client, port: 10_000 + pick(50_000) },
    server: { ip: server, port: pick(2) ? 443 : 10_000 + pick(50_000) },
    protocol: one(pick, PROTOCOLS),
    host: host.full,
    verdict: one(pick, VERDICTS),
    action: one(pick, ACTIONS),
    reason: one(pick, REASONS),
    rule,
    category: secrets.category,
    overruled,
  } as const
  const flow: FlowRecord = {
    ...base,
    type: 'flow',
    packets: { up: sizes[0]!, down: sizes[1]! },
    bytes: { up: sizes[2]!, down: sizes[3]! },
    protocolEvidence: 'payload',
    hostSource: 'tls-sni',
    ...(pick(2) ? { hosts: hosts.map(({ full }) => ({ host: full, source: 'http-host' })) } : {}),
    nameIsOuter: false,
    hintAmbiguous: false,
    esni: false,
    ech: false,
    alpn: [secrets.alpn],
    tlsVersion: 'TLS 1.3',
    quicVersion: null,
    ja4: secrets.ja4,
    close: 'fin',
  }
  const dns: DnsRecord = {
    ...base,
    type: 'dns',
    dnsId: pick(65_536),
    query: host.full,
    hostSource: 'dns-qname',
    qtype: 'A',
    querySeen: true,
    rcode: 'NOERROR',
    answerCount: 2,
    answers: [
      { type: 'CNAME', ttl: 5, name: answers[0]!.full },
      { type: 'HTTPS', ttl: 5, name: answers[1]!.full, address: answerAddress },
    ],
  }
  const texts = (source: RuleSource | null): string[] => (source ? [source.text, source.list] : [])
  return {
    record: pick(2) ? flow : dns,
    secrets: {
      ...secrets, host, hosts, answers, client, server, answerAddress, times, sizes,
      rule: texts(rule), overruled: texts(overruled),
    }, // prettier-ignore
  }
}
