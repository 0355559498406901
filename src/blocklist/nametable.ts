import type { RuleStore } from './rules.js'
import { RULE, RULE_WORDS } from './rules.js'

const DIGIT_BITS = 11
const DIGITS = 1 << DIGIT_BITS
export const NONE = 0xffffffff

/**
 * The distinct names in the order of their hashes, which is that of the blocks they go to, each with its
 * rules in the order read: one sort does what a dictionary would, without a cache miss a name.
 */
export class NameTable {
  readonly count: number
  /** Numbers of the name rules, those of one name together. */
  readonly order: Uint32Array
  /** Where in `order` the rules of each name begin, and where the last ones end. */
  readonly starts: Uint32Array
  readonly lo: Uint32Array
  readonly hi: Uint32Array
  /** Of each name in the pool. */
  readonly at: Uint32Array
  readonly length: Uint8Array
  readonly labels: Uint8Array
  /** First name with each value of the upper bits of `lo`. */
  private readonly index: Uint32Array
  private readonly shift: number

  private constructor(
    private readonly bytes: Uint8Array,
    order: Uint32Array,
    grouped: Groups,
  ) {
    const { count } = grouped
    this.count = count
    this.order = order
    this.starts = grouped.starts.subarray(0, count + 1)
    this.lo = grouped.lo.subarray(0, count)
    this.hi = grouped.hi.subarray(0, count)
    this.at = grouped.at.subarray(0, count)
    this.length = grouped.length.subarray(0, count)
    this.labels = grouped.labels.subarray(0, count)
    const bits = Math.max(1, Math.ceil(Math.log2(count + 1)))
    this.shift = 32 - bits
    this.index = new Uint32Array(2 ** bits + 1)
    let name = 0
    for (let bucket = 0; bucket < 2 ** bits; bucket++) {
      while (name < count && this.lo[name]! >>> this.shift < bucket) name++
      this.index[bucket] = name
    }
    this.index[2 ** bits] = count
  }

  /** Undefined where two names have one hash: another seed tells them apart. */
  static of(rules: RuleStore): NameTable | undefined {
    const { order, lo } = sortByHash(rules)
    const groups = new Groups(rules, order, lo)
    return groups.fill() ? new NameTable(rules.pool.bytes, order, groups) : undefined
  }

  /** The name in `bytes[at, at + length)` of the pool, or NONE. */
  find(lo: number, hi: number, at: number, length: number): number {
    const bucket = lo >>> this.shift
    const end = this.index[bucket + 1]!
    for (let name = this.index[bucket]!; name < end; name++) {
      if (this.hi[name] !== hi || this.lo[name] !== lo || this.length[name] !== length) continue
      if (equalBytes(this.bytes, this.at[name]!, at, length)) return name
    }
    return NONE
  }
}

function equalBytes(bytes: Uint8Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false
  return true
}

/** Rules by the lower half of their hash, in the order read where it is the same (radix sort). */
function sortByHash(rules: RuleStore): { order: Uint32Array; lo: Uint32Array } {
  const { names: count } = rules
  const { words } = rules.records
  let order = new Uint32Array(count)
  let lo = new Uint32Array(count)
  let toOrder = new Uint32Array(count)
  let toLo = new Uint32Array(count)
  for (let rule = 0; rule < count; rule++) {
    order[rule] = rule
    lo[rule] = words[rule * RULE_WORDS + RULE.lo]!
  }
  const places = new Uint32Array(DIGITS + 1)
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    places.fill(0)
    for (let i = 0; i < count; i++) places[((lo[i]! >>> shift) & (DIGITS - 1)) + 1]!++
    for (let d = 1; d < DIGITS; d++) places[d]! += places[d - 1]!
    for (let i = 0; i < count; i++) {
      const key = lo[i]!
      const place = places[(key >>> shift) & (DIGITS - 1)]!++
      toOrder[place] = order[i]!
      toLo[place] = key
    }
    ;[order, toOrder] = [toOrder, order]
    ;[lo, toLo] = [toLo, lo]
  }
  return { order, lo }
}

/** Names while they are told from each other: rules of one name lie side by side, or nearly so. */
class Groups {
  count = 0
  readonly starts: Uint32Array
  readonly hi: Uint32Array
  readonly at: Uint32Array
  readonly length: Uint8Array
  readonly labels: Uint8Array
  private readonly words: Uint32Array
  private readonly bytes: Uint8Array

  constructor(
    rules: RuleStore,
    private readonly order: Uint32Array,
    /** Of the rules; the names' take its beginning. */
    readonly lo: Uint32Array,
  ) {
    const n = rules.names
    this.words = rules.records.words
    this.bytes = rules.pool.bytes
    this.starts = new Uint32Array(n + 1)
    this.hi = new Uint32Array(n)
    this.at = new Uint32Array(n)
    this.length = new Uint8Array(n)
    this.labels = new Uint8Array(n)
  }

  /** False where names that differ have one hash. */
  fill(): boolean {
    const { order, lo, hi } = this
    const n = order.length
    for (let i = 0, end = 0; i < n; i = end) {
      const low = lo[i]!
      for (end = i + 1; end < n && lo[end] === low; end++);
      if (end - i > 1) this.sortByUpper(i, end)
      const first = this.count
      for (let k = i; k < end; k++) {
        const record = order[k]! * RULE_WORDS
        const high = this.words[record + RULE.hi]!
        if (this.count > first && hi[this.count - 1] === high) {
          if (!this.isLast(record)) return false
        } else {
          this.open(k, record, low, high)
        }
      }
    }
    this.starts[this.count] = n
    return true
  }

  private open(place: number, record: number, low: number, high: number): void {
    const name = this.count++
    this.starts[name] = place
    this.lo[name] = low
    this.hi[name] = high
    this.at[name] = this.words[record + RULE.at]!
    this.length[name] = (this.words[record + RULE.meta]! >>> 8) & 0xff
    this.labels[name] = this.words[record + RULE.labels]!
  }

  /** Whether the rule is for the name opened last, whose hash it has. */
  private isLast(record: number): boolean {
    const name = this.count - 1
    const length = (this.words[record + RULE.meta]! >>> 8) & 0xff
    if (this.length[name] !== length) return false
    return equalBytes(this.bytes, this.at[name]!, this.words[record + RULE.at]!, length)
  }

  /** Few differ in the upper half alone. The numbers of rules keep the order read. */
  private sortByUpper(from: number, to: number): void {
    const { order, words } = this
    const upper = (rule: number): number => words[rule * RULE_WORDS + RULE.hi]!
    let isSorted = true
    for (let i = from + 1; i < to && isSorted; i++) {
      isSorted = upper(order[i - 1]!) === upper(order[i]!)
    }
    if (isSorted) return
    order.subarray(from, to).sort((a, b) => upper(a) - upper(b) || a - b)
  }
}
