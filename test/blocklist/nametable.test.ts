import { expect, test } from 'vitest'
import { compile } from '../../src/blocklist/compile.js'
import { NameTable } from '../../src/blocklist/resolve/nametable.js'
import { EXACT, kindOf, RULE, RULE_WORDS, RuleStore } from '../../src/blocklist/rules.js'
import { Random } from './slow/random.js'

function storeOf(names: readonly string[]): RuleStore {
  const rules = new RuleStore()
  rules.begin({ id: 'l', category: '' })
  for (const name of names) {
    rules.line++
    rules.addName(Buffer.from(name), 0, name.length, EXACT, kindOf(7))
  }
  return rules
}

test.each([0, 1, 2, 600, 20_000])('%i names are told apart, and their rules kept in order', (n) => {
  const random = new Random(n + 1)
  const names = Array.from({ length: n }, () => `n${random.below(n)}.test`)
  const rules = storeOf(names)
  const table = NameTable.of(rules)!
  expect(table.count).toBe(new Set(names).size)
  const { words } = rules.records
  for (let name = 0; name < table.count; name++) {
    const text = Buffer.from(rules.nameBytes(table.starts[name]!)).toString()
    const own: number[] = []
    for (let rule = table.starts[name]!; rule < table.starts[name + 1]!; rule++) {
      own.push(words[rule * RULE_WORDS + RULE.number]!)
    }
    if (name % 97 === 0) {
      expect(own).toEqual(names.flatMap((other, i) => (other === text ? [i] : [])))
    }
    const at = table.at(name)
    expect(table.find(table.lo(name), table.hi(name), at, text.length)).toBe(name)
    if (name > 0) {
      expect(table.lo(name - 1)).toBeLessThanOrEqual(table.lo(name))
      expect(table.at(name - 1)).toBeLessThan(at)
    }
  }
})

test('names go to their places with their rules, whatever their lengths', () => {
  const names = Array.from({ length: 2000 }, (_, i) => `${'a'.repeat(1 + (i % 60))}.n${i}.test`)
  const rules = storeOf(names)
  const { length } = rules.pool
  NameTable.of(rules)
  for (let rule = 0, at = 0; rule < names.length; rule++) {
    const record = rules.records.words.subarray(rule * RULE_WORDS)
    expect(Buffer.from(rules.nameBytes(rule)).toString()).toBe(names[record[RULE.number]!])
    expect(record[RULE.at]).toBe(at)
    at += rules.nameBytes(rule).length
  }
  expect(rules.pool.length).toBe(length)
})

test('rules that share a bucket, or the lower half of their hash, are sorted by all of it', () => {
  const rules = storeOf(Array.from({ length: 300 }, (_, i) => `n${i % 150}.test`))
  const { words } = rules.records
  for (let rule = 0; rule < 300; rule++) words[rule * RULE_WORDS + RULE.lo] = 7
  const table = NameTable.of(rules)!
  expect(table.count).toBe(150)
  for (let name = 1; name < 150; name++) {
    expect(table.hi(name - 1)).toBeLessThan(table.hi(name))
  }
})

test('names with one hash ask for another seed, which tells them apart', () => {
  const rules = storeOf(['a.test', 'b.test'])
  const { words } = rules.records
  for (const half of [RULE.lo, RULE.hi]) words[RULE_WORDS + half] = words[half]!
  expect(NameTable.of(rules)).toBeUndefined()
  rules.reseed([1, 2])
  expect(NameTable.of(rules)!.count).toBe(2)
})

test('lists in pieces of any length are read like whole ones', () => {
  const text = Array.from({ length: 500 }, (_, i) => `name-${i}.example # ${i}`).join('\r\n')
  const whole = compile([{ id: 'l', text, syntax: 'domains' }])
  for (const size of [1, 7, 1000]) {
    const bytes = Buffer.from(text)
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    )
    const told: number[] = []
    const progress = (done: number, total: number): void => {
      expect(done).toBeLessThanOrEqual(total)
      told.push(done)
    }
    const { bytes: found } = compile([{ id: 'l', chunks, size: bytes.length, syntax: 'domains' }], {
      progress,
    })
    expect(Buffer.compare(found, whole.bytes)).toBe(0)
    expect(told).toEqual([...told].sort((a, b) => a - b))
    expect(told.at(-1)).toBe(2 * bytes.length)
  }
})
