import { RULE, RULE_WORDS, type RuleStore } from '../rules.js'

/** Rules in a bucket of the first pass, about: they stay in the cache for the second one. */
const BUCKET_RULES = 512
const BUCKET_BITS_MAX = 12
const DIGIT_BITS = 8
/** So few are sorted by insertion. */
const FEW = 24

/**
 * Puts the name rules in the order of their hashes, those of one hash in the order read: from then on a
 * rule's number is its place. Every pass over the names thereafter goes through memory from end to end.
 */
export function sortRules(rules: RuleStore): void {
  const { words, length } = rules.records
  const count = length / RULE_WORDS
  const wanted = Math.ceil(Math.log2(Math.max(1, count / BUCKET_RULES)))
  const bits = Math.min(BUCKET_BITS_MAX, Math.max(1, wanted))
  const { dealt, starts } = deal(words, count, bits)
  const bucket = new Bucket(dealt, bits)
  let to = 0
  for (let b = 0; b < 2 ** bits; b++) {
    const order = bucket.sort(starts[b]!, starts[b + 1]!)
    for (let i = 0; i < order.length; i++) {
      const from = order[i]! * RULE_WORDS
      for (let w = 0; w < RULE_WORDS; w++) words[to + w] = dealt[from + w]!
      to += RULE_WORDS
    }
  }
}

/** Deals the rules out by the first bits of their hashes' lower half; those of one bucket keep their order. */
function deal(
  words: Uint32Array,
  count: number,
  bits: number,
): { dealt: Uint32Array; starts: Uint32Array } {
  const shift = 32 - bits
  const starts = new Uint32Array(2 ** bits + 1)
  const end = count * RULE_WORDS
  for (let at = RULE.lo; at < end; at += RULE_WORDS) starts[(words[at]! >>> shift) + 1]!++
  for (let b = 1; b < starts.length; b++) starts[b]! += starts[b - 1]!
  const places = starts.slice()
  const dealt = new Uint32Array(end)
  for (let at = 0; at < end; at += RULE_WORDS) {
    const to = places[words[at + RULE.lo]! >>> shift]!++ * RULE_WORDS
    for (let w = 0; w < RULE_WORDS; w++) dealt[to + w] = words[at + w]!
  }
  return { dealt, starts }
}

/** Sorts one bucket at a time by what its rules' hashes differ in. */
class Bucket {
  private readonly shift: number
  private readonly places = new Uint32Array(2 ** DIGIT_BITS + 1)
  private order = new Uint32Array(4 * BUCKET_RULES)

  constructor(
    private readonly words: Uint32Array,
    bits: number,
  ) {
    this.shift = 32 - bits - DIGIT_BITS
  }

  /** The places from `from` to `to` in their order; valid until the next call. */
  sort(from: number, to: number): Uint32Array {
    const { words, places, shift } = this
    const mask = 2 ** DIGIT_BITS - 1
    if (this.order.length < to - from) this.order = new Uint32Array(2 * (to - from))
    const order = this.order.subarray(0, to - from)
    places.fill(0)
    for (let i = from; i < to; i++) {
      places[((words[i * RULE_WORDS + RULE.lo]! >>> shift) & mask) + 1]!++
    }
    for (let d = 1; d <= mask; d++) places[d]! += places[d - 1]!
    for (let i = from; i < to; i++) {
      order[places[(words[i * RULE_WORDS + RULE.lo]! >>> shift) & mask]!++] = i
    }
    for (let d = 0, first = 0; d <= mask; d++) {
      const end = places[d]! // where the next digit's first one was
      if (end - first > FEW) order.subarray(first, end).sort((a, b) => this.compare(a, b) || a - b)
      else this.insert(order, first, end)
      first = end
    }
    return order
  }

  private insert(order: Uint32Array, from: number, to: number): void {
    for (let i = from + 1; i < to; i++) {
      const place = order[i]!
      let k = i
      while (k > from && this.compare(order[k - 1]!, place) > 0) {
        order[k] = order[k - 1]!
        k--
      }
      order[k] = place
    }
  }

  private compare(a: number, b: number): number {
    const { words } = this
    const at = a * RULE_WORDS
    const bt = b * RULE_WORDS
    return (
      words[at + RULE.lo]! - words[bt + RULE.lo]! || words[at + RULE.hi]! - words[bt + RULE.hi]!
    )
  }
}
