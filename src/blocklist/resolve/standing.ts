import { AUDITED, SPECIFIC_SPOKE } from '../ruleset/format.js'
import { NONE } from './nametable.js'
import type { Outcomes } from './outcomes.js'
import { AUDIT_RANK, FIRST_LIST_RANK, NO_RANK } from '../rank.js'
import { EXACT, EXCEPTS, RULE, RULE_WORDS, type RuleStore, SPECIFIC } from '../rules.js'

/** Bits of an outcome's key below the set of categories: rank, then flags. */
export const RANK_SHIFT = 4
export const SET_SHIFT = 8
export const NO_OUTCOME = NO_RANK << RANK_SHIFT

const NOTHING: readonly number[] = []

/** What rules are compared by. */
export class Weights {
  private readonly words: Uint32Array
  /** SPECIFIC_SPOKE where there are patterns that ask for it. */
  readonly specificFlag: number

  constructor(
    rules: RuleStore,
    readonly outcomes: Outcomes,
  ) {
    this.words = rules.records.words
    const asks = rules.patterns.some(({ kind }) => (kind & SPECIFIC) !== 0)
    this.specificFlag = asks ? SPECIFIC_SPOKE : 0
  }

  meta(rule: number): number {
    return this.words[rule * RULE_WORDS + RULE.meta]!
  }

  /** Where it was read, among all rules. */
  number(rule: number): number {
    return this.words[rule * RULE_WORDS + RULE.number]!
  }

  rank(rule: number): number {
    return (this.meta(rule) >>> 4) & 15
  }

  set(rule: number): number {
    return this.outcomes.setOfList[this.meta(rule) >>> 16]!
  }

  /** Of two rules that match one name: negative where `a` is the more specific one. */
  compare(a: number, b: number): number {
    const aMeta = this.meta(a)
    const bMeta = this.meta(b)
    const exact = Number((bMeta & 3) === EXACT) - Number((aMeta & 3) === EXACT)
    return exact || ((bMeta >>> 8) & 0xff) - ((aMeta >>> 8) & 0xff)
  }

  /** Whether `a`, and not `b`, decides where both have the winning rank. */
  decidesOver(a: number, b: number): boolean {
    return b === NONE || (this.compare(a, b) || this.number(a) - this.number(b)) < 0
  }

  /** Among indicators: the more specific, then the better rank. */
  indicatesOver(a: number, b: number): boolean {
    return (
      b === NONE ||
      (this.compare(a, b) || this.rank(a) - this.rank(b) || this.number(a) - this.number(b)) < 0
    )
  }

  /** Among lists in which the most specific rule wins. */
  speaksOver(a: number, b: number): boolean {
    if (b === NONE) return true
    const lists = (this.meta(a) >>> 16) - (this.meta(b) >>> 16)
    return (
      (this.compare(a, b) ||
        lists ||
        this.rank(a) - this.rank(b) ||
        this.number(a) - this.number(b)) < 0
    )
  }
}

/** All rules that speak in one place: for a name itself, or for what is below it. */
export class Standing {
  /** Of plain lists: the best rank, its categories, the rule that decides. */
  rank = NO_RANK
  set = 0
  rule = NONE
  /** The most specific indicator, and the most specific rule of the lists where it alone speaks. */
  indicator = NONE
  specific = NONE
  audited = false
  /** Rules with exceptions, unless they are off here. */
  excepting: readonly number[] = NOTHING

  constructor(private readonly weights: Weights) {}

  clear(): void {
    this.rank = NO_RANK
    this.set = 0
    this.rule = NONE
    this.indicator = NONE
    this.specific = NONE
    this.audited = false
    this.excepting = NOTHING
  }

  copy(other: Standing): void {
    this.rank = other.rank
    this.set = other.set
    this.rule = other.rule
    this.indicator = other.indicator
    this.specific = other.specific
    this.audited = other.audited
    this.excepting = other.excepting
  }

  /** Takes a rule in that is not off anywhere. */
  add(rule: number): void {
    const meta = this.weights.meta(rule)
    const rank = (meta >>> 4) & 15
    if (rank === AUDIT_RANK && (meta & SPECIFIC) === 0) this.audited = true
    if (rank < FIRST_LIST_RANK) {
      if (this.weights.indicatesOver(rule, this.indicator)) this.indicator = rule
    } else if ((meta & SPECIFIC) !== 0) {
      if (this.weights.speaksOver(rule, this.specific)) this.specific = rule
    } else if (rank < NO_RANK) {
      this.join(rule, rank)
    }
  }

  /** Takes in any rule of the name itself; with exceptions it is weighed anew wherever it reaches. */
  addOwn(rule: number): void {
    if ((this.weights.meta(rule) & EXCEPTS) === 0) this.add(rule)
    else this.excepting = [...this.excepting, rule]
  }

  private join(rule: number, rank: number): void {
    if (rank > this.rank) return
    const set = this.weights.set(rule)
    this.set = rank < this.rank ? set : this.weights.outcomes.union(this.set, set)
    if (rank < this.rank || this.weights.decidesOver(rule, this.rule)) this.rule = rule
    this.rank = rank
  }

  /** All together become one outcome: its key is returned, and `rule` decides. Nothing can be added then. */
  settle(): number {
    for (const rule of this.excepting) this.add(rule)
    const { specific, indicator, weights } = this
    let flags = 0
    if (specific !== NONE) {
      const rank = weights.rank(specific)
      flags = weights.specificFlag
      if (rank === AUDIT_RANK) this.audited = true
      this.join(specific, rank)
    }
    if (indicator !== NONE) {
      this.rule = indicator
      this.rank = weights.rank(indicator)
      this.set = weights.set(indicator)
    }
    if (this.audited) flags |= AUDITED
    return (this.set << SET_SHIFT) | (this.rank << RANK_SHIFT) | flags
  }
}
