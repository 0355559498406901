// From the ring's bytes to rows: what records have in common is looked up by its bytes, and its text is made once.
import type { ClearedRun } from '../../privacy/gate.js'
import { addressText } from '../../records/address.js'
import { RecordDecoder, ruledBy, type RuleLookup } from '../../records/decode.js'
import { NO_RULE } from '../../records/flags.js'
import { FIELD } from '../../records/layout.js'
import { transportName } from '../../records/registries.js'
import { LITTLE_ENDIAN, type RecordRun } from '../../records/ring.js'
import { ACTIONS, PROTOCOLS, REASONS, RECORD_KINDS, VERDICTS } from '../../records/vocabulary.js'
import type { ClearedTraffic } from '../formats/format.js'
import { DAY_US, detailCell, detailOf } from './columns.js'
import type { Cell } from './rows.js'
import { type Dictionary, Shortcut } from './texts.js'

/** Rules that are remembered. */
const RULES_MAX = 1 << 16
/** Of what goes into a flow's detail, without its ALPN and its JA4. */
const DETAIL_FIXED = 18

const TYPES = ['dns', 'flow'] as const
const TRANSPORTS = Array.from({ length: 256 }, (_, number) => transportName(number))

/** Texts of a rule and its category. */
interface Rule {
  readonly low: number
  readonly high: number
  readonly texts: readonly [rule: string, list: string] | null
  readonly line: number | null
  readonly category: string | null
}

/** Makes the cells that `addRow` makes of the decoded records. Use one for an engine, as with RecordDecoder. */
export class RunCells {
  #decoder: RecordDecoder
  /** A name that waits for its flow. */
  #isNamed = false
  readonly #rules = new Map<number, Rule>()
  readonly #types: Shortcut<number>
  readonly #transports: Shortcut<number>
  readonly #protocols: Shortcut<number>
  readonly #verdicts: Shortcut<number>
  readonly #actions: Shortcut<number>
  readonly #reasons: Shortcut<number>
  readonly #ipv4: Shortcut<number>
  readonly #ipv6: Shortcut<string>
  readonly #details: Shortcut<string>
  readonly #scratch = Buffer.alloc(512)

  constructor(
    private readonly texts: Dictionary,
    private readonly rule: RuleLookup,
  ) {
    this.#decoder = new RecordDecoder(rule)
    const shortcut = <Key>(): Shortcut<Key> => new Shortcut(texts)
    this.#types = shortcut()
    this.#transports = shortcut()
    this.#protocols = shortcut()
    this.#verdicts = shortcut()
    this.#actions = shortcut()
    this.#reasons = shortcut()
    this.#ipv4 = shortcut()
    this.#ipv6 = shortcut()
    this.#details = shortcut()
  }

  /** Puts the cells of the records that are complete with this run behind those that are there. */
  add(cells: Cell[], run: ClearedRun): void {
    for (let i = 0; i < run.count; i++) {
      const at = run.at(i)
      const kind = run.u8(at + FIELD.kind)
      if (kind === RECORD_KINDS.flow || kind === RECORD_KINDS.dns) {
        this.#row(cells, run, at, kind === RECORD_KINDS.flow)
      } else {
        this.#decoder.one(run, at)
        if (kind === RECORD_KINDS.name) this.#isNamed = true
      }
    }
  }

  /** Names and answers that wait for their record are dropped: it will not come. */
  cut(): void {
    this.#decoder = new RecordDecoder(this.rule)
    this.#isNamed = false
  }

  /** Rules have other numbers now. */
  forgetRules(): void {
    this.#rules.clear()
    this.#details.forget()
  }

