import { expect, test } from 'vitest'
import { compile } from '../../src/blocklist/compile.js'
import { Ruleset } from '../../src/index.js'
import {
  addressText,
  Random,
  randomList,
  randomQueryAddress,
  randomQueryName,
  type SlowAnswer,
  slowMatchAddress,
  slowMatchName,
} from './slow.js'

const ROUNDS = 200
const QUERIES = 60

/** The compressed form (RFC 5952) is for people: both sides are compared written out. */
function spellOut(text: string): string {
  const [address, bits] = text.split('/')
  if (bits === undefined || !address!.includes('::')) return text
  const [left, right] = address!.split('::').map((half) => half.split(':').filter(Boolean))
  const zeros = new Array<string>(8 - left!.length - right!.length).fill('0')
  return `${[...left!, ...zeros, ...right!].join(':')}/${bits}`
}

function answer(ruleset: Ruleset, match: ReturnType<Ruleset['matchName']>): SlowAnswer | null {
  if (match === null) return null
  const rule = ruleset.rule(match.rule)!
  return {
    action: match.action as SlowAnswer['action'],
    category: match.category ?? '',
    list: rule.list,
    line: rule.line,
    text: spellOut(rule.text),
  }
}

test('random lists give the answers of a matcher that tries every rule', () => {
  for (let round = 1; round <= ROUNDS; round++) {
    const random = new Random(round)
    const lists = Array.from({ length: 1 + random.below(6) }, (_, i) => randomList(random, i))
    const rules = lists.flatMap((list) => list.rules)
    using ruleset = Ruleset.from(compile(lists.map((list) => list.source)).bytes)
    for (let query = 0; query < QUERIES; query++) {
      const name = randomQueryName(random, rules)
      const found = answer(ruleset, ruleset.matchName(name))
      expect(found, `round ${round}, ${name}`).toEqual(slowMatchName(rules, name))
      const version = random.pick([4, 6] as const)
      const value = randomQueryAddress(random, version, rules)
      const text = addressText(version, value)
      const covering = answer(ruleset, ruleset.matchAddress(text))
      expect(covering, `round ${round}, ${text}`).toEqual(slowMatchAddress(rules, version, value))
    }
  }
})

test('verdicts beyond what one byte numbers', () => {
  const lists = Array.from({ length: 400 }, (_, i) => ({
    id: `list-${i}`,
    text: `n${i}.test\n192.0.2.${i % 256}\ncommon.test`,
    category: `category-${i}`,
    match: 'suffix' as const,
  }))
  using ruleset = Ruleset.from(compile(lists).bytes)
  for (const [i, { id, category }] of lists.entries()) {
    const match = ruleset.matchName(`www.n${i}.test`)!
    expect(match).toMatchObject({ action: 'block', category, depth: 2 })
    expect(ruleset.rule(match.rule)).toMatchObject({ list: id, line: 1 })
  }
  expect(ruleset.matchName('common.test')!.category!.split(',')).toHaveLength(400)
  expect(ruleset.matchAddress('192.0.2.0')!.category).toBe('category-0,category-256')
})
