import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Pattern } from '../../src/blocklist/pattern/pattern.js'
import { readAdblockPattern, readEnding } from '../../src/blocklist/pattern/pattern.js'
import {
  layOutPatterns,
  PATTERN_PROBLEM,
  type PatternSections,
} from '../../src/blocklist/pattern/patterntable.js'
import { rankOf } from '../../src/blocklist/rank.js'
import { readRegex } from '../../src/blocklist/pattern/regex.js'
import { kindOf, type PatternRule } from '../../src/blocklist/rules.js'
import { PatternReader } from './patternreader.js'
import { Random } from './slow/random.js'

const BLOCK = kindOf(rankOf('block'))

function rule(pattern: Pattern | string, line: number, excepts: string[] = []): PatternRule {
  if (typeof pattern === 'string') throw new Error(pattern)
  return { pattern, source: `rule ${line}`, kind: BLOCK, line, list: 0, excepts }
}

/** The core's own matcher, built from the sources, so that tests need nothing but a compiler. */
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-patterns-'))
  const core = ['ruleset_pattern.c', 'ruleset_program.c'].map((file) => `native/core/${file}`)
  const flags = ['-std=c11', '-O1', '-Inative/include', '-Inative/core']
  const sources = ['native/test/pattern_dump.c', ...core]
  execFileSync('cc', [...flags, ...sources, '-o', join(folder, 'pattern_dump')])
})
afterAll(() => rmSync(folder, { recursive: true }))

function askCore(sections: PatternSections, names: readonly string[]): number[][] {
  const { rules, grams, programs, texts, count } = sections
  const parts = [rules, grams, programs, texts]
  const head = Buffer.alloc(20)
  for (const [i, n] of [count, ...parts.map((part) => part.length)].entries()) {
    head.writeUInt32LE(n, i * 4)
  }
  const file = join(folder, 'sections')
  writeFileSync(file, Buffer.concat([head, ...parts]))
  const input = names.map((name) => `${name}\n`).join('')
  const output = execFileSync(join(folder, 'pattern_dump'), [file], {
    input,
    encoding: 'latin1',
    maxBuffer: 2 ** 28,
  })
  return output
    .trimEnd()
    .split('\n')
    .map((line) => [...new Set(line.split(' ').slice(1).map(Number))].sort((a, b) => a - b))
}

/** An Adblock pattern as SEMANTICS say, made a regular expression of JavaScript. */
function slowWildcard(text: string): RegExp {
  const head = text.startsWith('||') ? '(?:^|\\.)' : text.startsWith('|') ? '^' : ''
  const tail = /[|^]$/.test(text) ? '$' : ''
  const body = text.replace(/^\|+/, '').replace(/[|^]+$/, '')
  return new RegExp(head + body.replaceAll(/[.-]/g, '\\$&').replaceAll('*', '.*') + tail)
}

/** `expected[i]`: what rule i is to match. */
function compare(
  rules: readonly PatternRule[],
  expected: readonly RegExp[],
  names: readonly string[],
): number {
  const sections = layOutPatterns(rules)
  const refused = new Set(sections.refused.map((found) => found.rule))
  const kept = rules.map((_, i) => i).filter((i) => !refused.has(rules[i]!))
  expect(sections.count).toBe(kept.length)
  const reader = new PatternReader(sections)
  const core = askCore(sections, names)
  let matches = 0
  for (const [i, name] of names.entries()) {
    const wanted = kept.flatMap((at, number) => {
      const isOff = rules[at]!.excepts.some((except) => `.${name}`.endsWith(`.${except}`))
      return expected[at]!.test(name) && !isOff ? [number] : []
    })
    matches += wanted.length
    if (reader.match(name).join() !== wanted.join() || core[i]!.join() !== wanted.join()) {
      expect({ name, reader: reader.match(name), core: core[i] }).toEqual({
        name,
        reader: wanted,
        core: wanted,
      })
    }
  }
  return matches
}

function randomText(random: Random, least: number, most: number): string {
  const length = least + random.below(most - least + 1)
  return random.times(length, () => random.pick('aaabbc.-1')).join('')
}

function randomName(random: Random): string {
  return randomText(random, 1, random.once(8) ? 40 : 14).replaceAll('.', random.once(2) ? '.' : 'a')
}

function randomWildcard(random: Random): string {
  const pieces = random.times(1 + random.below(3), () => randomText(random, 1, 7))
  return random.pick(['', '|', '||']) + pieces.join('*') + random.pick(['', '^', '|'])
}

function randomRegex(random: Random, depth: number): string {
  if (depth === 0) {
    return random.once(3)
      ? randomText(random, 1, 5).replaceAll('.', '\\.')
      : random.pick([
          'a',
          'B',
          '.',
          '\\.',
          '-',
          '\\d',
          '\\W',
          '[ab]',
          '[^a]',
          '[a-c.]',
          '[^\\w-]',
          '_',
        ])
  }
  const part = (): string => randomRegex(random, depth - 1)
  switch (random.below(9)) {
    case 0:
      return `${part()}|${part()}`
    case 1:
      return `(${part()})`
    case 2:
      return `(?:${part()})${random.pick(['*', '+', '?', '{2}', '{1,2}', '{0,2}?', '{2,}'])}`
    case 3:
      return random.pick(['^', '$', '\\b', '\\B', '(^|\\.)']) + part()
    case 4:
      return part() + random.pick(['$', '\\b', '\\B', '^'])
    default:
      return part() + part()
  }
}

