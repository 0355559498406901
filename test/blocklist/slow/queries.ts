import { randomAddress, randomName, speltAddress } from './generate.js'
import type { Random } from './random.js'
import type { SlowAddress, SlowRule } from './rules.js'
import { widthOf } from './text.js'

/** A name that a rule has, or one close to it, or any. */
export function randomQueryName(random: Random, rules: readonly SlowRule[]): string {
  const name = nearMiss(random, ruleName(random, rules) ?? randomName(random))
  switch (random.below(20)) {
    case 0:
      return name.toUpperCase()
    case 1:
      return `${name}.`
    case 2:
      return `${name}..`
    case 3:
      return random.pick(['', '.', `.${name}`, `${name}/`, 'a..b', 'ä.b', 'a\0b', 'a b', '*.a'])
    default:
      return name
  }
}

function ruleName(random: Random, rules: readonly SlowRule[]): string | undefined {
  if (rules.length === 0) return undefined
  const { match, denyallow } = random.pick(rules)
  if (denyallow.length && random.once(3)) return random.pick(denyallow)
  if (match.kind === 'ends') return match.text.replace(/^\.+/, '')
  return match.kind === 'network' || match.kind === 'pattern' ? undefined : match.name
}

function nearMiss(random: Random, name: string): string {
  const labels = name.split('.')
  const at = random.below(name.length)
  const byte = random.pick('ab-_.x8')
  switch (random.below(12)) {
    case 0:
      return `${random.pick('ab.x-')}${name}`
    case 1:
      return `${name}${random.pick('abx8-')}`
    case 2:
      return labels.slice(1).join('.') || name
    case 3:
      return labels.slice(0, -1).join('.') || name
    case 4:
      return name.slice(0, at) + byte + name.slice(at + 1)
    case 5:
      return name.slice(0, at) + name.slice(at + 1)
    case 6:
      return `${name}.${randomName(random)}`
    case 7:
    case 8:
      return `${randomName(random)}.${name}`
    default:
      return name
  }
}

/** An address of a rule's network, one bit beside it, at its edge or beyond it, or any. */
export function randomQueryAddress(random: Random, rules: readonly SlowRule[]): string {
  const address = nearAddress(random, rules)
  const text = speltAddress(random, address)
  if (!text.includes(':')) return text
  return random.pick([text, text, text, `[${text}]`, `${text}%eth0`])
}

function nearAddress(random: Random, rules: readonly SlowRule[]): SlowAddress {
  const { match } = rules.length ? random.pick(rules) : { match: undefined }
  if (match?.kind !== 'network' || random.once(4)) return randomAddress(random)
  const { version, value } = match.network
  const width = widthOf(version)
  const size = 1n << BigInt(width - match.bits)
  const values = [value, value + size - 1n, value + size, value - 1n]
  const beside = value ^ (1n << BigInt(random.below(width)))
  const near = random.once(3) ? beside : random.pick(values)
  return { version, value: BigInt.asUintN(width, near) }
}
