import type { SlowAction, SlowAddress, SlowRule } from './rules.js'
import { addressText, isAtOrBelow, isBelow, normalName, readAddress, widthOf } from './text.js'

export type SlowDecider =
  'indicator' | 'important-allow' | 'important-block' | 'important-warn' | SlowAction

export interface SlowAnswer {
  readonly verdict: SlowAction | 'none'
  readonly categories: readonly string[]
  readonly decider: SlowDecider | '-'
  /** An audit speaks, whatever decides. */
  readonly audit: boolean
  /** The rule that decides, then all others that match, the better first. */
  readonly rules: readonly SlowRule[]
}

const NOTHING: SlowAnswer = {
  verdict: 'none',
  categories: [],
  decider: '-',
  audit: false,
  rules: [],
}

/** The first that has a rule decides. */
const DECIDERS: readonly SlowDecider[] = [
  'indicator',
  'important-allow',
  'important-block',
  'important-warn',
  'allow',
  'block',
  'warn',
  'audit',
]

/** Asks every rule, one after the other. */
export function answer(rules: readonly SlowRule[], query: string): SlowAnswer {
  const address = readAddress(query)
  const text = address ? addressText(address) : normalName(query)
  if (text === undefined) return NOTHING
  const matching = rules.filter((rule) => matches(rule, text, address)).sort(compare)
  const speaking = withoutOverruled(matching)
  const [best] = speaking
  if (!best) return NOTHING
  const decider = deciderOf(best)
  const winning =
    decider === 'indicator' ? [best] : speaking.filter((r) => deciderOf(r) === decider)
  const categories = new Set(winning.map((rule) => rule.category).filter((c) => c !== ''))
  return {
    verdict: best.action,
    categories: [...categories].sort(),
    decider,
    audit: matching.some((rule) => rule.action === 'audit'),
    rules: [best, ...matching.filter((rule) => rule !== best)],
  }
}

function matches(rule: SlowRule, text: string, address: SlowAddress | undefined): boolean {
  if (rule.denyallow.some((name) => isAtOrBelow(text, name))) return false
  const { match } = rule
  switch (match.kind) {
    case 'pattern':
      return match.pattern.test(text)
    case 'network':
      return address !== undefined && covers(match.network, match.bits, address)
    case 'exact':
      return !address && text === match.name
    case 'below':
      return !address && isBelow(text, match.name)
    case 'suffix':
      return !address && isAtOrBelow(text, match.name)
    case 'ends':
      return !address && text.endsWith(match.text)
  }
}

function covers(network: SlowAddress, bits: number, { version, value }: SlowAddress): boolean {
  const rest = BigInt(widthOf(version) - bits)
  return version === network.version && value >> rest === network.value >> rest
}

function deciderOf({ group, action, important }: SlowRule): SlowDecider {
  if (action === 'audit') return 'audit'
  if (group === 'indicator') return 'indicator'
  return important ? `important-${action}` : action
}

/** Dnsmasq and RPZ lists put forward one name rule, of all their rules together. */
function withoutOverruled(sorted: readonly SlowRule[]): SlowRule[] {
  const isMember = (rule: SlowRule): boolean => rule.group === 'specific'
  const [chosen] = sorted.filter(isMember).sort(compareSpecific)
  return sorted.filter((rule) => !isMember(rule) || rule === chosen)
}

/** Less than 0 where `a` decides rather than `b`. */
export function compare(a: SlowRule, b: SlowRule): number {
  const rank = DECIDERS.indexOf(deciderOf(a)) - DECIDERS.indexOf(deciderOf(b))
  if (rank !== 0) return rank
  const bySpecificity = compareNumbers(specificity(b), specificity(a))
  const byAction = ACTIONS.indexOf(a.action) - ACTIONS.indexOf(b.action) // differs among indicators only
  return bySpecificity || byAction || compareNumbers([a.list, a.line], [b.list, b.line])
}

function compareSpecific(a: SlowRule, b: SlowRule): number {
  const allow = Number(b.action === 'allow') - Number(a.action === 'allow')
  return (
    compareNumbers(specificity(b), specificity(a)) || a.list - b.list || allow || a.line - b.line
  )
}

const ACTIONS = ['allow', 'warn', 'block', 'audit']

/** Exact names, then longer names or prefixes, an end without a dot before it and patterns behind them. */
function specificity({ match }: SlowRule): number[] {
  switch (match.kind) {
    case 'exact':
      return [2, match.name.length]
    case 'suffix':
    case 'below':
      return [1, match.name.length]
    case 'network':
      return [1, match.bits]
    case 'ends':
      return [0, match.text.length]
    case 'pattern':
      return [0, 0]
  }
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((n, k) => n !== b[k])
  return i < 0 ? 0 : a[i]! - b[i]!
}
