import { expect, test } from 'vitest'
import { Random } from './slow/random.js'
import { describeDifference, firstDifference, randomTrial, shrink } from './slow/trial.js'

// WEIR_CASES=3000000 tries that many queries; WEIR_SEED begins at the seed that a failure printed.
const CASES = Number(process.env['WEIR_CASES'] ?? 12_000)
const SEED = Number(process.env['WEIR_SEED'] ?? 1)

function run(seed: number): number {
  const { lists, queries } = randomTrial(new Random(seed))
  const difference = firstDifference(lists, queries)
  if (difference) {
    const fewest = shrink(lists, [difference.query])
    const again = firstDifference(fewest, [difference.query]) ?? difference
    expect.fail(`WEIR_SEED=${seed}: ${describeDifference(fewest, again)}`)
  }
  return queries.length
}

test(
  'random lists in all syntaxes give the answers of a matcher that tries every rule',
  () => {
    let cases = 0
    let seed = SEED
    while (cases < CASES) cases += run(seed++)
    if (CASES > 100_000) console.log(`${cases} cases, seeds ${SEED} to ${seed - 1}: no difference`)
  },
  60_000 + CASES,
)

test('more verdicts than one byte numbers', () => {
  const numbers = Array.from({ length: 300 }, (_, i) => i + 1)
  const bits = Array.from({ length: 9 }, (_, bit) => bit)
  const lists = bits.map((bit) => ({
    id: `list-${bit}`,
    syntax: 'domains' as const,
    category: `category-${bit}`,
    text: numbers
      .map((n) => ((n >> bit) & 1 ? `n${n}.test\n192.0.${n >> 8}.${n & 255}` : '\n'))
      .join('\n'),
  }))
  expect(
    firstDifference(
      lists,
      numbers.flatMap((n) => [`n${n}.test`, `192.0.${n >> 8}.${n & 255}`]),
    ),
  ).toBeUndefined()
})
