import type { SlowAction, SlowAddress, SlowRule } from './rules.js'
import { addressText, isAtOrBelow, isBelow, normalName, readAddress, widthOf } from './text.js'

/** What decides, the first before the others. */
export const DECIDERS = [
  'indicator',
  'important-allow',
  'important-block',
  'important-warn',
  'allow',
  'block',
  'warn',
  'audit',
] as const
export type SlowDecider = (typeof DECIDERS)[number]

export interface SlowAnswer {
  readonly decider: SlowDecider | '-'
  readonly verdict: SlowAction | 'none'
  readonly categories: readonly string[]
  /** An audit speaks, whatever decides. */
  readonly audit: boolean
  /** The rule that decides, then all others that match: by rank, the more special first. */
  readonly rules: readonly SlowRule[]
}

/** What rules say together. */
interface Outcome {
  readonly decider: SlowDecider | '-'
  readonly verdict: SlowAction | 'none'
  readonly categories: readonly string[]
  readonly audit: boolean
  /** A rule speaks that keeps patterns of lists like its own from speaking. */
  readonly silences: boolean
  readonly rule?: SlowRule
}

const SILENCE: Outcome = {
  decider: '-',
  verdict: 'none',
  categories: [],
  audit: false,
  silences: false,
}

/** Asks every rule, one after the other. */
export function answer(rules: readonly SlowRule[], query: string): SlowAnswer {
  const address = readAddress(query)
  const text = address ? addressText(address) : normalName(query)
  if (text === undefined) return { ...SILENCE, rules: [] }
  const patterns = rules.filter((rule) => isPattern(rule) && matches(rule, text, address))
  const others = rules.filter((rule) => !isPattern(rule) && isOn(rule, text, address))
  const places = address ? placesOfAddress(address) : placesOfName(text)
  const canSilence = rules.some(({ match }) => match.kind === 'ends')
  const { best, matching } = weighPlaces(others, places, canSilence)
  const heard = patterns.filter((rule) => !best.silences || !isSpecific(rule))
  const { rule, ...outcome } = join(best, weigh(heard, false))
  const told = [...matching, ...patterns].filter((other) => other !== rule).sort(compareTold)
  return { ...outcome, rules: rule ? [rule, ...told] : told }
}

const isSpecific = ({ group }: SlowRule): boolean => group === 'specific'
const isPattern = ({ match }: SlowRule): boolean =>
  match.kind === 'pattern' || match.kind === 'ends'

/** Whether a rule speaks for a place: a name, all names below one, or all addresses of a network. */
type Place = (rule: SlowRule) => boolean

function placesOfName(name: string): Place[] {
  const labels = name.split('.')
  const above = labels.slice(1).map((_, i) => labels.slice(labels.length - 1 - i).join('.'))
  const places = above.map((place): Place => {
    return ({ match, denyallow }) => {
      if (denyallow.some((deny) => isAtOrBelow(place, deny))) return false
      return (match.kind === 'suffix' || match.kind === 'below') && isAtOrBelow(place, match.name)
    }
  })
  return [...places, (rule) => matches(rule, name, undefined)]
}

function placesOfAddress({ version }: SlowAddress): Place[] {
  return Array.from({ length: widthOf(version) + 1 }, (_, bits): Place => {
    return ({ match }) => match.kind === 'network' && match.bits <= bits
  })
}

/**
 * A rule decides only where it changes what those above it, or around it, say: the compiler drops
 * the others. `matching` are all rules of the last place.
 */
function weighPlaces(
  rules: readonly SlowRule[],
  places: readonly Place[],
  canSilence: boolean,
): { best: Outcome; matching: readonly SlowRule[] } {
  let best = SILENCE
  let matching: readonly SlowRule[] = []
  for (const speaks of rules.length ? places : []) {
    matching = rules.filter(speaks)
    const outcome = weigh(matching, canSilence)
    if (!isSame(outcome, best)) best = outcome
  }
  return { best, matching }
}

const isSame = (a: Outcome, b: Outcome): boolean =>
  a.decider === b.decider &&
  a.verdict === b.verdict &&
  a.categories.join() === b.categories.join() &&
  a.audit === b.audit &&
  a.silences === b.silences

