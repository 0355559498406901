import { expect, test } from 'vitest'
import { detectSyntax } from '../../../src/blocklist/syntax/detect.js'
import { SHARED_LISTS, sharedTest } from './shared.js'

test.each([
  ['', 'domains'],
  ['# only a comment', 'domains'],
  ['# x\n0.0.0.0 a.test\n127.0.0.1 b.test', 'hosts'],
  ['::1 a.test', 'hosts'],
  ['a.test\nb.test\n192.0.2.1', 'domains'],
  ['192.0.2.1\n198.51.100.0/24 # a\n2001:db8::1 77\n', 'cidr'],
  ['; drop\n192.0.2.0/24 ; SBL1', 'cidr'],
  ['*.a.test\nb.test', 'wildcard'],
  ['! x\n*.a.test', 'wildcard'],
  ['address=/a.test/#\nserver=/b.test/', 'dnsmasq'],
  ['$TTL 60\n@ IN SOA a. b. 1 2 3 4 5\n  IN NS localhost.\na.test CNAME .', 'rpz'],
  ['a.test CNAME .\n*.a.test CNAME .', 'rpz'],
  ['a.test 300 IN CNAME .', 'rpz'],
  ['[Adblock Plus 2.0]\na.test', 'adblock'],
  ['! Title: x\na.test', 'adblock'],
  ['||a.test^\nb.test', 'adblock'],
  ['a.test##.x\nb.test', 'adblock'],
  ['@@a.test', 'adblock'],
  ['! x\n[uBlock Origin]\na.test', 'ublock'],
  ['[{"indicatorType":"DomainName"}]', 'indicators'],
  ['\ufeff\n{"value":[]}', 'indicators'],
  ['{"type":"bundle","objects":[]}', 'stix'],
  ['[{"type": "indicator", "pattern": "x"}]', 'stix'],
  ['{"Event": {"info": "x"}}', 'misp'],
  ['{"response":[{"Event":{}}]}', 'misp'],
  ['indicatorType,indicatorValue,action\nDomainName,a.test,Block', 'indicators'],
  ['"Type";"Value"\ndomain;a.test', 'indicators'],
  ['# x\nblock\tdomain\ta.test', 'indicators'],
  ['[2001:db8::1]', 'domains'],
])('%j is %s', (text, syntax) => {
  expect(detectSyntax(Buffer.from(text))).toBe(syntax)
})

test('bytes that are no text have a syntax, too', () => {
  expect(detectSyntax(Buffer.alloc(100_000))).toBe('domains')
  expect(detectSyntax(Buffer.alloc(100_000, 0xff))).toBe('domains')
  expect(detectSyntax(Buffer.from('[{'.repeat(50_000)))).toBe('indicators')
  expect(detectSyntax(Buffer.from(' in '.repeat(50_000)))).toBe('domains')
})

for (const [file, { format, bytes }] of SHARED_LISTS) {
  sharedTest(`the syntax of ${file}`, () => {
    expect(detectSyntax(bytes())).toBe(format)
  })
}
