import { GrowingWords } from '../growing.js'
import { RULE, RULE_WORDS, type RuleStore } from '../rules.js'

/** Rules in a bucket of the first pass, about: they stay in the cache for the second one. */
const BUCKET_RULES = 512
const BUCKET_BITS_MAX = 12
const DIGIT_BITS = 8
/** So few are sorted by insertion. */
const FEW = 24

/**
 * Puts the name rules in the order of their hashes, those of one hash in the order read: from then on a
 * rule's number is its place. Their names are put in that order, too, so that every pass over them thereafter
 * goes through memory from end to end.
 */
export function sortRules(rules: RuleStore): void {
  const { words, length } = rules.records
  const wanted = Math.ceil(Math.log2(Math.max(1, length / RULE_WORDS / BUCKET_RULES)))
  const bits = Math.min(BUCKET_BITS_MAX, Math.max(1, wanted))
  const { dealt, starts } = deal(rules, bits)
  const bucket = new Bucket(dealt, bits)
  const names = rules.poolView()
  let to = 0
  let at = 0
  for (let b = 0; b < 2 ** bits; b++) {
    const order = bucket.sort(starts[b]!, starts[b + 1]!)
    for (let i = 0; i < order.length; i++, to += RULE_WORDS) {
      const from = order[i]!
      const end = from + RULE_WORDS + nameWords(dealt[from + RULE.meta]!)
      for (let w = 0; w < RULE_WORDS; w++) words[to + w] = dealt[from + w]!
      for (let w = from + RULE_WORDS, k = at; w < end; w++, k += 4) names.setUint32(k, dealt[w]!)
      words[to + RULE.at] = at
      at += nameLength(dealt[from + RULE.meta]!)
    }
  }
}

const nameLength = (meta: number): number => (meta >>> 8) & 0xff
const nameWords = (meta: number): number => (nameLength(meta) + 3) >>> 2

/**
 * Deals the rules out by the first bits of their hashes' lower half, each with its name behind it; those of
 * one bucket keep their order.
 */
function deal(rules: RuleStore, bits: number): { dealt: Uint32Array; starts: Uint32Array } {
  const { words, length } = rules.records
  const names = rules.poolView()
  const shift = 32 - bits
  const starts = new Uint32Array(2 ** bits + 1)
  for (let record = 0; record < length; record += RULE_WORDS) {
    const size = RULE_WORDS + nameWords(words[record + RULE.meta]!)
    starts[(words[record + RULE.lo]! >>> shift) + 1]! += size
  }
  for (let b = 1; b < starts.length; b++) starts[b]! += starts[b - 1]!
  const places = starts.slice()
  const dealt = new Uint32Array(starts[2 ** bits]!)
  for (let record = 0; record < length; record += RULE_WORDS) {
    const bucket = words[record + RULE.lo]! >>> shift
    const end = places[bucket]! + RULE_WORDS + nameWords(words[record + RULE.meta]!)
    let to = places[bucket]!
    for (let w = 0; w < RULE_WORDS; w++) dealt[to++] = words[record + w]!
    for (let at = words[record + RULE.at]!; to < end; at += 4) dealt[to++] = names.getUint32(at)
    places[bucket] = end
  }
  return { dealt, starts }
}

/** Sorts one bucket at a time by what its rules' hashes differ in. */
class Bucket {
  private readonly shift: number
  private readonly places = new Uint32Array(2 ** DIGIT_BITS + 1)
  private readonly dealt = new GrowingWords()
  private order = new Uint32Array(4 * BUCKET_RULES)

  constructor(
    private readonly words: Uint32Array,
    bits: number,
  ) {
    this.shift = 32 - bits - DIGIT_BITS
  }

  /** The places of the rules in `words[from, to)` in their order; valid until the next call. */
  sort(from: number, to: number): Uint32Array {
    const { words, places, shift, dealt } = this
    const mask = 2 ** DIGIT_BITS - 1
    places.fill(0)
    dealt.length = 0
    for (let at = from; at < to; at += RULE_WORDS + nameWords(words[at + RULE.meta]!)) {
      places[((words[at + RULE.lo]! >>> shift) & mask) + 1]!++
      dealt.push(at)
    }
    for (let d = 1; d <= mask; d++) places[d]! += places[d - 1]!
    if (this.order.length < dealt.length) this.order = new Uint32Array(2 * dealt.length)
    const order = this.order.subarray(0, dealt.length)
    for (let i = 0; i < order.length; i++) {
      const at = dealt.words[i]!
      order[places[(words[at + RULE.lo]! >>> shift) & mask]!++] = at
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
    const { lo, hi } = RULE
    return words[a + lo]! - words[b + lo]! || words[a + hi]! - words[b + hi]!
  }
}