test('random wildcards match what JavaScript matches', () => {
  let matches = 0
  for (let round = 1; round <= 12; round++) {
    const random = new Random(round)
    const texts = random.times(60, () => randomWildcard(random)).filter((text) => text.length >= 3)
    const distinct = [...new Set(texts)]
    const rules = distinct.map((text, i) => rule(readAdblockPattern(text), i + 1))
    const names = random.times(300, () => randomName(random))
    // What a pattern is made of is a near miss, or a hit.
    names.push(...distinct.map((text) => text.replaceAll(/[|^]/g, '').replaceAll('*', 'ab')))
    matches += compare(
      distinctRules(rules),
      distinctRules(rules).map((r) => slowWildcard(distinct[r.line - 1]!)),
      names,
    )
  }
  expect(matches).toBeGreaterThan(1_000)
})

/** Without patterns that only look different: `|a*^` and `|a`. */
function distinctRules(rules: readonly PatternRule[]): PatternRule[] {
  const known = new Map(rules.map((one) => [JSON.stringify(one.pattern), one]))
  return rules.filter((one) => known.get(JSON.stringify(one.pattern)) === one)
}

test('random regular expressions match what JavaScript matches', () => {
  let matches = 0
  for (let round = 1; round <= 12; round++) {
    const random = new Random(round)
    const sources = new Set(random.times(60, () => randomRegex(random, 1 + random.below(4))))
    const rules: PatternRule[] = []
    const expected: RegExp[] = []
    for (const source of sources) {
      const regex = readRegex(source)
      if (typeof regex === 'string') continue
      rules.push(rule(regex, rules.length + 1))
      expected.push(new RegExp(source, 'i'))
    }
    const names = random.times(150, () => randomName(random))
    matches += compare(rules, expected, names)
  }
  expect(matches).toBeGreaterThan(1_000)
})

test('an exception is off at its name and below, for one rule of a pattern', () => {
  const pattern = readAdblockPattern('||ads*.example^')
  const rules = [rule(pattern, 1, ['ads.good.example', 'x.y']), { ...rule(pattern, 2), list: 1 }]
  const names = ['ads.example', 'ads.good.example', 'a.ads.good.example', 'xads.good.example']
  names.push('ads.bads.good.example')
  const slow = slowWildcard('||ads*.example^')
  expect(compare(rules, [slow, slow], names)).toBe(6)
})

test('an ending of dnsmasq has no label boundary, and its length for those that compete', () => {
  const rules = [rule(readEnding('star-a.example'), 1), rule(readEnding('.star-a.example'), 2)]
  const names = ['star-a.example', 'xstar-a.example', 'x.star-a.example', 'star-a.example.org']
  expect(compare(rules, [/star-a\.example$/, /\.star-a\.example$/], names)).toBe(4)
})

test('a rule twice in one list is one', () => {
  const pattern = readAdblockPattern('-banner-')
  const other = { ...rule(pattern, 3), kind: kindOf(rankOf('allow')) }
  expect(layOutPatterns([rule(pattern, 1), rule(pattern, 2), other]).count).toBe(2)
})

test('patterns that nothing tells apart share what every name is tried with, and the rest is refused', () => {
  const pieces = 'abcdefghijklmnopqrstuvwxyz'
  const texts: string[] = []
  for (const a of pieces)
    for (const b of pieces) for (const c of pieces) texts.push(`${a}${b}*${c}`)
  const rules = texts.slice(0, 2_000).map((text, i) => rule(readAdblockPattern(text), i + 1))
  const sections = layOutPatterns(rules)
  expect(sections.count + sections.refused.length).toBe(2_000)
  expect(sections.count).toBeGreaterThan(1_000)
  expect(sections.refused[0]).toEqual({ rule: rules[sections.count], reason: PATTERN_PROBLEM.busy })
  const names = ['abc', 'zzz', 'aa.b', 'bz-q', 'a'.repeat(63)]
  expect(compare(rules, texts.slice(0, 2_000).map(slowWildcard), names)).toBeGreaterThan(3)
})

test('patterns alike in all but a little stay within what one text may take', () => {
  const texts = Array.from({ length: 3_000 }, (_, i) => `|aaaa*a${i}b`)
  const rules = texts.map((text, i) => rule(readAdblockPattern(text), i + 1))
  const names = ['aaaaa1999b', 'aaaa.a7b.a1999b', 'aaaaa2999b', `${'a'.repeat(240)}a42b`]
  expect(compare(rules, texts.map(slowWildcard), names)).toBeGreaterThan(3)
})

test('the same patterns give the same bytes, and none give none', () => {
  const rules = ['||ads*.example^', '-banner-', 'ad*'].map((text, i) =>
    rule(readAdblockPattern(text), i + 1),
  )
  expect(layOutPatterns(rules)).toEqual(layOutPatterns([...rules]))
  expect(new PatternReader(layOutPatterns([])).match('ads.example')).toEqual([])
})
