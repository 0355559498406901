import { compile, type ListSource } from '../../../src/blocklist/compile.js'
import { Ruleset } from '../../../src/index.js'
import { randomList } from './generate.js'
import { answer, deciderOf, DECIDERS, type SlowAnswer } from './match.js'
import { randomQueryAddress, randomQueryName } from './queries.js'
import type { Random } from './random.js'
import { readLists } from './read.js'
import type { SlowList, SlowRule } from './rules.js'
import { addressText } from './text.js'

/** Rules that `explain` gives at most. */
const TOLD_MAX = 256

/** An answer as text: what decides, then every rule that spoke. */
export interface Told {
  readonly answer: string
  readonly rules: readonly string[]
}

export function toSources(lists: readonly SlowList[]): ListSource[] {
  return lists.map(({ syntax, ...list }) => ({
    ...list,
    syntax: syntax === 'ip' ? ('cidr' as const) : syntax,
  }))
}

export function compileLists(lists: readonly SlowList[]): Ruleset {
  const { bytes } = compile(toSources(lists), { publicSuffixes: 'allow' })
  return Ruleset.from(bytes)
}

const NOTHING = 'none'

/** What the slow matcher says. */
export function toldSlowly(lists: readonly SlowList[], { decider, ...found }: SlowAnswer): Told {
  const { verdict, categories, audit, rules } = found
  if (verdict === 'none') return { answer: NOTHING, rules: [] }
  const told = withoutRepeated(rules).map((rule) => ruleText(rule, lists[rule.list]!.id))
  return {
    answer: answerText(verdict, rankName(decider), categories.join(','), audit, told[0]!),
    rules: [...new Set(told)].slice(0, TOLD_MAX),
  }
}

/** What a line says twice, and a pattern that a list has twice, is told once. */
function withoutRepeated(rules: readonly SlowRule[]): SlowRule[] {
  const first = new Map<string, SlowRule>()
  for (const rule of rules) {
    const { match, list, line, action, important, denyallow } = rule
    const key =
      match.kind === 'pattern'
        ? [list, action, important, denyallow.join(), match.pattern.toString()]
        : match.kind === 'ends'
          ? [list, action, important, match.text]
          : [list, line, matchText(rule)]
    const other = first.get(key.join())
    if (!other || other.line > line) first.set(key.join(), rule)
  }
  return rules.filter((rule) => [...first.values()].includes(rule))
}

function ruleText(rule: SlowRule, list: string): string {
  return `${list}:${rule.line} ${rankName(deciderOf(rule))} ${rule.action} ${matchText(rule)}`
}

function matchText({ match }: SlowRule): string {
  switch (match.kind) {
    case 'pattern':
    case 'ends':
      return 'pattern'
    case 'network':
      return `${addressText(match.network)}/${match.bits}`
    default:
      return match.name
  }
}

const rankName = (decider: string): string => decider.replace(/-.*/, '')

function answerText(...parts: [string, string, string, boolean, string]): string {
  const [verdict, rank, categories, audit, rule] = parts
  return `${verdict} (${rank}) [${categories}]${audit ? ' audit' : ''} by ${rule}`
}

/** The names of ranks, as `deciderOf` has them. */
const RANKS = ['indicator', 'indicator', 'indicator', 'important', 'important', 'important'].concat(
  DECIDERS.slice(-4),
)

/** What the addon says: asked for one host, and why. */
export function toldAlone(ruleset: Ruleset, query: string): Told {
  const match = ruleset.matchName(query)
  const spoken = ruleset.explain(query)
  const told = spoken.map((rule) => {
    const text = rule.depth === 0 && !isUniversal(rule.text) ? 'pattern' : rule.text
    return `${rule.list}:${rule.line} ${RANKS[rule.rank]} ${rule.action} ${text}`
  })
  const rules = [...new Set(told)] // a line may have a name, or a pattern, twice
  if (match === null) return { answer: NOTHING, rules }
  const { action, rank, category, isAudited, rule } = match
  const { list, line } = ruleset.rule(rule)!
  const isFirst = spoken[0]?.list === list && spoken[0].line === line
  const decider = isFirst ? told[0]! : `${list}:${line}, not the first that is told`
  return { answer: answerText(action, RANKS[rank]!, category ?? '', isAudited, decider), rules }
}

