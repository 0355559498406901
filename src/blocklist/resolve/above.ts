import { NAME_MAX } from '../ruleset/format.js'
import { NONE, type NameTable } from './nametable.js'
import { NO_OUTCOME, type Standing } from './standing.js'

/** What the names above others say for what is below them, in columns: there may be hundreds of thousands. */
export class Above {
  /** These names, the shorter first: a name is longer than those above it. */
  readonly order: Uint32Array
  /** Slot of each name that is above others, from 1 on; and of each name, that of the one above it. */
  private readonly slotOf: Uint32Array
  private readonly above: Uint32Array
  private readonly ranks: Uint8Array
  private readonly sets: Uint16Array
  private readonly rules: Uint32Array
  private readonly indicators: Uint32Array
  private readonly specifics: Uint32Array
  private readonly audited: Uint8Array
  private readonly excepting = new Map<number, readonly number[]>()
  private readonly keys: Uint32Array
  /** The keys again, or 0 where more than rules of plain lists speaks, or nothing. */
  private readonly plainKeys: Uint32Array

  constructor(table: NameTable, parents: Uint32Array) {
    this.slotOf = new Uint32Array(table.count)
    const starts = new Uint32Array(NAME_MAX + 2)
    for (let name = 0; name < table.count; name++) {
      if (parents[name] !== NONE) this.slotOf[parents[name]!] = 1
    }
    let count = 0
    for (let name = 0; name < table.count; name++) {
      if (this.slotOf[name] === 0) continue
      this.slotOf[name] = ++count
      starts[table.length(name) + 1]!++
    }
    this.above = new Uint32Array(count > 0 ? table.count : 0)
    for (let name = 0; name < this.above.length; name++) {
      if (parents[name] !== NONE) this.above[name] = this.slotOf[parents[name]!]!
    }
    for (let length = 1; length < starts.length; length++) starts[length]! += starts[length - 1]!
    this.order = new Uint32Array(count)
    for (let name = 0; count > 0 && name < table.count; name++) {
      if (this.slotOf[name] !== 0) this.order[starts[table.length(name)]!++] = name
    }
    this.ranks = new Uint8Array(count + 1)
    this.sets = new Uint16Array(count + 1)
    this.rules = new Uint32Array(count + 1)
    this.indicators = new Uint32Array(count + 1)
    this.specifics = new Uint32Array(count + 1)
    this.audited = new Uint8Array(count + 1)
    this.keys = new Uint32Array(count + 1).fill(NO_OUTCOME, 0, 1)
    this.plainKeys = new Uint32Array(count + 1)
  }

  /** Keeps what speaks below `name`, which is settled with that. */
  keep(name: number, below: Standing): void {
    const slot = this.slotOf[name]!
    this.ranks[slot] = below.rank
    this.sets[slot] = below.set
    this.rules[slot] = below.rule
    this.indicators[slot] = below.indicator
    this.specifics[slot] = below.specific
    this.audited[slot] = Number(below.audited)
    if (below.excepting.length > 0) this.excepting.set(slot, below.excepting)
    const isPlain =
      below.indicator === NONE && below.specific === NONE && below.excepting.length === 0
    this.keys[slot] = below.settle()
    if (isPlain && this.keys[slot] !== NO_OUTCOME) this.plainKeys[slot] = this.keys[slot]!
  }

  /** What speaks for a name out of those above it. */
  load(name: number, into: Standing): void {
    into.clear()
    const slot = this.slot(name)
    if (slot === 0) return
    into.rank = this.ranks[slot]!
    into.set = this.sets[slot]!
    into.rule = this.rules[slot]!
    into.indicator = this.indicators[slot]!
    into.specific = this.specifics[slot]!
    into.audited = this.audited[slot] === 1
    const excepting = this.excepting.size === 0 ? undefined : this.excepting.get(slot)
    if (excepting !== undefined) into.excepting = excepting
  }

  /** The key of that. */
  outcome(name: number): number {
    return this.keys[this.slot(name)]!
  }

  /** The same where it comes from rules of plain lists only, else 0. */
  plainOutcome(name: number): number {
    return this.plainKeys[this.slot(name)]!
  }

  /** 0 where nothing is above the name. */
  private slot(name: number): number {
    return this.above.length === 0 ? 0 : this.above[name]!
  }
}