function weigh(matching: readonly SlowRule[], canSilence: boolean): Outcome {
  const speaking = withoutOverruled(matching)
  const [rule] = speaking.sort(compare)
  if (!rule) return SILENCE
  const decider = deciderOf(rule)
  const winning = speaking.filter((other) => deciderOf(other) === decider)
  return {
    decider,
    verdict: rule.action,
    categories: categoriesOf(decider === 'indicator' ? [rule] : winning),
    audit: speaking.some((other) => other.action === 'audit'),
    silences: canSilence && matching.some(isSpecific),
    rule,
  }
}

function categoriesOf(rules: readonly SlowRule[]): string[] {
  const categories = new Set(rules.map((rule) => rule.category))
  categories.delete('')
  return [...categories].sort()
}

/** What names or networks say, and what patterns say. */
function join(anchored: Outcome, patterns: Outcome): Outcome {
  const audit = anchored.audit || patterns.audit
  if (anchored.decider === patterns.decider) {
    const categories = [...new Set([...anchored.categories, ...patterns.categories])].sort()
    return { ...anchored, categories, audit }
  }
  const isFirst = rankOf(anchored.decider) < rankOf(patterns.decider)
  return { ...(isFirst ? anchored : patterns), audit }
}

function matches(rule: SlowRule, text: string, address: SlowAddress | undefined): boolean {
  if (rule.denyallow.some((name) => isAtOrBelow(text, name))) return false
  return isOn(rule, text, address)
}

/** Whether the rule is for it, exceptions aside. */
function isOn({ match }: SlowRule, text: string, address: SlowAddress | undefined): boolean {
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

export function deciderOf({ group, action, important }: SlowRule): SlowDecider {
  if (action === 'audit') return 'audit'
  if (group === 'indicator') return 'indicator'
  return important ? `important-${action}` : action
}

const rankOf = (decider: SlowDecider | '-'): number =>
  decider === '-' ? DECIDERS.length : DECIDERS.indexOf(decider)

/** Dnsmasq and RPZ lists put forward one name rule, of all their rules together. */
function withoutOverruled(rules: readonly SlowRule[]): SlowRule[] {
  const [chosen] = rules.filter(isSpecific).sort(compareSpecific)
  return rules.filter((rule) => !isSpecific(rule) || rule === chosen)
}

type Order = (a: SlowRule, b: SlowRule) => number

const ACTIONS = ['allow', 'warn', 'block', 'audit']
const byDecider: Order = (a, b) => rankOf(deciderOf(a)) - rankOf(deciderOf(b))
const byAction: Order = (a, b) => ACTIONS.indexOf(a.action) - ACTIONS.indexOf(b.action)
const byDepth: Order = (a, b) => depth(b) - depth(a)
const byScope: Order = (a, b) => Number(reachesBelow(a)) - Number(reachesBelow(b))
const byList: Order = (a, b) => a.list - b.list
const byLine: Order = (a, b) => a.line - b.line
const allowFirst: Order = (a, b) => Number(b.action === 'allow') - Number(a.action === 'allow')
const namesFirst: Order = (a, b) => Number(isPattern(a)) - Number(isPattern(b))
const longerText: Order = (a, b) => endLength(b) - endLength(a)

/** Less than 0 where `a` is before `b`, by the first that tells. */
const orderBy =
  (...orders: readonly Order[]): Order =>
  (a, b) => {
    for (const order of orders) if (order(a, b) !== 0) return order(a, b)
    return 0
  }

/** Which decides: the action matters among indicators only, that of others is in their rank. */
const compare = orderBy(byDecider, namesFirst, byDepth, byScope, byAction, byList, byLine)

/** In the order in which people are told. */
const compareTold = orderBy(byDecider, byAction, byDepth, byScope, byList, byLine)

const compareSpecific = orderBy(
  namesFirst,
  byDepth,
  byScope,
  longerText,
  byList,
  allowFirst,
  byLine,
)

/** Labels of a name, bits of a network. */
function depth({ match }: SlowRule): number {
  if (match.kind === 'network') return match.bits
  return 'name' in match ? match.name.split('.').length : 0
}

const reachesBelow = ({ match }: SlowRule): boolean =>
  match.kind === 'suffix' || match.kind === 'below'

const endLength = ({ match }: SlowRule): number => (match.kind === 'ends' ? match.text.length : 0)
