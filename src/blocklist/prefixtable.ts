import { GrowingWords } from './growing.js'
import { type ListOutcomes, NO_CLASS, type Outcomes } from './outcomes.js'
import { FIRST_LIST_RANK } from './rank.js'
import { NETWORK_WORDS, type RuleStore } from './rules.js'

/** Networks in order of their first address, the wider first; `bits` count from the left of 128. */
export class PrefixEntries {
  private readonly columns = new GrowingWords()

  get count(): number {
    return this.columns.length / 7
  }

  add(words: Uint32Array, bits: number, verdict: number, line: number): void {
    for (let i = 0; i < 4; i++) this.columns.push(words[i]!)
    this.columns.push(bits)
    this.columns.push(verdict)
    this.columns.push(line)
  }

  words(i: number): Uint32Array {
    return this.columns.words.subarray(i * 7, i * 7 + 4)
  }
  bits(i: number): number {
    return this.columns.words[i * 7 + 4]!
  }
  verdict(i: number): number {
    return this.columns.words[i * 7 + 5]!
  }
  line(i: number): number {
    return this.columns.words[i * 7 + 6]!
  }
}

export interface PrefixTables {
  readonly v4: PrefixEntries
  /** IPv6 of at most 64 bits: half the key does. */
  readonly v6: PrefixEntries
  /** IPv6 of more than 64 bits. */
  readonly v6Long: PrefixEntries
}

const IPV4_SHIFT = 96

function compareWords(a: Uint32Array, b: Uint32Array): number {
  for (let i = 0; i < 4; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return 0
}

/** Whether the first `bits` bits of both are the same. */
function sharePrefix(a: Uint32Array, b: Uint32Array, bits: number): boolean {
  const whole = bits >>> 5
  for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false
  const rest = bits & 31
  return rest === 0 || (a[whole]! ^ b[whole]!) >>> (32 - rest) === 0
}

/** The address behind the last one of a network; false where that is beyond all addresses. */
function behind(words: Uint32Array, bits: number, out: Uint32Array): boolean {
  let carry = 1
  for (let i = 3; i >= 0; i--) {
    const kept = Math.min(Math.max(bits - 32 * i, 0), 32)
    const host = kept === 0 ? 0xffffffff : kept === 32 ? 0 : 0xffffffff >>> kept
    const sum = ((words[i]! | host) >>> 0) + carry
    out[i] = sum
    carry = sum > 0xffffffff ? 1 : 0
  }
  return carry === 0
}

/** Numbers of the networks of one IP version, sorted by first address, width, then place in the lists. */
function sorted(rules: RuleStore, version: number): Uint32Array {
  const w = rules.networks.words
  const picked = new Uint32Array(rules.networkCount)
  let n = 0
  for (let i = 0; i < rules.networkCount; i++) {
    if (((w[i * NETWORK_WORDS + 4]! >>> 8) & 0xff) === version) picked[n++] = i
  }
  return picked.subarray(0, n).sort((a, b) => {
    const at = a * NETWORK_WORDS
    const bt = b * NETWORK_WORDS
    for (let i = 0; i < 5; i++) if (w[at + i] !== w[bt + i]) return w[at + i]! - w[bt + i]!
    return a - b
  })
}

/**
 * Every network that covers an address matches it, so each gets the outcome of itself and all around
 * it; those that decide nothing drop out, and the longest that is left decides.
 */
function resolve(
  rules: RuleStore,
  version: number,
  outcomes: Outcomes,
  lists: ListOutcomes,
  take: (words: Uint32Array, bits: number, verdict: number, line: number) => void,
): void {
  const w = rules.networks.words
  const shift = version === 4 ? IPV4_SHIFT : 0
  const around: { words: Uint32Array; bits: number; cls: number; categories: number }[] = []
  const order = sorted(rules, version)
  for (let i = 0; i < order.length;) {
    const at = order[i]! * NETWORK_WORDS
    const words = w.subarray(at, at + 4)
    const bits = (w[at + 4]! & 0xff) + shift
    while (around.length > 0 && !sharePrefix(around.at(-1)!.words, words, around.at(-1)!.bits)) {
      around.pop()
    }
    let { cls, categories } = around.at(-1) ?? { cls: NO_CLASS, categories: 0 }
    let decider = -1
    for (; i < order.length; i++) {
      const rule = order[i]! * NETWORK_WORDS
      if (
        (w[rule + 4]! & 0xffff) !== (w[at + 4]! & 0xffff) ||
        compareWords(w.subarray(rule, rule + 4), words) !== 0
      )
        break
      const list = w[rule + 6]!
      const ruleClass = (w[rule + 4]! >>> 20) - FIRST_LIST_RANK
      if (ruleClass > cls) continue
      const own = lists.categories[list]!
      categories = ruleClass < cls ? own : outcomes.union(categories, own)
      if (ruleClass < cls || decider < 0) decider = rule
      cls = ruleClass
    }
    if (decider >= 0) take(words, bits, outcomes.verdict(cls, 0, categories), w[decider + 5]!)
    around.push({ words, bits, cls, categories })
  }
}

/**
 * Adds, behind each network inside another one, an entry that takes the outer one up again: the last
 * entry at or before an address then is the longest network that covers it, or none does.
 */
function withResumes(inner: PrefixEntries): PrefixEntries {
  const all = new PrefixEntries()
  const open: number[] = []
  const start = new Uint32Array(4)
  const close = (next: Uint32Array | undefined): void => {
    while (open.length > 0) {
      const last = open.at(-1)!
      const bits = inner.bits(last)
      if (next !== undefined && sharePrefix(inner.words(last), next, bits)) return
      open.pop()
      const outer = open.at(-1)
      if (outer === undefined || !behind(inner.words(last), bits, start)) continue
      if (!sharePrefix(inner.words(outer), start, inner.bits(outer))) continue
      if (next !== undefined && compareWords(start, next) === 0) continue
      all.add(start, inner.bits(outer), inner.verdict(outer), inner.line(outer))
    }
  }
  for (let i = 0; i < inner.count; i++) {
    const words = inner.words(i)
    close(words)
    all.add(words, inner.bits(i), inner.verdict(i), inner.line(i))
    open.push(i)
  }
  close(undefined)
  return all
}

export function resolvePrefixes(
  rules: RuleStore,
  outcomes: Outcomes,
  lists: ListOutcomes,
): PrefixTables {
  const v4 = new PrefixEntries()
  const v6 = new PrefixEntries()
  const v6Long = new PrefixEntries()
  resolve(rules, 4, outcomes, lists, (...entry) => v4.add(...entry))
  resolve(rules, 6, outcomes, lists, (...entry) => (entry[1] > 64 ? v6Long : v6).add(...entry))
  return { v4: withResumes(v4), v6: withResumes(v6), v6Long: withResumes(v6Long) }
}
