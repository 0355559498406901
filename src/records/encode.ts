import { hasAddress, ruledBy, type RuleLookup } from './decode.js'
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
import type { TrafficRecord } from './types.js'
import {
  ACTIONS,
  CLOSES,
  EVIDENCES,
  HOST_SOURCES,
  PROTOCOLS,
  REASONS,
  RECORD_KINDS,
  VERDICTS,
} from './vocabulary.js'
import { ascii, JsonWriter } from './writer.js'

/** One record as a line of NDJSON, with its newline. */
export function encode(record: TrafficRecord): string {
  return `${JSON.stringify(record)}\n`
}

const quoted = (text: string): Uint8Array => ascii(JSON.stringify(text))
const table = (texts: readonly string[]): Uint8Array[] => texts.map(quoted)

const TABLES = {
  protocols: table(PROTOCOLS),
  evidences: table(EVIDENCES),
  sources: table(HOST_SOURCES),
  verdicts: table(VERDICTS),
  actions: table(ACTIONS),
  reasons: table(REASONS),
  closes: table(CLOSES),
}

/** Quoted texts of numbers, each made once. */
function remembered(name: (number: number) => string): (number: number) => Uint8Array {
  const texts = new Map<number, Uint8Array>()
  return (number) => {
    let text = texts.get(number)
    if (!text) texts.set(number, (text = quoted(name(number))))
    return text
  }
}
const transport = remembered(transportName)
const dnsType = remembered(dnsTypeName)
const dnsRcode = remembered(dnsRcodeName)
const tlsVersion = remembered(tlsVersionName)
const quicVersion = remembered(quicVersionName)

const NULL = ascii('null')
const TRUE = ascii('true')
const FALSE = ascii('false')
const COMMA = 0x2c
const QUOTE = 0x22

/** The fixed parts of the lines, as bytes. */
const KEY = {
  flow: ascii('{"type":"flow","id":'),
  dns: ascii('{"type":"dns","id":'),
  start: ascii(',"start":'),
  end: ascii(',"end":'),
  transport: ascii(',"transport":'),
  client: ascii(',"client":{"ip":'),
  server: ascii('},"server":{"ip":'),
  port: ascii(',"port":'),
  packets: ascii('},"packets":{"up":'),
  down: ascii(',"down":'),
  bytes: ascii('},"bytes":{"up":'),
  protocol: ascii('},"protocol":'),
  via: ascii(',"via":'),
  evidence: ascii(',"protocolEvidence":'),
  host: ascii(',"host":'),
  hostSource: ascii(',"hostSource":'),
  hosts: ascii(',"hosts":['),
  oneHost: ascii('{"host":'),
  source: ascii(',"source":'),
  nameIsOuter: ascii(',"nameIsOuter":'),
  hintAmbiguous: ascii(',"hintAmbiguous":'),
  esni: ascii(',"esni":'),
  ech: ascii(',"ech":'),
  alpn: ascii(',"alpn":['),
  tlsVersion: ascii('],"tlsVersion":'),
  quicVersion: ascii(',"quicVersion":'),
  ja4: ascii(',"ja4":'),
  verdict: ascii(',"verdict":'),
  action: ascii(',"action":'),
  reason: ascii(',"reason":'),
  rule: ascii(',"rule":'),
  category: ascii(',"category":'),
  close: ascii(',"close":'),
  dnsId: ascii(',"dnsId":'),
  query: ascii(',"query":'),
  qtype: ascii(',"qtype":'),
  querySeen: ascii(',"querySeen":'),
  rcode: ascii(',"rcode":'),
  answerCount: ascii(',"answerCount":'),
  answers: ascii(',"answers":['),
  type: ascii('{"type":'),
  ttl: ascii(',"ttl":'),
  address: ascii(',"address":'),
  name: ascii(',"name":'),
  listEnd: ascii(']'),
  objectEnd: ascii('}'),
  lineEnd: ascii('}\n'),
}

/** More than any entry's line can take, all names escaped; rules are apart. */
const LINE_MAX = 8192

/** Rules whose text is kept. */
const RULES_MAX = 1 << 16

/** Turns ring entries into NDJSON bytes; use one for an engine, as with RecordDecoder. */
export class RecordEncoder {
  readonly #rule: RuleLookup
  readonly #rules = new Map<number, RuleBytes>()
  readonly #out = new JsonWriter()
  /** Further names and answers that wait for the record that they belong to. */
  readonly #hosts = new JsonWriter()
  readonly #answers = new JsonWriter()

  constructor(rule: RuleLookup) {
    this.#rule = rule
  }

