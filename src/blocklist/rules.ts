import type { BELOW } from './format.js'
import { type Action, NAME_MAX, SELF } from './format.js'
import { Prefix } from './addresses.js'
import { GrowingBytes, GrowingWords } from './growing.js'
import { normaliseName } from './names.js'

/** How a name rule matches. */
export const EXACT = SELF
export const SUFFIX = 3 // SELF | BELOW, with a type of its own
export type Scope = typeof EXACT | typeof BELOW | typeof SUFFIX

/** Why a line, or a part of one, became no rule. */
export const PROBLEMS = [
  'not a valid name',
  'not a valid address or network',
  'an address without a name',
  'rewrites a name to another address',
  'not a line of this syntax',
] as const
export const PROBLEM = { name: 0, address: 1, oneColumn: 2, rewrite: 3, syntax: 4 } as const

/** A list while it is read. */
export interface ListHead {
  readonly id: string
  readonly action: Action
  readonly important: boolean
  readonly category: string
  /** Lines of all lists before it: line 1 of this list is `firstLine + 1`. */
  readonly firstLine: number
}

/**
 * Every rule of every list in the order read, in columns. A rule knows its line
 * counted over all lists, from which its list follows.
 */
export class RuleStore {
  readonly lists: ListHead[] = []
  readonly pool = new GrowingBytes()
  readonly nameAt = new GrowingWords()
  readonly nameMeta = new GrowingWords() // length << 8 | scope
  readonly nameLine = new GrowingWords()
  readonly nameList = new GrowingWords()
  /** Networks: words[4], version << 8 | bits, line, list. */
  readonly networks = new GrowingWords()
  readonly problems = new GrowingWords() // line, list, index into PROBLEMS
  /** Lines of all lists so far; the current line's number while one is read. */
  line = 0
  private readonly prefix = new Prefix()

  begin(list: Omit<ListHead, 'firstLine'>): void {
    this.lists.push({ ...list, firstLine: this.line })
  }

  get names(): number {
    return this.nameAt.length
  }

  get networkCount(): number {
    return this.networks.length / NETWORK_WORDS
  }

  addName(bytes: Uint8Array, start: number, end: number, scope: Scope): boolean {
    this.pool.reserve(NAME_MAX + 8) // the hash reads whole words
    const { pool } = this
    const length = normaliseName(bytes, start, end, pool.bytes, pool.length)
    if (length === 0) return false
    this.nameAt.push(pool.length)
    this.nameMeta.push((length << 8) | scope)
    this.nameLine.push(this.line)
    this.nameList.push(this.lists.length - 1)
    pool.length += length
    return true
  }

  addNetwork(bytes: Uint8Array, start: number, end: number): boolean {
    const { prefix, networks } = this
    if (!prefix.parse(bytes, start, end)) return false
    for (const word of prefix.words) networks.push(word)
    networks.push((prefix.version << 8) | prefix.bits)
    networks.push(this.line)
    networks.push(this.lists.length - 1)
    return true
  }

  refuse(problem: number): void {
    this.problems.push(this.line)
    this.problems.push(this.lists.length - 1)
    this.problems.push(problem)
  }
}

export const NETWORK_WORDS = 7
