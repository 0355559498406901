import { NONE, type NameTable } from './nametable.js'
import { RULE, RULE_WORDS, type RuleStore, SUFFIX } from '../rules.js'

const NOTHING: ReadonlySet<number> = new Set()

/** Where rules are off (`$denyallow`): at names that may have no rule of their own. */
export class Exceptions {
  /** By name: the rules that are off there and below. */
  private readonly off = new Map<number, Set<number>>()

  constructor(
    rules: RuleStore,
    table: NameTable,
    private readonly parents: Uint32Array,
  ) {
    if (rules.exceptionMarks.length === 0) return
    const { words } = rules.records
    const nameOf = (place: number): number => {
      const record = place * RULE_WORDS
      const length = (words[record + RULE.meta]! >>> 8) & 0xff
      const { at, lo, hi } = RULE
      return table.find(words[record + lo]!, words[record + hi]!, words[record + at]!, length)
    }
    const places = rules.placesOf(new Set(rules.exceptionMarks.flat()))
    const excepting = new Set<number>()
    for (const [mark, number] of rules.exceptionMarks) {
      const name = nameOf(places.get(mark)!)
      const rule = places.get(number)!
      excepting.add(rule)
      const there = this.off.get(name)
      if (there === undefined) this.off.set(name, new Set([rule]))
      else there.add(rule)
    }
    const silent = [...excepting].filter((rule) => this.isOff(rule, nameOf(rule)))
    if (silent.length > 0) this.forget(new Set(silent), words)
  }

  /** Rules whose own name is an exception, or below one: they never speak. */
  private forget(silent: ReadonlySet<number>, words: Uint32Array): void {
    for (const rule of silent) words[rule * RULE_WORDS + RULE.meta]! &= ~SUFFIX
    for (const [name, there] of this.off) {
      for (const rule of there) if (silent.has(rule)) there.delete(rule)
      if (there.size === 0) this.off.delete(name)
    }
  }

  get isEmpty(): boolean {
    return this.off.size === 0
  }

  /** Rules that this name is an exception of. */
  at(name: number): ReadonlySet<number> {
    return this.off.get(name) ?? NOTHING
  }

  /** Whether the rule is off for the name: it or a name above it is an exception. */
  isOff(rule: number, name: number): boolean {
    for (let at = name; at !== NONE; at = this.parents[at]!) {
      if (this.off.get(at)?.has(rule)) return true
    }
    return false
  }
}