  /** Adds the records that are complete with this run. */
  encode(run: RecordRun): void {
    for (let i = 0; i < run.count; i++) {
      const at = run.at(i)
      switch (run.u8(at + FIELD.kind)) {
        case RECORD_KINDS.name:
          seenHost(pending(this.#hosts), run, at)
          break
        case RECORD_KINDS.answer:
          answer(pending(this.#answers), run, at)
          break
        case RECORD_KINDS.flow:
          this.#flow(run, at)
          break
        case RECORD_KINDS.dns:
          this.#dns(run, at)
          break
      }
    }
  }

  /** Bytes that wait to be taken. */
  get size(): number {
    return this.#out.length
  }

  /** The whole lines so far; valid until the next call of `encode`. */
  take(): Uint8Array {
    const taken = this.#out.bytes.subarray(0, this.#out.length)
    this.#out.length = 0
    return taken
  }

  #flow(run: RecordRun, at: number): void {
    const out = this.#out
    out.reserve(LINE_MAX + this.#hosts.length)
    out.raw(KEY.flow)
    common(out, run, at)
    figures(out, run, at, KEY.packets, FIELD.packetsUp, FIELD.packetsDown)
    figures(out, run, at, KEY.bytes, FIELD.bytesUp, FIELD.bytesDown)
    out.raw(KEY.protocol)
    out.raw(TABLES.protocols[run.u8(at + FIELD.protocol)]!)
    const via = run.u8(at + FIELD.via)
    if (via) put(out, KEY.via, TABLES.protocols[via]!)
    put(out, KEY.evidence, TABLES.evidences[run.u8(at + FIELD.evidence)]!)
    stringOrNull(out, KEY.host, run, at + FIELD.name, run.u8(at + FIELD.nameLen))
    put(out, KEY.hostSource, TABLES.sources[run.u8(at + FIELD.hostSource)]!)
    if (this.#hosts.length) this.#allHosts(run, at)
    const flags = run.u8(at + FIELD.flags)
    put(out, KEY.nameIsOuter, flags & FLAGS.nameIsOuter ? TRUE : FALSE)
    put(out, KEY.hintAmbiguous, flags & FLAGS.hintAmbiguous ? TRUE : FALSE)
    put(out, KEY.esni, flags & FLAGS.esni ? TRUE : FALSE)
    put(out, KEY.ech, flags & FLAGS.ech ? TRUE : FALSE)
    alpn(out, run, at)
    const tls = run.u16(at + FIELD.tlsVersion)
    put(out, KEY.tlsVersion, tls ? tlsVersion(tls) : NULL)
    const quic = run.u32(at + FIELD.quicVersion)
    put(out, KEY.quicVersion, quic ? quicVersion(quic) : NULL)
    stringOrNull(out, KEY.ja4, run, at + FIELD.ja4, run.u16(at + FIELD.ja4Len))
    this.#judged(run, at)
    put(out, KEY.close, TABLES.closes[run.u8(at + FIELD.close)]!)
    out.raw(KEY.lineEnd)
  }

  #allHosts(run: RecordRun, at: number): void {
    const out = this.#out
    out.raw(KEY.hosts)
    seenHost(out, run, at)
    out.bytes[out.length++] = COMMA
    pour(this.#hosts, out)
    out.raw(KEY.listEnd)
  }

  #dns(run: RecordRun, at: number): void {
    const out = this.#out
    const flags = run.u8(at + FIELD.flags)
    out.reserve(LINE_MAX + this.#answers.length)
    out.raw(KEY.dns)
    common(out, run, at)
    out.raw(KEY.protocol)
    out.raw(TABLES.protocols[run.u8(at + FIELD.protocol)]!)
    out.raw(KEY.dnsId)
    out.int(run.u16(at + FIELD.dnsId))
    out.raw(KEY.query)
    out.string(run.bytes, at + FIELD.name, run.u8(at + FIELD.nameLen))
    const source = run.u8(at + FIELD.hostSource)
    stringOrNull(out, KEY.host, run, at + FIELD.name, source ? run.u8(at + FIELD.nameLen) : 0)
    put(out, KEY.hostSource, TABLES.sources[source]!)
    put(out, KEY.qtype, dnsType(run.u16(at + FIELD.qtype)))
    put(out, KEY.querySeen, flags & FLAGS.query ? TRUE : FALSE)
    put(out, KEY.rcode, flags & FLAGS.response ? dnsRcode(run.u16(at + FIELD.rcode)) : NULL)
    out.raw(KEY.answerCount)
    out.int(run.u16(at + FIELD.answers))
    out.raw(KEY.answers)
    pour(this.#answers, out)
    out.raw(KEY.listEnd)
    this.#judged(run, at)
    out.raw(KEY.lineEnd)
  }

  #judged(run: RecordRun, at: number): void {
    const out = this.#out
    put(out, KEY.verdict, TABLES.verdicts[run.u8(at + FIELD.verdict)]!)
    put(out, KEY.action, TABLES.actions[run.u8(at + FIELD.action)]!)
    put(out, KEY.reason, TABLES.reasons[run.u8(at + FIELD.reason)]!)
    const rules = this.#rulesBytes(run, at)
    out.reserve(rules.length + LINE_MAX)
    out.raw(rules)
  }

  /** `,"rule":…,"category":…,"overruled":…`, made once for a rule while what goes with it stays the same. */
  #rulesBytes(run: RecordRun, at: number): Uint8Array {
    const rule = run.u32(at + FIELD.rule)
    const overruled = run.u32(at + FIELD.overruled)
    if (rule === NO_RULE && overruled === NO_RULE) return NO_RULES
    const { low, high } = run.halves(at + FIELD.categories)
    const key = run.u16(at + FIELD.generation) * 2 ** 32 + rule
    const known = this.#rules.get(key)
    if (known?.overruled === overruled && known.low === low && known.high === high)
      return known.bytes
    const bytes = Buffer.from(`,${JSON.stringify(ruledBy(run, at, this.#rule)).slice(1, -1)}`)
    if (this.#rules.size === RULES_MAX) this.#rules.clear()
    this.#rules.set(key, { overruled, low, high, bytes })
    return bytes
  }
}
const NO_RULES = ascii(',"rule":null,"category":null,"overruled":null')

/** What was made for a rule, and for what went with it. */
interface RuleBytes {
  readonly overruled: number
  readonly low: number
  readonly high: number
  readonly bytes: Uint8Array
}

/** A list that waits, ready for one more element. */
function pending(list: JsonWriter): JsonWriter {
  list.reserve(LINE_MAX)
  if (list.length) list.bytes[list.length++] = COMMA
  return list
}

function pour(from: JsonWriter, to: JsonWriter): void {
  to.bytes.set(from.bytes.subarray(0, from.length), to.length)
  to.length += from.length
  from.length = 0
}

function put(out: JsonWriter, key: Uint8Array, value: Uint8Array): void {
  out.raw(key)
  out.raw(value)
}

function stringOrNull(
  out: JsonWriter,
  key: Uint8Array,
  run: RecordRun,
  at: number,
  length: number,
): void {
  out.raw(key)
  if (length) out.string(run.bytes, at, length)
  else out.raw(NULL)
}

function common(out: JsonWriter, run: RecordRun, at: number): void {
  const isIpv4 = run.u8(at + FIELD.ipVersion) === 4
  out.int(run.u64(at + FIELD.flowId))
  out.raw(KEY.start)
  out.time(run.u64(at + FIELD.startUs))
  out.raw(KEY.end)
  out.time(run.u64(at + FIELD.endUs))
  put(out, KEY.transport, transport(run.u8(at + FIELD.transport)))
  out.raw(KEY.client)
  out.address(run.bytes, at + FIELD.client, isIpv4)
  out.raw(KEY.port)
  out.int(run.u16(at + FIELD.clientPort))
  out.raw(KEY.server)
  out.address(run.bytes, at + FIELD.server, isIpv4)
  out.raw(KEY.port)
  out.int(run.u16(at + FIELD.serverPort))
}

function figures(
  out: JsonWriter,
  run: RecordRun,
  at: number,
  key: Uint8Array,
  up: number,
  down: number,
): void {
  out.raw(key)
  out.int(run.u64(at + up))
  out.raw(KEY.down)
  out.int(run.u64(at + down))
}

function seenHost(out: JsonWriter, run: RecordRun, at: number): void {
  out.raw(KEY.oneHost)
  out.string(run.bytes, at + FIELD.name, run.u8(at + FIELD.nameLen))
  put(out, KEY.source, TABLES.sources[run.u8(at + FIELD.hostSource)]!)
  out.raw(KEY.objectEnd)
}

function alpn(out: JsonWriter, run: RecordRun, at: number): void {
  const end = at + FIELD.alpn + run.u8(at + FIELD.alpnLen)
  out.raw(KEY.alpn)
  for (let from = at + FIELD.alpn; from < end;) {
    let to = from
    while (to < end && run.bytes[to] !== COMMA) to++
    out.string(run.bytes, from, to - from)
    from = to + 1
    if (to < end) out.bytes[out.length++] = COMMA
    if (from === end) out.raw(EMPTY) // a comma at the end: an empty name follows it
  }
}
const EMPTY = new Uint8Array([QUOTE, QUOTE])

function answer(out: JsonWriter, run: RecordRun, at: number): void {
  out.raw(KEY.type)
  out.raw(dnsType(run.u16(at + FIELD.qtype)))
  out.raw(KEY.ttl)
  out.int(run.u32(at + FIELD.ttl))
  if (hasAddress(run, at)) {
    out.raw(KEY.address)
    out.address(
      run.bytes,
      at + FIELD.address,
      (run.u8(at + FIELD.flags) & FLAGS.addressIsIpv4) !== 0,
    )
  }
  const length = run.u8(at + FIELD.nameLen)
  if (length) {
    out.raw(KEY.name)
    out.string(run.bytes, at + FIELD.name, length)
  }
  out.raw(KEY.objectEnd)
}
