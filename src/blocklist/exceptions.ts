import { NONE, type NameTable } from './nametable.js'
import { RULE, RULE_WORDS, type RuleStore } from './rules.js'

const NOTHING: readonly number[] = []

/** Where rules are off (`$denyallow`): at names that may have no rule of their own. */
export class Exceptions {
  /** By name: the rules that are off there and below. */
  private readonly off = new Map<number, number[]>()

  constructor(
    rules: RuleStore,
    table: NameTable,
    private readonly parents: Uint32Array,
  ) {
    if (rules.exceptionMarks.length === 0) return
    const { words } = rules.records
    const places = rules.placesOf(new Set(rules.exceptionMarks.flat()))
    for (const marked of rules.exceptionMarks) {
      const [mark, rule] = marked.map((number) => places.get(number)!) as [number, number]
      const record = mark * RULE_WORDS
      const length = (words[record + RULE.meta]! >>> 8) & 0xff
      const at = words[record + RULE.at]!
      const name = table.find(words[record + RULE.lo]!, words[record + RULE.hi]!, at, length)
      const there = this.off.get(name)
      if (there === undefined) this.off.set(name, [rule])
      else if (!there.includes(rule)) there.push(rule)
    }
  }

  get isEmpty(): boolean {
    return this.off.size === 0
  }

  /** Rules that this name is an exception of. */
  at(name: number): readonly number[] {
    return this.off.get(name) ?? NOTHING
  }

  /** Whether the rule is off for the name: it or a name above it is an exception. */
  isOff(rule: number, name: number): boolean {
    for (let at = name; at !== NONE; at = this.parents[at]!) {
      if (this.off.get(at)?.includes(rule)) return true
    }
    return false
  }
}