/** A network of no bits, which has no depth either. */
const isUniversal = (text: string): boolean => text === '0.0.0.0/0' || text === '::/0'

/** Whether the answers to many at once are those to one. */
export function firstUnlike(ruleset: Ruleset, queries: readonly string[]): string | undefined {
  const matches = ruleset.matchNames(queries)
  if (matches.count !== queries.length) return queries[matches.count]
  return queries.find((query, i) => {
    const one = ruleset.matchName(query)
    if (one === null) return matches.isHit(i)
    const names = ruleset.categories.filter(
      (_, bit) => (matches.categories[i]! >> BigInt(bit)) & 1n,
    )
    return (
      matches.rules[i] !== one.rule ||
      matches.ranks[i] !== one.rank ||
      matches.isAudited(i) !== one.isAudited ||
      names.join(',') !== (one.category ?? '')
    )
  })
}

export interface Difference {
  readonly query: string
  readonly expected: Told
  readonly found: Told
}

/** For people: what was asked, both answers, and the lists that it takes. */
export function describeDifference(lists: readonly SlowList[], difference: Difference): string {
  const { query, expected, found } = difference
  const tell = ({ answer, rules }: Told): string => [answer, ...rules].join('\n    ')
  return [
    JSON.stringify(query),
    `expected: ${tell(expected)}`,
    `found: ${tell(found)}`,
    ...lists.map(({ text, ...options }) => {
      const lines = text.split('\n').flatMap((line, i) => (line ? `    ${i + 1}: ${line}` : []))
      return [JSON.stringify(options), ...lines].join('\n')
    }),
  ].join('\n  ')
}

const isSame = (a: Told, b: Told): boolean =>
  a.answer === b.answer && a.rules.join('\n') === b.rules.join('\n')

export function firstDifference(
  lists: readonly SlowList[],
  queries: readonly string[],
): Difference | undefined {
  const rules = readLists(lists)
  using ruleset = compileLists(lists)
  for (const query of queries) {
    const expected = toldSlowly(lists, answer(rules, query))
    const found = toldAlone(ruleset, query)
    if (!isSame(expected, found)) return { query, expected, found }
  }
  const query = firstUnlike(ruleset, queries)
  if (query === undefined) return undefined
  const expected = toldAlone(ruleset, query)
  return { query, expected, found: { answer: 'another among many', rules: [] } }
}

export function randomTrial(random: Random): { lists: SlowList[]; queries: string[] } {
  const lists = Array.from({ length: 1 + random.below(6) }, (_, i) => randomList(random, i))
  const rules = readLists(lists)
  const queries = random.times(400, () =>
    random.once(4) ? randomQueryAddress(random, rules) : randomQueryName(random, rules),
  )
  return { lists, queries }
}

/** Lists with every line taken out that the difference does not need; the line numbers stay. */
export function shrink(lists: readonly SlowList[], queries: readonly string[]): SlowList[] {
  let kept = [...lists]
  for (let isShorter = true; isShorter;) {
    isShorter = false
    for (const [i, list] of kept.entries()) {
      const lines = list.text.split('\n')
      for (const [at, line] of lines.entries()) {
        if (line === '') continue
        const text = lines.with(at, '').join('\n')
        const fewer = kept.with(i, { ...list, text })
        if (!firstDifference(fewer, queries)) continue
        kept = fewer
        isShorter = true
        break
      }
    }
  }
  return kept.filter(({ text }) => text.trim() !== '')
}
