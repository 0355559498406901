import { type BELOW, NAME_MAX, SELF } from './ruleset/format.js'
import { Prefix } from './addresses.js'
import { GrowingBytes, GrowingWords } from './growing.js'
import { type Seed, Suffixes } from './ruleset/hash.js'
import { normaliseName } from './names.js'
import type { Pattern } from './pattern/pattern.js'
import { NO_RANK } from './rank.js'

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
  exceptions: 'one rule with exceptions too many for its name',
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

/** Words of a name rule in `RuleStore.records`. */
export const RULE = {
  at: 0, // of the name in the pool
  meta: 1, // list << 16 | length << 8 | rank << 4 | EXCEPTS | SPECIFIC | scope
  line: 2, // counted over all lists
  labels: 3,
  lo: 4, // the name's hash
  hi: 5,
  number: 6, // in the order read
  above: 7, // lower half of the hash of the name one label up, 0 where there is none
} as const
export const RULE_WORDS = 8
/** Words of a network in `RuleStore.networks`. */
export const NETWORK_WORDS = 7
export const LISTS_MAX = 65_535
/** Room that a rule of a list takes there, with some to spare: what to expect of so many bytes. */
const BYTES_PER_RULE = 12
/** Rules with exceptions that one name may have: what is below it is weighed against each. */
const EXCEPTING_MAX = 64
const FIRST_SEED: Seed = [0x243f6a88, 0x85a308d3]

/** Every rule of every list in the order read: that of the lists, and of the lines in each. */
export class RuleStore {
  readonly lists: ListHead[] = []
  /** The names in normal form, one behind the other. */
  readonly pool = new GrowingBytes()
  readonly records = new GrowingWords()
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
  /** Name rules so far. */
  names = 0
  private withdrawn = 0
  /** Rules that ask for nothing and say where another one, the second of each pair, is off. */
  readonly exceptionMarks: (readonly [mark: number, rule: number])[] = []
  private readonly reasonIds = new Map<string, number>()
  private readonly prefix = new Prefix()
  private hashes: Suffixes
  private view = new DataView(this.pool.bytes.buffer)

  constructor(private hashSeed: Seed = FIRST_SEED) {
    this.hashes = new Suffixes(hashSeed)
  }

  get seed(): Seed {
    return this.hashSeed
  }

  /** Hashes all names anew. */
  reseed(seed: Seed): void {
    this.hashSeed = seed
    this.hashes = new Suffixes(seed)
    const view = this.poolView()
    const { hashes } = this
    const { words, length } = this.records
    for (let record = 0; record < length; record += RULE_WORDS) {
      const at = words[record + RULE.at]!
      hashes.hash(view, at, at + ((words[record + RULE.meta]! >>> 8) & 0xff))
      words[record + RULE.lo] = hashes.lo[hashes.count - 1]!
      words[record + RULE.hi] = hashes.hi[hashes.count - 1]!
      words[record + RULE.above] = hashes.count > 1 ? hashes.lo[hashes.count - 2]! : 0
    }
  }

  /** The pool for whole words; valid until more is added. */
  poolView(): DataView {
    if (this.view.buffer !== this.pool.bytes.buffer) {
      this.view = new DataView(this.pool.bytes.buffer)
    }
    return this.view
  }

  /** Lists of so many bytes are about to come: makes room for them at once. */
  expect(bytes: number): void {
    this.pool.reserve(bytes)
    this.records.reserve(Math.ceil(bytes / BYTES_PER_RULE) * RULE_WORDS)
  }

  begin(list: Omit<ListHead, 'firstLine'>): void {
    this.lists.push({ ...list, firstLine: this.line })
  }

  /** The name of a rule, in place: valid until more is added. */
  nameBytes(rule: number): Uint8Array {
    const { words } = this.records
    const at = words[rule * RULE_WORDS + RULE.at]!
    const length = (words[rule * RULE_WORDS + RULE.meta]! >>> 8) & 0xff
    return this.pool.bytes.subarray(at, at + length)
  }

