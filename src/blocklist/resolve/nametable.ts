import { seen } from './seen.js'
import { RULE, RULE_WORDS, type RuleStore } from '../rules.js'
import { sortRules } from './sortrules.js'

export const NONE = 0xffffffff

/**
 * The distinct names in the order of their hashes, which is that of the blocks they go to, each with its
 * rules in the order read: one sort does what a dictionary would, without a cache miss a name.
 */
export class NameTable {
  readonly count: number
  /** Number of each name's first rule, and behind them of all rules. */
  readonly starts: Uint32Array
  private readonly words: Uint32Array
  private readonly bytes: Uint8Array
  /** First name with each value of the upper bits of its hash's lower half. */
  private readonly index: Uint32Array
  private readonly shift: number

  private constructor(rules: RuleStore, starts: Uint32Array, count: number) {
    this.words = rules.records.words
    this.bytes = rules.pool.bytes
    this.starts = starts
    this.count = count
    const bits = Math.max(1, Math.ceil(Math.log2(count + 1)))
    this.shift = 32 - bits
    this.index = new Uint32Array(2 ** bits + 1)
    let name = 0
    for (let bucket = 0; bucket < 2 ** bits; bucket++) {
      while (name < count && this.lo(name) >>> this.shift < bucket) name++
      this.index[bucket] = name
    }
    this.index[2 ** bits] = count
  }

  /** Sorts the rules; they have new numbers then. Undefined where two names have one hash: another seed is needed. */
  static of(rules: RuleStore): NameTable | undefined {
    sortRules(rules)
    const { words } = rules.records
    const { bytes } = rules.pool
    const starts = new Uint32Array(rules.names + 1)
    let count = 0
    for (let rule = 0; rule < rules.names; rule++) {
      const record = rule * RULE_WORDS
      const last = record - RULE_WORDS
      const isNew =
        rule === 0 ||
        words[record + RULE.lo] !== words[last + RULE.lo] ||
        words[record + RULE.hi] !== words[last + RULE.hi]
      if (isNew) starts[count++] = rule
      else if (!isSameName(words, bytes, record, last)) return undefined
    }
    starts[count] = rules.names
    return new NameTable(rules, starts.subarray(0, count + 1), count)
  }

  lo(name: number): number {
    return this.words[this.starts[name]! * RULE_WORDS + RULE.lo]!
  }
  hi(name: number): number {
    return this.words[this.starts[name]! * RULE_WORDS + RULE.hi]!
  }
  /** Where it begins in the pool. */
  at(name: number): number {
    return this.words[this.starts[name]! * RULE_WORDS + RULE.at]!
  }
  length(name: number): number {
    return (this.words[this.starts[name]! * RULE_WORDS + RULE.meta]! >>> 8) & 0xff
  }
  labels(name: number): number {
    return this.words[this.starts[name]! * RULE_WORDS + RULE.labels]!
  }

  /**
   * Touches all that finding names with these hashes will: the processor waits for many at once instead of
   * one after the other. `places` is room for as many.
   */
  fetch(lo: Uint32Array, count: number, places: Uint32Array): void {
    const { index, shift, starts, words, bytes } = this
    let sum = 0
    for (let i = 0; i < count; i++) places[i] = index[lo[i]! >>> shift]!
    for (let i = 0; i < count; i++) places[i] = starts[places[i]!]! * RULE_WORDS
    for (let i = 0; i < count; i++) places[i] = words[places[i]! + RULE.at]!
    for (let i = 0; i < count; i++) sum += bytes[places[i]!]!
    seen.sum = sum
  }

  /** The name in `bytes[at, at + length)` of the pool, or NONE. */
  find(lo: number, hi: number, at: number, length: number): number {
    const bucket = lo >>> this.shift
    const end = this.index[bucket + 1]!
    for (let name = this.index[bucket]!; name < end; name++) {
      if (this.hi(name) !== hi || this.lo(name) !== lo || this.length(name) !== length) continue
      if (equalBytes(this.bytes, this.at(name), at, length)) return name
    }
    return NONE
  }
}

function isSameName(words: Uint32Array, bytes: Uint8Array, a: number, b: number): boolean {
  const length = (words[a + RULE.meta]! >>> 8) & 0xff
  if (((words[b + RULE.meta]! >>> 8) & 0xff) !== length) return false
  return equalBytes(bytes, words[a + RULE.at]!, words[b + RULE.at]!, length)
}

function equalBytes(bytes: Uint8Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false
  return true
}
