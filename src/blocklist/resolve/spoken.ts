import { GrowingWords } from '../growing.js'
import type { NameTable } from './nametable.js'
import { NO_RANK } from '../rank.js'
import { EXACT, RULE, RULE_WORDS, type RuleStore } from '../rules.js'

/** Line, rank and scope of a rule in one word. */
export function packRule(line: number, rank: number, scope: number): number {
  return ((line << 6) | (rank << 2) | scope) >>> 0
}

export const FURTHER_WORDS = 3

/**
 * What becomes of the names: entries, in the order of their hashes; names that need none; and the rules
 * that no entry names, for explanations.
 */
export class Spoken {
  /** Of each entry: its name, its verdict, the rule that decides or NONE. */
  readonly entryName = new GrowingWords()
  readonly entryVerdict = new GrowingWords()
  readonly entryRule = new GrowingWords()
  /** Entries that a rule of another name decides. */
  readonly aliases: number[] = []
  /** Names with rules, or where one is off, that have no entry. */
  readonly silent = new GrowingWords()
  /** Further rules in their order in the file: slot, rule, scope or 0. */
  readonly further = new GrowingWords()
  minLabels = 128
  maxLabels = 0
  /** Names that have rules, and those of them that need no entry. */
  names = 0
  covered = 0

  private readonly words: Uint32Array
  private readonly lost: number[] = []
  /** Further rules of names without entries: as above, slots counted from the first of these names. */
  private readonly silentFurther = new GrowingWords()

  constructor(
    private readonly rules: RuleStore,
    private readonly table: NameTable,
  ) {
    this.words = rules.records.words
    this.entryName.reserve(table.count)
    this.entryVerdict.reserve(table.count)
    this.entryRule.reserve(table.count)
  }

  get count(): number {
    return this.entryName.length
  }

  addEntry(name: number, verdict: number, rule: number, isAlias: boolean): void {
    if (isAlias) this.aliases.push(this.count)
    this.entryName.push(name)
    this.entryVerdict.push(verdict)
    this.entryRule.push(rule)
    const labels = this.table.labels(name)
    if (labels < this.minLabels) this.minLabels = labels
    if (labels > this.maxLabels) this.maxLabels = labels
  }

  isOfName(rule: number, name: number): boolean {
    const { starts } = this.table
    return rule >= starts[name]! && rule < starts[name + 1]!
  }

  /** A name whose one rule repeats what a name above it says. */
  addCovered(name: number, rule: number): void {
    push(this.silentFurther, this.silent.length, rule, this.scope(rule))
    this.silent.push(name)
    this.covered++
  }

  /**
   * Keeps what no entry of the name says, once these are there, the first at `firstEntry`, and speak for
   * `scopes`; `off` are the rules that are off here.
   */
  addFurther(
    name: number,
    firstEntry: number,
    scopes: readonly number[],
    off: ReadonlySet<number>,
  ): void {
    const { table } = this
    const { lost } = this
    lost.length = 0
    let hasRule = false
    const end = table.starts[name + 1]!
    for (let rule = table.starts[name]!; rule < end; rule++) {
      let unsaid = this.scope(rule)
      if (unsaid === 0 || this.rank(rule) === NO_RANK) continue
      hasRule = true
      for (const [k, scope] of scopes.entries()) {
        if (this.entryRule.words[firstEntry + k] === rule) unsaid &= ~scope
      }
      if (unsaid !== 0) lost.push(rule)
    }
    if (lost.length > 1) lost.sort((a, b) => this.compare(a, b))
    const isSilent = firstEntry === this.count
    if (hasRule) this.names++
    if (hasRule && isSilent) this.covered++
    if (isSilent && lost.length + off.size === 0) return
    const slot = isSilent ? this.silent.length : firstEntry
    const into = isSilent ? this.silentFurther : this.further
    for (const [i, rule] of lost.entries()) {
      if (i === 0 || !this.isSaidTwice(lost[i - 1]!, rule)) push(into, slot, rule, this.scope(rule))
    }
    for (const rule of [...off].sort((a, b) => a - b)) push(into, slot, rule, 0)
    if (isSilent) this.silent.push(name)
  }

  /** Slots of names without entries are behind those of entries. */
  finish(): void {
    const { words, length } = this.silentFurther
    for (let i = 0; i < length; i += FURTHER_WORDS) {
      push(this.further, this.count + words[i]!, words[i + 1]!, words[i + 2]!)
    }
    this.silentFurther.length = 0
  }

  /** Of a further rule: line, rank and scope in one word. */
  packed(i: number): number {
    const rule = this.further.words[i * FURTHER_WORDS + 1]!
    const scope = this.further.words[i * FURTHER_WORDS + 2]!
    return packRule(this.words[rule * RULE_WORDS + RULE.line]!, this.rank(rule), scope)
  }

  get furtherCount(): number {
    return this.further.length / FURTHER_WORDS
  }

  /** Whether one line says the same of one name again. */
  private isSaidTwice(a: number, b: number): boolean {
    const at = a * RULE_WORDS
    const bt = b * RULE_WORDS
    const { words, rules } = this
    const isSame =
      words[at + RULE.line] === words[bt + RULE.line] &&
      words[at + RULE.meta] === words[bt + RULE.meta]
    return isSame && !rules.excepts.has(b) && !rules.nameNotes.has(b)
  }

  private scope(rule: number): number {
    return this.words[rule * RULE_WORDS + RULE.meta]! & 3
  }

  private rank(rule: number): number {
    return (this.words[rule * RULE_WORDS + RULE.meta]! >>> 4) & 15
  }

  private compare(a: number, b: number): number {
    const exact = Number(this.scope(b) === EXACT) - Number(this.scope(a) === EXACT)
    return this.rank(a) - this.rank(b) || exact || a - b
  }
}

function push(into: GrowingWords, slot: number, rule: number, scope: number): void {
  into.push(slot)
  into.push(rule)
  into.push(scope)
}
