import { expect, test } from 'vitest'
import { compile, type ListSource } from '../../src/blocklist/compile.js'
import { detectSyntax } from '../../src/blocklist/syntax/detect.js'
import { WeirError } from '../../src/errors.js'

function problems(text: string, options: Partial<ListSource> = {}): string[] {
  const { diagnostics } = compile([{ id: 'l', text, ...options }])
  return diagnostics.map(({ line, message }) => `${line}: ${message}`)
}

function rules(text: string, options: Partial<ListSource> = {}): number {
  return compile([{ id: 'l', text, ...options }]).stats.rules
}

test('hosts: several names a line, comments, the machine itself', () => {
  const text =
    '\ufeff127.0.0.1 localhost\r\n0.0.0.0 a.test b.test\tc.test#x\n::1 ip6-loopback d.test\n#e.test'
  expect(rules(text, { syntax: 'hosts' })).toBe(4)
  expect(problems(text, { syntax: 'hosts' })).toEqual([])
})

test('hosts: what is no block is reported with its line', () => {
  const text =
    '192.0.2.1 a.test\n0.0.0.0\n0.0.0.0 -ok.test a..b 192.0.2.9\nb.test\n\n0.0.0.0 c.test'
  expect(problems(text, { syntax: 'hosts' })).toEqual([
    '1: rewrites a name to another address',
    '2: an address without a name',
    '3: not a valid name',
    '3: not a valid name',
    '4: not a line of this syntax',
  ])
  expect(rules(text, { syntax: 'hosts' })).toBe(2)
})

test('domains: names in any spelling, addresses among them', () => {
  const text = 'A.Test.\n_dmarc.b.test # why\nbücher.test\n192.0.2.1\n2001:db8::1\nlocalhost\n'
  expect(rules(text, { syntax: 'domains' })).toBe(5)
  expect(problems(text, { syntax: 'domains' })).toEqual([])
})

test('domains: what no name can be', () => {
  const long = 'a'.repeat(64)
  const lines = ['a b', '.a', 'a..b', `${long}.test`, '192.0.2.0/24', 'http://a/', '*.a', '..']
  const text = lines.join('\n')
  expect(problems(text, { syntax: 'domains' })).toHaveLength(lines.length)
  expect(rules(text, { syntax: 'domains' })).toBe(0)
  const longest = `${`${'a'.repeat(63)}.`.repeat(3)}${'a'.repeat(61)}`
  expect(rules(longest, { syntax: 'domains' })).toBe(1)
  expect(rules(`${longest}a`, { syntax: 'domains' })).toBe(0)
})

test('domains: bytes that are no UTF-8 do not stop a compile', () => {
  const bytes = Uint8Array.of(0xff, 0xfe, 0x2e, 0x61, 0x0a, 0x61, 0x2e, 0x62)
  const { stats, diagnostics } = compile([{ id: 'l', bytes, syntax: 'domains' }])
  expect(stats.rules).toBe(1)
  expect(diagnostics).toEqual([{ list: 'l', line: 1, message: 'not a valid name' }])
})

test.each([
  '192.0.2.1',
  '192.0.2.1/24',
  '192.0.2.0/255.255.255.0',
  '0.0.0.0/0',
  '2001:db8::/32',
  '::/0',
  '::',
  '1:2:3:4:5:6:7::',
  '::2:3:4:5:6:7:8',
  '::ffff:192.0.2.1',
  '64:ff9b::192.0.2.1/128',
  '2001:DB8::ABCD 7 columns',
])('cidr takes %s', (line) => {
  expect(problems(line, { syntax: 'cidr' })).toEqual([])
  expect(rules(line, { syntax: 'cidr' })).toBe(1)
})

test.each([
  '192.0.2',
  '192.0.2.256',
  '192.0.02.1',
  '192.0.2.1/33',
  '192.0.2.1/',
  '192.0.2.1/-1',
  '192.0.2.1/255.0.255.0',
  '2001:db8::/129',
  '1::2::3',
  ':1::',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7:8::',
  '12345::',
  '1:',
  ':',
  ':::',
  'fe80::1%eth0',
  '::192.0.2.1.5',
  '::1%1.2.3.4',
  'a.test',
])('cidr refuses %s', (line) => {
  expect(problems(line, { syntax: 'cidr' })).toEqual(['1: not a valid address or network'])
})

test('detection goes by what most lines are', () => {
  const detect = (text: string): string => detectSyntax(Buffer.from(text))
  expect(detect('# x\n0.0.0.0 a.test\n0.0.0.0 b.test')).toBe('hosts')
  expect(detect('a.test\nb.test\n192.0.2.1')).toBe('domains')
  expect(detect('192.0.2.1\n198.51.100.0/24 # a\n2001:db8::1 77\n')).toBe('cidr')
  expect(detect('')).toBe('domains')
})

test('a list that cannot be compiled at all is an error', () => {
  const thrown = (list: ListSource): string => {
    try {
      compile([list])
    } catch (error) {
      return error instanceof WeirError ? error.code : 'another error'
    }
    return 'none'
  }
  expect(thrown({ id: 'l' })).toBe('WEIR_BAD_ARGUMENT')
  expect(thrown({ id: 'l', text: 'a.test', category: 'a,b' })).toBe('WEIR_BAD_LIST')
})

test('no lists, and lists without rules, make a ruleset that says nothing', () => {
  expect(compile([]).stats).toMatchObject({ rules: 0, nameEntries: 0, prefixEntries: 0 })
  expect(compile([{ id: 'l', text: '' }]).stats.rules).toBe(0)
})

test('rules that decide nothing leave the file', () => {
  const allow: ListSource = { id: 'a', text: 'a.test', match: 'suffix', action: 'allow' }
  const block: ListSource = { id: 'b', text: 'b.a.test\nb.a.test\na.test', syntax: 'domains' }
  expect(compile([allow, block]).stats).toMatchObject({
    rules: 4,
    names: 2,
    double: 2,
    covered: 1,
    nameEntries: 1,
    prefixEntries: 0,
  })
})
