import { expect, test } from 'vitest'
import { SYMBOLS } from '../../src/blocklist/pattern/alphabet.js'
import { FOUND } from '../../src/blocklist/pattern/automaton.js'
import { STATES_MAX } from '../../src/blocklist/pattern/determinise.js'
import type { Regex } from '../../src/blocklist/pattern/pattern.js'
import { readRegex } from '../../src/blocklist/pattern/regex.js'
import { REGEX_PROBLEM } from '../../src/blocklist/pattern/regexparser.js'

function finds({ automaton }: Regex, text: string): boolean {
  const { start, next, classes, classCount } = automaton
  let state = start
  for (const symbol of text) {
    state = next[state * (classCount + 1) + classes[SYMBOLS.indexOf(symbol)]!]!
  }
  return next[state * (classCount + 1) + classCount] === FOUND
}

const NAMES = [
  'ads.example',
  'ad1.example',
  'ad-server12.example',
  'www.tracker.example',
  'x',
  'a.b.c',
  'a_b-c.example',
  't42.m-dev.example',
  '192.0.2.1',
  '2001:db8::1',
  'xn--bcher-kva.example',
]

test.each([
  String.raw`^ad([sxv]?[0-9]*|system)[_.-]([^.]+\.){1,}|[_.-]ad([sxv]?[0-9]*|system)[_.-]`,
  String.raw`^t[0-9]{2,4}\.m-dev\.example$`,
  String.raw`(^|\.)(ads?|track(er|ing)?)\d*\.`,
  String.raw`\bads\b`,
  String.raw`\Bb-`,
  String.raw`^[\w-]+\.[a-z]{3,}$`,
  String.raw`^(?<first>.)\..*?c$`,
  String.raw`[^A-Z.]{12,}`,
  String.raw`\x61\u0064[s1]`,
  String.raw`^.{1,5}$`,
  String.raw`.{200,}`,
  String.raw`^\D+$`,
  String.raw`a|`,
  String.raw`[a\]-]{2}`,
  String.raw`(?:)`,
  String.raw`TRACKER`,
  String.raw`a{0}s\.e`,
  String.raw`[\w-]{,3}|^x{1,9999}$`,
])('/%s/ finds what JavaScript finds', (source) => {
  const regex = readRegex(source) as Regex
  expect(regex).toMatchObject({ kind: 'regex', source })
  const script = new RegExp(source, 'i')
  for (const name of NAMES) expect([name, finds(regex, name)]).toEqual([name, script.test(name)])
})

test('the marks of other engines for case and for names', () => {
  expect(finds(readRegex('(?i)^ADS') as Regex, 'ads.example')).toBe(true)
  expect(finds(readRegex('(?P<what>ads)') as Regex, 'ads.example')).toBe(true)
})

test.each([
  ['(', 'syntax'],
  ['a)', 'syntax'],
  ['*a', 'syntax'],
  ['a**', 'syntax'],
  ['a*+', 'syntax'],
  ['^*', 'syntax'],
  ['{2}', 'syntax'],
  ['[a', 'syntax'],
  ['[z-a]', 'syntax'],
  ['a{3,2}', 'syntax'],
  ['a\\', 'syntax'],
  ['(?#x)', 'syntax'],
  ['(?i:a)', 'syntax'],
  ['(?=a)b', 'lookaround'],
  ['a(?!b)', 'lookaround'],
  ['(?<=a)b', 'lookaround'],
  ['(?<!a)b', 'lookaround'],
  ['(a)\\1', 'backreference'],
  ['(?<n>a)\\k<n>', 'backreference'],
  ['\\p{L}', 'unicode'],
  ['[\\P{L}]', 'unicode'],
  ['\\Aads', 'escape'],
  ['\\012', 'escape'],
  ['[]a]', 'escape'],
  ['[^.[:space:]]', 'posix'],
  ['a{254}', 'repeat'],
  [`${'('.repeat(40)}a${')'.repeat(40)}`, 'nested'],
  ['a'.repeat(1_001), 'large'],
  ['(a|b|c){30}.{30}', 'large'],
  ['[ab].{200}', 'large'],
  ['((a{99}){99}){99}', 'large'],
  ['(((((){200}){200}){200}){200}){200}', 'large'],
  ['ad/banner', 'never'],
  ['a^b', 'never'],
  ['ü', 'never'],
] as const)('/%s/ is refused: %s', (source, problem) => {
  expect(readRegex(source)).toBe(REGEX_PROBLEM[problem])
})

test('a hostile expression takes no more than its steps', () => {
  const budget = { steps: 1_200_000 }
  const hostile = [
    '(.*a.{9}){9}',
    '(a|b|[a-f]|\\w|.){25}[^a]{25}(x+x+)+y',
    `(${Array.from({ length: 99 }, (_, i) => `a{${i}}`).join('|')})*b`,
    `${'(x+'.repeat(31)}${')+'.repeat(31)}y`,
    '[^a][^b][^c][^d]'.repeat(60),
  ]
  for (const source of hostile) {
    const before = budget.steps
    const regex = readRegex(source, budget)
    if (typeof regex !== 'string') expect(regex.automaton.states).toBeLessThanOrEqual(STATES_MAX)
    expect(before - budget.steps).toBeLessThanOrEqual(500_000)
  }
  // What is used up stays so: the next one is refused at once.
  expect(readRegex('a', { steps: 0 })).toBe(REGEX_PROBLEM.large)
})
