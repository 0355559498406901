import { expect, test } from 'vitest'
import { Random } from './slow/random.js'
import { firstDifference } from './slow/trial.js'

const random = new Random(11)
const group = (): string => random.below(65_536).toString(16)

/** Networks of all lengths, and addresses in them and beside them. */
type Family = () => { network: string; inside: string; beside: string }

const four: Family = () => {
  const octets = (n: number): string => random.times(n, () => random.below(256)).join('.')
  const start = octets(2)
  return {
    network: `${start}.${octets(2)}/${9 + random.below(24)}`,
    inside: `${start}.${octets(2)}`,
    beside: octets(4),
  }
}

/** Of which the first `known` groups are among few: so many of them crowd in a few cells of the index. */
const six =
  (known: number, shortest: number, longest: number): Family =>
  () => {
    const start = random.times(known, () => (0x2000 + random.below(3)).toString(16)).join(':')
    const rest = (): string => random.times(8 - known, group).join(':')
    return {
      network: `${start}:${rest()}/${shortest + random.below(longest - shortest + 1)}`,
      inside: `${start}:${rest()}`,
      beside: random.times(8, group).join(':'),
    }
  }

const families: readonly (readonly [string, Family])[] = [
  ['IPv4', four],
  ['IPv6, spread', six(1, 17, 64)],
  ['IPv6, crowded', six(3, 40, 64)],
  ['longer IPv6, spread', six(2, 65, 128)],
  ['longer IPv6, crowded', six(5, 76, 128)],
  ['IPv6 of all lengths', six(4, 60, 70)],
]

test.each(families)('hundreds of networks, one in the other: %s', (_, family) => {
  const drawn = random.times(400, family)
  const lists = [0, 1, 2].map((list) => ({
    id: `list-${list}`,
    syntax: 'ip' as const,
    category: `category-${list}`,
    action: list === 2 ? ('allow' as const) : ('block' as const),
    text: drawn
      .filter((_, i) => i % 3 === list)
      .map(({ network }) => network)
      .join('\n'),
  }))
  const starts = drawn.map(({ network }) => network.split('/')[0]!)
  const queries = drawn.flatMap(({ inside, beside }, i) => [inside, beside, starts[i]!])
  expect(firstDifference(lists, queries)).toBeUndefined()
})