  get networkCount(): number {
    return this.networks.length / NETWORK_WORDS
  }

  /** False where it is no name: nothing was added. */
  addName(bytes: Uint8Array, start: number, end: number, scope: Scope, kind: number): boolean {
    const { pool } = this
    pool.reserve(NAME_MAX + 8) // the hash reads whole words
    const length = normaliseName(bytes, start, end, pool.bytes, pool.length)
    if (length === 0) return false
    this.addRecord(length, kind | scope)
    return true
  }

  /** A rule for the name that now ends the pool. */
  private addRecord(length: number, kind: number): void {
    const { pool, records, hashes } = this
    const at = pool.length
    hashes.hash(this.poolView(), at, at + length)
    const { count } = hashes
    records.reserve(RULE_WORDS)
    const { words } = records
    const record = records.length
    words[record + RULE.at] = at
    words[record + RULE.meta] = ((this.lists.length - 1) << 16) | (length << 8) | kind
    words[record + RULE.line] = this.line
    words[record + RULE.labels] = count
    words[record + RULE.lo] = hashes.lo[count - 1]!
    words[record + RULE.hi] = hashes.hi[count - 1]!
    words[record + RULE.number] = this.names
    words[record + RULE.above] = count > 1 ? hashes.lo[count - 2]! : 0
    records.length = record + RULE_WORDS
    pool.length = at + length
    this.names++
  }

  /** The name rule added last is off for these names and all below them. */
  except(names: readonly string[]): void {
    const rule = this.names - 1
    this.records.words[rule * RULE_WORDS + RULE.meta]! |= EXCEPTS
    this.excepts.set(rule, names)
  }

  /** Where these name rules are among the records, once sorted. */
  placesOf(numbers: ReadonlySet<number>): Map<number, number> {
    const places = new Map<number, number>()
    const { words, length } = this.records
    for (let record = 0; record < length; record += RULE_WORDS) {
      const number = words[record + RULE.number]!
      if (numbers.has(number)) places.set(number, record / RULE_WORDS)
    }
    return places
  }

  /** Takes a name rule back that was read: it stays, and says nothing. */
  withdraw(rule: number, reason: string): void {
    const record = rule * RULE_WORDS
    const { words } = this.records
    if ((words[record + RULE.meta]! & SUFFIX) === 0) return
    words[record + RULE.meta]! &= ~(SUFFIX | EXCEPTS)
    this.excepts.delete(rule)
    this.refuseAt(words[record + RULE.line]!, words[record + RULE.meta]! >>> 16, reason)
    this.withdrawn++
  }

  /** Name rules that ask for something. */
  get nameRules(): number {
    return this.names - this.withdrawn - this.exceptionMarks.length
  }

  /** Rules of all kinds. */
  get count(): number {
    return this.nameRules + this.networkCount + this.patterns.length
  }

  /** Gives every name that a rule is off for a place among the names, once all lists are read. */
  markExceptions(): void {
    const encoder = new TextEncoder()
    const counts = new Map<string, number>()
    for (const [rule, names] of this.excepts) {
      const own = Buffer.from(this.nameBytes(rule)).toString('latin1')
      counts.set(own, (counts.get(own) ?? 0) + 1)
      if (counts.get(own)! > EXCEPTING_MAX) {
        this.withdraw(rule, PROBLEM.exceptions)
        continue
      }
      for (const name of names) {
        const bytes = encoder.encode(name)
        if (!this.addName(bytes, 0, bytes.length, SUFFIX, kindOf(NO_RANK))) continue
        this.exceptionMarks.push([this.names - 1, rule])
      }
    }
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
    this.refuseAt(this.line, this.lists.length - 1, reason)
  }

  /** For what shows only when all lists are read. */
  refuseAt(line: number, list: number, reason: string): void {
    let id = this.reasonIds.get(reason)
    if (id === undefined) {
      id = this.reasons.push(reason) - 1
      this.reasonIds.set(reason, id)
    }
    this.problems.push(line)
    this.problems.push(list)
    this.problems.push(id)
  }
}
