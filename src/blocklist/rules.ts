import type { BELOW } from './format.js'
import { NAME_MAX, SELF } from './format.js'
import { Prefix } from './addresses.js'
import { GrowingBytes, GrowingWords } from './growing.js'
import { normaliseName } from './names.js'
import type { Pattern } from './pattern.js'

/** How a name rule matches. */
export const EXACT = SELF
export const SUFFIX = 3 // SELF | BELOW, with a type of its own
export type Scope = typeof EXACT | typeof BELOW | typeof SUFFIX

/** Set in a kind: of this rule's list only the most specific rule speaks (dnsmasq, RPZ). */
export const SPECIFIC = 4
/** Set by `except`: the rule is off for some names. */
export const EXCEPTS = 8

/** What a rule asks for, without its scope: see rank.ts. */
export function kindOf(rank: number, isSpecific = false): number {
  return (rank << 4) | (isSpecific ? SPECIFIC : 0)
}

/** Why a line, or a part of one, became no rule. Syntaxes add their own sentences. */
export const PROBLEM = {
  name: 'not a valid name',
  address: 'not a valid address or network',
  oneColumn: 'an address without a name',
  rewrite: 'rewrites a name to another address',
  syntax: 'not a line of this syntax',
} as const

/** A list while it is read. */
export interface ListHead {
  readonly id: string
  readonly category: string
  /** Lines of all lists before it: line 1 of this list is `firstLine + 1`. */
  readonly firstLine: number
}

/** What an indicator carries for people. */
export interface Note {
  readonly title: string
  /** 0 none said, then informational, low, medium, high: 1 to 4. */
  readonly severity: number
}

/** A rule that is not tied to labels. */
export interface PatternRule {
  readonly pattern: Pattern
  /** As written, for people. */
  readonly source: string
  readonly kind: number
  readonly line: number
  readonly list: number
  excepts: readonly string[]
}

/**
 * Every rule of every list in the order read, in columns. A rule knows its line
 * counted over all lists, from which its list follows.
 */
export class RuleStore {
  readonly lists: ListHead[] = []
  readonly pool = new GrowingBytes()
  readonly nameAt = new GrowingWords()
  readonly nameMeta = new GrowingWords() // length << 8 | rank << 4 | EXCEPTS | SPECIFIC | scope
  readonly nameLine = new GrowingWords()
  readonly nameList = new GrowingWords()
  /** Networks: words[4], kind << 16 | version << 8 | bits, line, list. */
  readonly networks = new GrowingWords()
  readonly patterns: PatternRule[] = []
  /** Names, in normal form, for which a name rule, by its number, is off together with all below them. */
  readonly excepts = new Map<number, readonly string[]>()
  /** Of name rules and of networks, by number. */
  readonly nameNotes = new Map<number, Note>()
  readonly networkNotes = new Map<number, Note>()
  /** When the first rule expires, in seconds since 1970; Infinity when none does. */
  expires = Infinity
  readonly problems = new GrowingWords() // line, list, index into `reasons`
  readonly reasons: string[] = []
  /** Lines of all lists so far; the current line's number while one is read. */
  line = 0
  private readonly reasonIds = new Map<string, number>()
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

  /** False where it is no name: nothing was added. */
  addName(bytes: Uint8Array, start: number, end: number, scope: Scope, kind: number): boolean {
    this.pool.reserve(NAME_MAX + 8) // the hash reads whole words
    const { pool } = this
    const length = normaliseName(bytes, start, end, pool.bytes, pool.length)
    if (length === 0) return false
    this.nameAt.push(pool.length)
    this.nameMeta.push((length << 8) | kind | scope)
    this.nameLine.push(this.line)
    this.nameList.push(this.lists.length - 1)
    pool.length += length
    return true
  }

  /** The name rule added last is off for these names and all below them. */
  except(names: readonly string[]): void {
    const rule = this.names - 1
    this.nameMeta.words[rule]! |= EXCEPTS
    this.excepts.set(rule, names)
  }

  /** False where it is no address or network: nothing was added. */
  addNetwork(bytes: Uint8Array, start: number, end: number, kind: number): boolean {
    const { prefix, networks } = this
    if (!prefix.parse(bytes, start, end)) return false
    for (const word of prefix.words) networks.push(word)
    networks.push((kind << 16) | (prefix.version << 8) | prefix.bits)
    networks.push(this.line)
    networks.push(this.lists.length - 1)
    return true
  }

  addPattern(
    pattern: Pattern,
    source: string,
    kind: number,
    excepts: readonly string[] = [],
  ): void {
    const { line } = this
    this.patterns.push({ pattern, source, kind, line, list: this.lists.length - 1, excepts })
  }

  /** `reason` is one of a bounded number of sentences: never with a text of the list in it. */
  refuse(reason: string): void {
    let id = this.reasonIds.get(reason)
    if (id === undefined) {
      id = this.reasons.push(reason) - 1
      this.reasonIds.set(reason, id)
    }
    this.problems.push(this.line)
    this.problems.push(this.lists.length - 1)
    this.problems.push(id)
  }
}

export const NETWORK_WORDS = 7
