import { describe, expect, test } from 'vitest'
import { cancelledKeys } from '../../../src/blocklist/syntax/adblockbadfilter.js'
import { detectSyntax } from '../../../src/blocklist/syntax/detect.js'
import { SYNTAXES, type Syntax } from '../../../src/blocklist/syntax/syntaxes.js'
import { Random } from '../slow/random.js'
import { read } from './read.js'

const MEGABYTE = 1 << 20

/** A rule for a.test in each syntax. */
const RULES: Readonly<Record<Syntax, string>> = {
  hosts: '0.0.0.0 a.test',
  domains: 'a.test',
  wildcard: '*.a.test',
  dnsmasq: 'address=/a.test/#',
  rpz: 'a.test CNAME .',
  adblock: '||a.test^',
  ublock: '||a.test^',
  cidr: '192.0.2.0/24',
  indicators: 'block\tdomain\ta.test\ttitle',
  stix: `{"objects":[{"type":"indicator","pattern":"[domain-name:value = 'a.test']"}]}`,
  misp: '{"Attribute":[{"type":"domain","value":"a.test","to_ids":true}]}',
}
const LINES = SYNTAXES.filter((syntax) => !RULES[syntax].startsWith('{'))

describe.each(SYNTAXES)('%s', (syntax) => {
  const rule = RULES[syntax]

  test('a byte order mark, CR LF, and no line end at the end', () => {
    const { rules, refused } = read(syntax, `\ufeff${rule}\r\n`)
    expect([rules.length, refused]).toEqual([1, []])
    expect(read(syntax, rule).rules).toEqual(rules)
  })

  test.each([
    ['nothing', ''],
    ['blanks', ' \r\n\t\n\0\0\n'],
    ['NUL', Buffer.alloc(100_000)],
    ['bytes that are no UTF-8', Buffer.alloc(100_000, 0xfe)],
    ['all bytes', Buffer.from(Array.from({ length: 65_536 }, (_, i) => i % 256))],
    ['carriage returns', 'a\r'.repeat(10_000)],
    ['depth', '[{"a":'.repeat(50_000)],
    ['a line of a megabyte', 'a'.repeat(MEGABYTE)],
    ['a line of a megabyte of blanks', `a${' '.repeat(MEGABYTE)}#`],
    ['a line of a megabyte of comment signs', '#'.repeat(MEGABYTE)],
    ['names without an end', 'a.'.repeat(MEGABYTE / 2)],
    ['slashes', `address=/${'a/'.repeat(30_000)}`],
    ['quotes', '"\n'.repeat(50_000)],
    ['marks', '|^$@*'.repeat(10_000)],
    ['modifiers', `||a.test^$${','.repeat(60_000)}`],
    ['an open SOA', `@ SOA (${'\n?'.repeat(300_000)}`],
    ['bad lines', '..\n'.repeat(200_000)],
    ['a prototype', '__proto__\n{"__proto__":[{"__proto__":1}]}\nconstructor,toString\n'],
  ])('%s', (_what, text) => {
    const started = performance.now()
    const { rules } = read(syntax, text)
    detectSyntax(Buffer.from(text))
    cancelledKeys([[Buffer.from(text)]])
    expect(rules.length).toBeLessThan(40_000)
    expect(performance.now() - started).toBeLessThan(5000)
    expect({}).not.toHaveProperty('polluted')
  })
})

test.each(LINES.filter((syntax) => syntax !== 'indicators'))(
  '%s: a bad line costs no other',
  (syntax) => {
    const bad = ['\0', 'a'.repeat(MEGABYTE), '\xff\xfe', '$$$', '((((', '\u202e', '""']
    const lines = bad.flatMap((line) => [line, RULES[syntax]])
    const { rules } = read(syntax, lines.join('\n'))
    const numbers = rules.map((line) => Number(line.split(':')[0]))
    expect(numbers.filter((number) => number % 2 === 0)).toEqual([2, 4, 6, 8, 10, 12, 14])
  },
)

const ROUNDS = 3000
const PIECES = [
  ...['a.test', 'x', '.', '..', '*', '*.', '||', '|', '^', '@@', '$', '$important', '$badfilter'],
  ...['$denyallow=', ',', '~', '/', '//', '\\', '[', ']', '(', ')', '{', '}', '"', "'", ':', '#'],
  ...['##', '!', ';', '=', ' ', '\t', '\r', '\n', '\0', 'ü', '\u0130', '\ud800', '0.0.0.0', '::1'],
  ...['192.0.2.1', '/33', '-1', 'CNAME', 'IN', '.rpz-ip', 'zz', 'server=/', 'OR', 'AND', '\ufeff'],
]

/** A rule with pieces put in, bytes changed, or cut. */
function mutate(random: Random, rule: string): Buffer {
  let text = rule
  for (let n = 1 + random.below(4); n > 0; n--) {
    const at = random.below(text.length + 1)
    const gone = random.below(3)
    text = text.slice(0, at) + random.pick(PIECES) + text.slice(at + gone)
  }
  const bytes = Buffer.from(text)
  if (random.below(3) === 0 && bytes.length > 0) {
    bytes[random.below(bytes.length)] = random.below(256)
  }
  return bytes
}

test.each(SYNTAXES)('%s: random changes of rules never stop a reader', (syntax) => {
  const random = new Random(SYNTAXES.indexOf(syntax) + 1)
  const started = performance.now()
  for (let round = 0; round < ROUNDS; round++) {
    const of = random.below(4) === 0 ? RULES[random.pick(SYNTAXES)] : RULES[syntax]
    const bytes = mutate(random, of)
    const { store, rules, refused } = read(syntax, bytes)
    expect(detectSyntax(bytes)).toBeTypeOf('string')
    cancelledKeys([[bytes]])
    for (const line of [...rules, ...refused]) {
      const number = Number(line.split(':')[0])
      expect(number >= 1 && number <= store.line, `${bytes.toString('hex')}: ${line}`).toBe(true)
    }
    for (const reason of refused) expect(reason).toMatch(/^[\x20-\x7e]{3,120}$/)
  }
  expect(performance.now() - started).toBeLessThan(30_000)
})
