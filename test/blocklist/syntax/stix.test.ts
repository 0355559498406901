import { expect, test } from 'vitest'
import { parseStixPattern, STIX_PROBLEM } from '../../../src/blocklist/syntax/stixpattern.js'
import { read } from './read.js'

const AT = Date.parse('2030-01-01T00:00:00Z') / 1000

type Extra = Readonly<Record<string, unknown>>

function bundle(...objects: Extra[]): string {
  return JSON.stringify({ type: 'bundle', id: 'bundle--1', objects }, null, 1)
}

function indicator(pattern: string, extra: Extra = {}): Extra {
  return { type: 'indicator', spec_version: '2.1', pattern, pattern_type: 'stix', ...extra }
}

test.each([
  ["[domain-name:value = 'a.test']", ['suffix a.test']],
  [
    "[ipv4-addr:value='192.0.2.1' OR ipv6-addr:value = '2001:db8::1']",
    ['192.0.2.1/32', '2001:db8:0:0:0:0:0:1/128'],
  ],
  [
    "[url:value = 'https://a.test/'] OR [domain-name:value = 'b.test']",
    ['exact a.test', 'suffix b.test'],
  ],
  ["([domain-name:value IN ('a.test', 'b.test')])", ['suffix a.test', 'suffix b.test']],
  ["[ipv4-addr:value ISSUBSET '192.0.2.0/24']", ['192.0.2.0/24']],
])('%s', (pattern, rules) => {
  const found = read('stix', bundle(indicator(pattern)))
  expect(found.rules.map((rule) => rule.replace(/^\d+: indicator block /, ''))).toEqual(rules)
  expect(found.refused).toEqual([])
})

test.each([
  ["[domain-name:value = 'a.test' AND url:value = 'b']", STIX_PROBLEM.joined],
  ["[domain-name:value = 'a.test'] FOLLOWEDBY [url:value = 'b']", STIX_PROBLEM.joined],
  ["[domain-name:value = 'a.test'] WITHIN 5 SECONDS", STIX_PROBLEM.syntax],
  ["[NOT domain-name:value = 'a.test']", STIX_PROBLEM.joined],
  ["[domain-name:value = 'a.test'", STIX_PROBLEM.syntax],
  ["[[domain-name:value = 'a.test']]", STIX_PROBLEM.syntax],
  ["[domain-name:value = 'a.test' OR ]", STIX_PROBLEM.syntax],
  ["[domain-name:value IN ('a.test']", STIX_PROBLEM.syntax],
  ["domain-name:value = 'a.test'", STIX_PROBLEM.syntax],
  ['', STIX_PROBLEM.syntax],
  ["['", STIX_PROBLEM.syntax],
])('no rules of %s', (pattern, reason) => {
  expect(parseStixPattern(pattern)).toBe(reason)
})

test('what else a pattern says is refused by the part, where each part alone is enough', () => {
  const pattern =
    "[file:hashes.'SHA-256' = 'aa' OR domain-name:value LIKE 'a%' OR domain-name:value = 'b\\'.test' OR domain-name:value = 'c.test']"
  const { rules, refused } = read('stix', bundle(indicator(pattern)))
  expect(rules).toEqual(['8: indicator block suffix c.test'])
  expect(refused).toEqual([
    '8: an indicator of a type that a connection does not show',
    `8: ${STIX_PROBLEM.operator}`,
    '8: not a valid name',
  ])
})

test('indicators that hold no longer, or never did', () => {
  const pattern = "[domain-name:value = 'a.test']"
  const text = bundle(
    { type: 'malware', name: 'x', pattern: 'none' },
    indicator(pattern, { revoked: true }),
    indicator(pattern, { indicator_types: ['x', 'benign'] }),
    indicator(pattern, { pattern_type: 'snort' }),
    indicator(pattern, { valid_until: '2029-01-01T00:00:00Z' }),
    indicator(pattern, { valid_until: '2031-01-01T00:00:00Z', name: 'why', description: 'x' }),
  )
  const { rules, refused, store } = read('stix', text, { at: AT, action: 'warn' })
  expect(rules).toHaveLength(1)
  expect(rules[0]).toMatch(/: indicator warn suffix a\.test$/)
  expect(refused.map((line) => line.replace(/^\d+: /, ''))).toEqual([
    'a revoked indicator',
    'an indicator of something benign',
    'a pattern in a language other than STIX',
    'expired',
  ])
  expect(store.nameNotes.get(0)).toEqual({ title: 'why', severity: 0 })
  expect(store.expires).toBe(Date.parse('2031-01-01T00:00:00Z') / 1000)
})

test('an array of objects, and a TAXII envelope', () => {
  const one = JSON.stringify(indicator("[domain-name:value = 'a.test']"))
  for (const text of [`[${one}]`, `{"more":false,"objects":[${one}]}`]) {
    expect(read('stix', text).rules).toEqual(['1: indicator block suffix a.test'])
  }
})

test('a long pattern takes time in proportion', () => {
  for (const part of ["'", '\\', "[domain-name:value = '", '(', 'a:b.', "a:'"]) {
    const pattern = part.repeat(Math.floor(65_536 / part.length))
    expect(typeof parseStixPattern(pattern)).toBe('string')
  }
})
