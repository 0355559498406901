import { GrowingWords } from '../growing.js'
import { behind, compareWords, sharePrefix } from '../prefixes.js'

const ENTRY_WORDS = 8

/** Networks in order of their first address, the wider first; `bits` count from the left of 128. */
export class PrefixEntries {
  private readonly columns = new GrowingWords()

  get count(): number {
    return this.columns.length / ENTRY_WORDS
  }

  /** `isAlias`: the rule is that of a wider network. */
  add(words: Uint32Array, bits: number, verdict: number, rule: number, isAlias: boolean): void {
    for (let i = 0; i < 4; i++) this.columns.push(words[i]!)
    this.columns.push(bits)
    this.columns.push(verdict)
    this.columns.push(rule)
    this.columns.push(Number(isAlias))
  }

  words(i: number): Uint32Array {
    return this.columns.words.subarray(i * ENTRY_WORDS, i * ENTRY_WORDS + 4)
  }
  bits(i: number): number {
    return this.columns.words[i * ENTRY_WORDS + 4]!
  }
  verdict(i: number): number {
    return this.columns.words[i * ENTRY_WORDS + 5]!
  }
  rule(i: number): number {
    return this.columns.words[i * ENTRY_WORDS + 6]!
  }
  isAlias(i: number): boolean {
    return this.columns.words[i * ENTRY_WORDS + 7] === 1
  }

  /** Adds entry `i` of `other`, beginning at `words`. */
  addFrom(other: PrefixEntries, i: number, words: Uint32Array): void {
    this.add(words, other.bits(i), other.verdict(i), other.rule(i), other.isAlias(i))
  }
}

/**
 * Adds, behind each network inside another one, an entry that takes the outer one up again: the last
 * entry at or before an address then is the longest network that covers it, or none does. A network that
 * a narrower one hides where it begins goes without an entry there; `isNamed` is told of rules that have one.
 */
export function withResumes(inner: PrefixEntries, isNamed: Uint8Array): PrefixEntries {
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
      all.addFrom(inner, outer, start)
    }
  }
  for (let i = 0; i < inner.count; i++) {
    const words = inner.words(i)
    close(words)
    open.push(i)
    if (i + 1 < inner.count && compareWords(words, inner.words(i + 1)) === 0) continue
    all.addFrom(inner, i, words)
    if (!inner.isAlias(i)) isNamed[inner.rule(i)] = 1
  }
  close(undefined)
  return all
}
