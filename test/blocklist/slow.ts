import type { Action } from '../../src/blocklist/format.js'
import type { ListSource } from '../../src/blocklist/compile.js'

/** A rule as the slow matcher has it: what was meant, before any compiler saw it. */
export interface SlowRule {
  readonly list: string
  /** Place of the list, and the line in it from 1. */
  readonly order: number
  readonly line: number
  readonly action: Action
  readonly important: boolean
  readonly category: string
  readonly text: string
  readonly match: SlowName | SlowNetwork
}
export interface SlowName {
  readonly kind: 'exact' | 'suffix'
  readonly name: string
}
export interface SlowNetwork {
  readonly kind: 'network'
  readonly version: 4 | 6
  readonly bits: number
  readonly value: bigint
}

export interface SlowAnswer {
  readonly action: Action
  readonly category: string
  readonly list: string
  readonly line: number
  readonly text: string
}

const CLASSES = ['!allow', '!block', '!warn', 'allow', 'block', 'warn', 'audit'] as const

function classOf(rule: SlowRule): number {
  const important = rule.important && rule.action !== 'audit'
  return (CLASSES as readonly string[]).indexOf((important ? '!' : '') + rule.action)
}

/** How special a rule is: longer names and prefixes, then exact before suffix. */
function specificity({ match }: SlowRule): number {
  if (match.kind === 'network') return match.bits
  return match.name.split('.').length * 2 + (match.kind === 'exact' ? 1 : 0)
}

function decide(matching: SlowRule[]): SlowAnswer | null {
  if (matching.length === 0) return null
  const best = Math.min(...matching.map(classOf))
  const winning = matching
    .filter((rule) => classOf(rule) === best)
    .sort((a, b) => specificity(b) - specificity(a) || a.order - b.order || a.line - b.line)
  const { action, list, line, text } = winning[0]!
  const categories = new Set(winning.map((rule) => rule.category).filter((c) => c !== ''))
  return { action, category: [...categories].sort().join(','), list, line, text }
}

/** Tries every rule, one after the other. */
export function slowMatchName(rules: readonly SlowRule[], name: string): SlowAnswer | null {
  return decide(
    rules.filter(({ match }) => {
      if (match.kind === 'network') return false
      return name === match.name || (match.kind === 'suffix' && name.endsWith('.' + match.name))
    }),
  )
}

export function slowMatchAddress(
  rules: readonly SlowRule[],
  version: 4 | 6,
  value: bigint,
): SlowAnswer | null {
  return decide(
    rules.filter(({ match }) => {
      if (match.kind !== 'network' || match.version !== version) return false
      const shift = BigInt((version === 4 ? 32 : 128) - match.bits)
      return value >> shift === match.value >> shift
    }),
  )
}

/** Pseudo-random numbers that a failure can be repeated with (xorshift, 32 bits). */
export class Random {
  constructor(private state: number) {
    this.state = (state * 2_654_435_761) | 1
  }
  below(n: number): number {
    this.state ^= this.state << 13
    this.state ^= this.state >>> 17
    this.state ^= this.state << 5
    return (this.state >>> 0) % n
  }
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!
  }
}

// Few labels, of lengths around the hash's eight-byte words, so that names meet.
const LABELS = [
  'a',
  'b',
  'ab',
  'com',
  'x-y',
  '_srv',
  'seven77',
  'eight888',
  'nine99999',
  'a-label-of-24-characters',
]

export function randomName(random: Random): string {
  return Array.from({ length: 1 + random.below(5) }, () => random.pick(LABELS)).join('.')
}

export function randomAddress(random: Random, version: 4 | 6): bigint {
  let value = version === 4 ? 0x0a00_0000n : 0x2001_0db8n << 96n
  const places = version === 4 ? [0, 1, 8, 9, 16, 17, 31] : [0, 1, 40, 63, 64, 65, 80, 127]
  for (const place of places) if (random.below(2) === 1) value ^= 1n << BigInt(place)
  return value
}

export function addressText(version: 4 | 6, value: bigint): string {
  if (version === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.')
  }
  const groups = Array.from({ length: 8 }, (_, i) => (value >> BigInt(112 - 16 * i)) & 0xffffn)
  return groups.map((group) => group.toString(16)).join(':')
}

/** A name of a rule, below one, or any. */
export function randomQueryName(random: Random, rules: readonly SlowRule[]): string {
  const rule = rules.length > 0 ? random.pick(rules) : undefined
  if (rule === undefined || rule.match.kind === 'network' || random.below(3) === 0) {
    return randomName(random)
  }
  return random.below(2) === 0 ? rule.match.name : `${randomName(random)}.${rule.match.name}`
}

/** An address of a rule's network, one bit beside it, or any. */
export function randomQueryAddress(
  random: Random,
  version: 4 | 6,
  rules: readonly SlowRule[],
): bigint {
  const rule = rules.length > 0 ? random.pick(rules) : undefined
  if (rule?.match.kind !== 'network' || rule.match.version !== version || random.below(3) === 0) {
    return randomAddress(random, version)
  }
  return rule.match.value ^ (1n << BigInt(random.below(version === 4 ? 32 : 128)))
}

type ListOptions = Required<Pick<ListSource, 'id' | 'action' | 'important' | 'category'>>

/** A random list in one of the syntaxes, and the rules it means. */
export function randomList(
  random: Random,
  order: number,
): { source: ListSource; rules: SlowRule[] } {
  const options: ListOptions = {
    id: `list-${order}`,
    action: random.pick(['allow', 'block', 'block', 'warn', 'audit']),
    important: random.below(4) === 0,
    category: random.pick(['', 'ads', 'malware', 'phishing']),
  }
  const syntax = random.pick(['hosts', 'domains', 'cidr'] as const)
  const match = random.pick(['exact', 'suffix'] as const)
  const rules: SlowRule[] = []
  const lines: string[] = []
  for (let line = 1; line <= random.below(30); line++) {
    const common = { ...options, list: options.id, order, line }
    if (random.below(8) === 0) {
      lines.push(random.pick(['', '# a comment', '  ', '\t#']))
    } else if (syntax === 'cidr') {
      lines.push(addNetwork(random, common, rules))
    } else {
      const name = randomName(random)
      const kind = syntax === 'hosts' ? 'exact' : match
      rules.push({ ...common, text: name, match: { kind, name } })
      const spelt = random.below(2) === 0 ? name : `${name.toUpperCase()}.`
      lines.push(syntax === 'hosts' ? `0.0.0.0 ${spelt} # why` : `  ${spelt}\t`)
    }
  }
  const text = lines.join(random.pick(['\n', '\r\n']))
  return { source: { ...options, syntax, match, text }, rules }
}

function addNetwork(
  random: Random,
  common: Omit<SlowRule, 'text' | 'match'>,
  rules: SlowRule[],
): string {
  const version = random.pick([4, 6] as const)
  const width = version === 4 ? 32 : 128
  const bits = random.below(6) === 0 ? random.below(width + 1) : width - random.below(width / 2 + 2)
  const value = randomAddress(random, version)
  const network = (value >> BigInt(width - bits)) << BigInt(width - bits)
  rules.push({
    ...common,
    text: `${addressText(version, network)}/${bits}`,
    match: { kind: 'network', version, bits, value },
  })
  return `${addressText(version, value)}/${bits}`
}
