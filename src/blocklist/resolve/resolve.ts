import { Above } from './above.js'
import { findParents } from './ancestry.js'
import { AUDITED, BELOW, SELF } from '../ruleset/format.js'
import { Exceptions } from './exceptions.js'
import { NONE, type NameTable } from './nametable.js'
import type { Outcomes } from './outcomes.js'
import { AUDIT_RANK, FIRST_LIST_RANK, NO_RANK } from '../rank.js'
import { EXCEPTS, RULE, RULE_WORDS, type RuleStore, SPECIFIC } from '../rules.js'
import { RANK_SHIFT, SET_SHIFT, Standing, Weights } from './standing.js'
import { Spoken } from './spoken.js'

/**
 * Gives every name its outcome, once for itself and once for what is below it, with what names
 * above it say already worked in. What repeats the outcome from above drops out, so that
 * a look-up may stop at the longest name it finds.
 */
export function resolveNames(rules: RuleStore, table: NameTable, outcomes: Outcomes): Spoken {
  return new Resolver(rules, table, outcomes).run()
}

const NOTHING: ReadonlySet<number> = new Set()

class Resolver {
  private readonly words: Uint32Array
  private readonly parents: Uint32Array
  private readonly exceptions: Exceptions
  private readonly weights: Weights
  private readonly self: Standing
  private readonly below: Standing
  private readonly above: Above
  private readonly spoken: Spoken
  /** For what the entries of the present name speak. */
  private readonly scopes: number[] = []

  constructor(
    rules: RuleStore,
    private readonly table: NameTable,
    private readonly outcomes: Outcomes,
  ) {
    this.words = rules.records.words
    this.parents = findParents(rules, table)
    this.exceptions = new Exceptions(rules, table, this.parents)
    this.weights = new Weights(rules, outcomes)
    this.self = new Standing(this.weights)
    this.below = new Standing(this.weights)
    this.above = new Above(table, this.parents)
    this.spoken = new Spoken(rules, table)
  }

  run(): Spoken {
    const { table, above } = this
    for (const name of above.order) {
      this.weigh(name)
      above.keep(name, this.below)
    }
    const { starts } = table
    for (let name = 0; name < table.count; name++) {
      const rule = starts[name]!
      if (starts[name + 1]! - rule === 1) {
        const isTaken =
          this.parents[name] === NONE ? this.takeLone(name, rule) : this.takeLoneBelow(name, rule)
        if (isTaken) continue
      }
      this.weigh(name)
      this.take(name)
    }
    this.spoken.finish()
    return this.spoken
  }

  /** A name with one rule and nothing above it, as most are. */
  private takeLone(name: number, rule: number): boolean {
    const meta = this.words[rule * RULE_WORDS + RULE.meta]!
    const rank = (meta >>> 4) & 15
    if ((meta & EXCEPTS) !== 0 || rank === NO_RANK) return false
    let flags = meta & (SELF | BELOW)
    if (flags === 0) return true // refused after all
    if (rank === AUDIT_RANK) flags |= AUDITED
    if ((meta & SPECIFIC) !== 0) flags |= this.weights.specificFlag
    const set = this.outcomes.setOfList[meta >>> 16]!
    this.spoken.addEntry(name, this.outcomes.verdict(set, rank, flags), rule, false)
    this.spoken.names++
    return true
  }

  /** The same below a name that has rules of plain lists only. */
  private takeLoneBelow(name: number, rule: number): boolean {
    const { above, spoken } = this
    const meta = this.words[rule * RULE_WORDS + RULE.meta]!
    const rank = (meta >>> 4) & 15
    const scope = meta & (SELF | BELOW)
    const isPlain = rank >= FIRST_LIST_RANK && rank < AUDIT_RANK
    if (!isPlain || scope === 0 || (meta & (EXCEPTS | SPECIFIC)) !== 0) return false
    const key = above.plainOutcome(name)
    if (key === 0) return false
    const aboveRank = (key >>> RANK_SHIFT) & 15
    const own = this.outcomes.setOfList[meta >>> 16]!
    const inherited = key >>> SET_SHIFT
    const set = rank < aboveRank ? own : this.outcomes.union(inherited, own)
    if (rank > aboveRank || (rank === aboveRank && set === inherited)) {
      spoken.addCovered(name, rule)
    } else {
      const flags = scope | (key & AUDITED)
      spoken.addEntry(name, this.outcomes.verdict(set, rank, flags), rule, false)
    }
    spoken.names++
    return true
  }

  /** What speaks for the name and for what is below it. */
  private weigh(name: number): void {
    const { self, below, exceptions } = this
    const { starts } = this.table
    this.above.load(name, self)
    below.copy(self)
    const off = exceptions.isEmpty ? NOTHING : exceptions.at(name)
    if (off.size > 0) {
      self.excepting = self.excepting.filter((rule) => !off.has(rule))
      below.excepting = self.excepting
    }
    const end = starts[name + 1]!
    for (let rule = starts[name]!; rule < end; rule++) {
      const meta = this.words[rule * RULE_WORDS + RULE.meta]!
      if ((meta & EXCEPTS) !== 0 && exceptions.isOff(rule, name)) continue
      if ((meta & SELF) !== 0) self.addOwn(rule)
      if ((meta & BELOW) !== 0) below.addOwn(rule)
    }
  }

  private take(name: number): void {
    const { self, below, spoken, scopes } = this
    const inherited = this.above.outcome(name)
    const selfKey = self.settle()
    const belowKey = below.settle()
    const firstEntry = spoken.count
    scopes.length = 0
    if (selfKey === belowKey && self.rule === below.rule) {
      if (selfKey !== inherited) this.addEntry(name, selfKey, SELF | BELOW, self.rule)
    } else {
      if (selfKey !== inherited) this.addEntry(name, selfKey, SELF, self.rule)
      if (belowKey !== inherited) this.addEntry(name, belowKey, BELOW, below.rule)
    }
    const off = this.exceptions.isEmpty ? NOTHING : this.exceptions.at(name)
    spoken.addFurther(name, firstEntry, scopes, off)
  }

  private addEntry(name: number, key: number, scope: number, rule: number): void {
    const rank = (key >>> RANK_SHIFT) & 15
    const verdict = this.outcomes.verdict(key >>> SET_SHIFT, rank, (key & 15) | scope)
    const isAlias = rule !== NONE && !this.spoken.isOfName(rule, name)
    this.spoken.addEntry(name, verdict, rule, isAlias)
    this.scopes.push(scope)
  }
}