  /** As `Dictionary.forget`. */
  forget(): void {
    this.forgetRules()
    for (const shortcut of [this.#types, this.#transports, this.#protocols, this.#verdicts]) {
      shortcut.forget()
    }
    for (const shortcut of [this.#actions, this.#reasons, this.#ipv4, this.#ipv6]) shortcut.forget()
  }

  #row(cells: Cell[], run: RecordRun, at: number, isFlow: boolean): void {
    const start = run.u64(at + FIELD.startUs)
    const day = Math.floor(start / DAY_US)
    cells.push(start, Math.max(0, run.u64(at + FIELD.endUs) - start))
    cells.push(named(this.#types, TYPES, Number(isFlow), day), run.u64(at + FIELD.flowId))
    cells.push(named(this.#transports, TRANSPORTS, run.u8(at + FIELD.transport), day))
    cells.push(named(this.#protocols, PROTOCOLS, run.u8(at + FIELD.protocol), day))
    cells.push(this.#address(run, at, FIELD.client, day), run.u16(at + FIELD.clientPort))
    cells.push(this.#address(run, at, FIELD.server, day), run.u16(at + FIELD.serverPort))
    const isHost = run.u8(at + FIELD.nameLen) > 0 && (isFlow || run.u8(at + FIELD.hostSource) > 0)
    cells.push(isHost ? this.texts.number(run.name(at), day) : null)
    cells.push(named(this.#verdicts, VERDICTS, run.u8(at + FIELD.verdict), day))
    cells.push(named(this.#actions, ACTIONS, run.u8(at + FIELD.action), day))
    cells.push(named(this.#reasons, REASONS, run.u8(at + FIELD.reason), day))
    this.#ruled(cells, run, at, day)
    if (isFlow) {
      cells.push(run.u64(at + FIELD.packetsUp), run.u64(at + FIELD.packetsDown))
      cells.push(run.u64(at + FIELD.bytesUp), run.u64(at + FIELD.bytesDown))
    } else {
      cells.push(null, null, null, null)
    }
    cells.push(
      isFlow && !this.#isNamed ? this.#detail(run, at, day) : this.#ownDetail(run, at, day),
    )
  }

  #address(run: RecordRun, at: number, field: number, day: number): number {
    const from = at + field
    const isIpv4 = run.u8(at + FIELD.ipVersion) === 4
    if (isIpv4) {
      const key = run.bytes.readInt32LE(from + 12)
      return (
        this.#ipv4.number(key, day) ?? this.#ipv4.add(key, addressText(run.bytes, from, true), day)
      )
    }
    const key = run.text(from, 16)
    return (
      this.#ipv6.number(key, day) ?? this.#ipv6.add(key, addressText(run.bytes, from, false), day)
    )
  }

  /** The rule, its list, its line and its category. */
  #ruled(cells: Cell[], run: RecordRun, at: number, day: number): void {
    if (run.u32(at + FIELD.rule) === NO_RULE) {
      cells.push(null, null, null, null)
      return
    }
    const { texts, line, category } = this.#ruleOf(run, at)
    const number = (text: string): number => this.texts.number(text, day)
    cells.push(texts && number(texts[0]), texts && number(texts[1]), line)
    cells.push(category === null ? null : number(category))
  }

  #ruleOf(run: RecordRun, at: number): Rule {
    const key = run.u16(at + FIELD.generation) * 2 ** 32 + run.u32(at + FIELD.rule)
    const { low, high } = run.halves(at + FIELD.categories)
    const known = this.#rules.get(key)
    if (known?.low === low && known.high === high) return known
    const { rule, category } = ruledBy(run, at, this.rule)
    const texts = rule && ([rule.text, rule.list] as const)
    const made: Rule = { low, high, texts, line: rule && rule.line, category }
    if (this.#rules.size >= RULES_MAX) this.#rules.clear()
    this.#rules.set(key, made)
    return made
  }

  /** A flow's detail by the bytes that it is made of. */
  #detail(run: RecordRun, at: number, day: number): string {
    const key = this.#detailKey(run, at)
    const number = this.#details.number(key, day)
    return String(number ?? this.#details.add(key, this.#flowDetail(run, at), day))
  }

  /** All that `RecordDecoder` reads of a flow and no column holds; the rule that lost, by the rules in use. */
  #detailKey({ bytes }: RecordRun, at: number): string {
    const to = this.#scratch
    let length = 0
    const take = (field: number, count: number): void => {
      for (let i = at + field; i < at + field + count; i++) to[length++] = bytes[i]!
    }
    const alpnLength = bytes[at + FIELD.alpnLen]!
    const ja4Length = bytes[at + FIELD.ja4Len + (LITTLE_ENDIAN ? 0 : 1)]!
    take(FIELD.via, 3) // via, evidence, hostSource
    take(FIELD.close, 2) // close, flags
    take(FIELD.alpnLen, 1)
    take(FIELD.quicVersion, 6) // and tlsVersion
    take(FIELD.overruled, 4)
    take(FIELD.generation, 2)
    if (length !== DETAIL_FIXED) throw new RangeError('the layout of records has changed')
    take(FIELD.alpn, alpnLength)
    take(FIELD.ja4, ja4Length)
    return to.toString('latin1', 0, length)
  }

  #flowDetail(run: RecordRun, at: number): string {
    return detailOf(this.#decoder.one(run, at) as unknown as ClearedTraffic)
  }

  /** Of a flow with more than one name and of a DNS transaction. */
  #ownDetail(run: RecordRun, at: number, day: number): string {
    const record = this.#decoder.one(run, at) as unknown as ClearedTraffic
    this.#isNamed &&= record.type !== 'flow'
    return detailCell(record, this.texts, day)
  }
}

const named = (
  shortcut: Shortcut<number>,
  names: readonly string[],
  number: number,
  day: number,
): number => shortcut.number(number, day) ?? shortcut.add(number, names[number]!, day)
