import { describe, expect, test } from 'vitest'
import type { ReadOptions } from '../../../src/blocklist/syntax/reading.js'
import type { Syntax } from '../../../src/blocklist/syntax/syntaxes.js'
import { read } from './read.js'

/** A line, what it becomes (without `1: `), and why not all of it. */
type Row = readonly [line: string, rules: readonly string[], refused?: readonly string[]]

const NAME = 'not a valid name'
const SYNTAX = 'not a line of this syntax'
const REWRITE = 'rewrites a name to another address'
const ROUTE = 'sends a name to another address or server'
const OPTION = 'a dnsmasq option that says nothing of names'
const CONTENT = 'a rule about the content of pages'

function table(syntax: Syntax, rows: readonly Row[], options: Partial<ReadOptions> = {}): void {
  for (const [line, rules, refused = []] of rows) {
    test(JSON.stringify(line), () => {
      const found = read(syntax, line, options)
      expect(found.rules).toEqual(rules.map((rule) => `1: ${rule}`))
      expect(found.refused).toEqual(refused.map((reason) => `1: ${reason}`))
    })
  }
}

describe('hosts', () => {
  table('hosts', [
    [
      '0.0.0.0 one.test two.test\tThree.Test. # four.test',
      ['block exact one.test', 'block exact two.test', 'block exact three.test'],
    ],
    ['127.9.9.9 a.test', ['block exact a.test']],
    [':: a.test', ['block exact a.test']],
    ['::1 LocalHost ip6-loopback a.test', ['block exact a.test']],
    ['192.0.2.1 a.test b.test', [], [REWRITE]],
    ['192.0.2.1 localhost', []],
    ['0.0.0.0 0.0.0.0', []],
    ['0.0.0.0 192.0.2.1 a..b', [], [NAME, NAME]],
    ['0.0.0.0', [], ['an address without a name']],
    ['a.test', [], [SYNTAX]],
    ['0.0.0.0 bücher.test', ['block exact xn--bcher-kva.test']],
  ])
})

describe('domains', () => {
  table('domains', [
    ['a.test', ['block exact a.test']],
    ['  A.Test.  # why', ['block exact a.test']],
    ['a.test#why', ['block exact a.test']],
    ['single', ['block exact single']],
    ['_dmarc.a_b.test', ['block exact _dmarc.a_b.test']],
    ['192.0.2.1', ['block 192.0.2.1/32']],
    ['2001:db8::1', ['block 2001:db8:0:0:0:0:0:1/128']],
    ['localhost', []],
    ['a.test b.test', [], [SYNTAX]],
    ['192.0.2.0/24', [], [NAME]],
    ['a..b', [], [NAME]],
    ['.a', [], [NAME]],
    ['*.a', [], [NAME]],
    ['ü/a', [], [NAME]],
    ['ü%41.test', [], [NAME]],
    ['ü?a', [], [NAME]],
    ['１２７.１', [], [NAME]],
  ])
  test('match and action', () => {
    const options = { match: 'suffix', action: 'warn', important: true } as const
    expect(read('domains', 'a.test', options).rules).toEqual(['1: important warn suffix a.test'])
  })
})

describe('wildcard', () => {
  const rows: Row[] = [
    ['*.a.test', ['block below a.test']],
    ['a.test', ['block exact a.test']],
    ['! a.test', []],
    ['; a.test', []],
    ['*.A.test. # why', ['block below a.test']],
    ['*.', [], [NAME]],
    ['*a.test', [], [NAME]],
    ['a.*.test', [], [NAME]],
    ['*.192.0.2.1', [], [NAME]],
    ['*.a.test b', [], [SYNTAX]],
  ]
  table('wildcard', rows)
  table('wildcard', [['*.a.test', ['block suffix a.test']]], { apex: true })
  table('wildcard', [['a.test', ['allow suffix a.test']]], { match: 'suffix', action: 'allow' })
})

describe('cidr', () => {
  table('cidr', [
    ['192.0.2.77/24 12 2030-01-01', ['block 192.0.2.0/24']],
    ['2001:db8::/32;x', ['block 2001:db8:0:0:0:0:0:0/32']],
    ['::ffff:192.0.2.1', ['block 192.0.2.1/32']],
    ['; none', []],
    ['a.test', [], ['not a valid address or network']],
  ])
})

describe('dnsmasq', () => {
  table('dnsmasq', [
    ['address=/a.test/0.0.0.0', ['block specific suffix a.test']],
    ['address=/a.test/b.test/::', ['block specific suffix a.test', 'block specific suffix b.test']],
    ['address=/a.test/', ['block specific suffix a.test']],
    ['address=/a.test/#', ['block specific suffix a.test']],
    ['address=/a.test/192.0.2.1', [], [ROUTE]],
    ['server=/a.test/', ['block specific suffix a.test']],
    ['server=/a.test/#', ['allow specific suffix a.test']],
    ['server=/a.test/ # why', ['block specific suffix a.test']],
    ['server=/a.test/0.0.0.0', [], [ROUTE]],
    ['local=/a.test/', ['block specific suffix a.test']],
    ['local=/a.test/#', [], [ROUTE]],
    ['address=/.a.test/127.0.0.1', ['block specific suffix a.test']],
    ['address=/*a.test/', ['block specific pattern *a.test']],
    ['address=/*.a.test/', ['block specific pattern *.a.test']],
    ['address=/#/0.0.0.0', [], [NAME]],
    ['address=//0.0.0.0', [], [NAME]],
    ['address=/*/0.0.0.0', [], [NAME]],
    ['address=/a.test', [], [SYNTAX]],
    ['conf-dir=/etc', [], [OPTION]],
    ['# address=/a.test/', []],
    ['address=0.0.0.0', [], [OPTION]],
  ])
})

describe('rpz', () => {
  const TRIGGER = 'a trigger other than a name or an address of an answer'
  table('rpz', [
    ['a.test CNAME .', ['block specific exact a.test']],
    ['A.test 300 IN cname *. ; why', ['block specific exact a.test']],
    ['*.a.test IN 2h CNAME rpz-drop.', ['block specific below a.test']],
    ['a.test CNAME rpz-passthru.', ['allow specific exact a.test']],
    ['a.test CNAME a.test.', ['allow specific exact a.test']],
    ['a.test CNAME page.test.', ['block specific exact a.test']],
    ['a.test TXT "x"', ['block specific exact a.test']],
    ['a.test CNAME rpz-tcp-only.', [], ['rpz-tcp-only: neither blocks nor allows']],
    ['a.test MX 10 x.', [], ['a record of a type that says nothing of a policy']],
    ['a.test CNAME', [], ['a record without a type and data']],
    ['24.0.2.0.192.rpz-ip CNAME .', ['block 192.0.2.0/24']],
    ['32.1.2.0.192.rpz-ip CNAME rpz-passthru.', ['allow 192.0.2.1/32']],
    ['48.zz.1.db8.2001.rpz-ip CNAME .', ['block 2001:db8:1:0:0:0:0:0/48']],
    ['128.1.zz.rpz-ip CNAME .', ['block 0:0:0:0:0:0:0:1/128']],
    ['99.1.2.0.192.rpz-ip CNAME .', [], ['not a valid address or network']],
    ['24.0.2.0.192.rpz-client-ip CNAME .', [], [TRIGGER]],
    ['a..b CNAME .', [], [NAME]],
    [' IN NS localhost.', []],
    ['$TTL 60', []],
  ])
  test('a SOA over several lines, an origin, absolute names', () => {
    const zone = [
      '$ORIGIN rpz.test.',
      '@ IN SOA a. b. ( ; serial',
      '  1 2 3',
      'x.test CNAME . )',
      'a.test.rpz.test. CNAME .',
      'b.test CNAME .',
      '$ORIGIN test.rpz.test.',
      'c CNAME .',
      'd.other. CNAME .',
    ]
    expect(read('rpz', zone.join('\n')).rules).toEqual([
      '5: block specific exact a.test',
      '6: block specific exact b.test',
      '8: block specific exact c.test',
      '9: block specific exact d.other',
    ])
  })
  test('a transferred zone is absolute throughout', () => {
    const zone = 'rpz.test. 60 IN SOA a. b. 1 2 3 4 5\n*.a.test.RPZ.test. 60 IN CNAME .'
    expect(read('rpz', zone).rules).toEqual(['2: block specific below a.test'])
  })
})

describe('adblock', () => {
  const rows: Row[] = [
    ['||a.test^', ['block suffix a.test']],
    ['||A.test^|', ['block suffix a.test']],
    ['||a.test|', ['block suffix a.test']],
    ['|a.test^', ['block exact a.test']],
    ['|a.test|', ['block exact a.test']],
    ['a.test', ['block exact a.test']],
    ['@@||a.test^', ['allow suffix a.test']],
    ['@@a.test', ['allow exact a.test']],
    ['||a.test^ # why', ['block suffix a.test']],
    ['||bücher.test^', ['block suffix xn--bcher-kva.test']],
    ['||com^', ['block suffix com']],
    ['com1', ['block pattern com1']],
    ['||a.test', ['block pattern ||a.test']],
    ['a.test^', ['block pattern a.test^']],
    ['||ads*.a.test^', ['block pattern ||ads*.a.test^']],
    ['@@://cdn*.a.test^', ['allow pattern @@://cdn*.a.test^']],
    ['/^ad[0-9]\\./', ['block pattern /^ad[0-9]\\./']],
    ['192.0.2.1', ['block 192.0.2.1/32']],
    ['||192.0.2.1^', ['block 192.0.2.1/32']],
    ['@@|[2001:db8::1]|', ['allow 2001:db8:0:0:0:0:0:1/128']],
    ['0.0.0.0 a.test b.test', ['block exact a.test', 'block exact b.test']],
    ['192.0.2.9 a.test', [], [REWRITE]],
    ['||a.test^$important', ['important block suffix a.test']],
    ['@@||a.test^$important', ['important allow suffix a.test']],
    ['||a.test^$denyallow=x.a.test|Y.test', ['block suffix a.test but x.a.test y.test']],
    ['||a*.test^$denyallow=x.test', ['block pattern ||a*.test^$denyallow=x.test but x.test']],
    ['||a.test^$denyallow=', [], ['$denyallow: a value that is not a name']],
    ['||a.test^$denyallow=*.x', [], ['$denyallow: a value that is not a name']],
    ['||a.test^$client=10.0.0.1', [], ['$client is for some clients only']],
    ['||a.test^$important,ctag=x', [], ['$ctag is for some clients only']],
    ['||a.test^$dnstype=A', [], ['$dnstype is for some types of DNS record only']],
    ['||a.test^$dnsrewrite=1.2.3.4', [], ['$dnsrewrite rewrites the answer']],
    [
      '||a.test^$~third-party',
      [],
      ['$third-party asks for the page or app that a request is from'],
    ],
    ['||a.test^$~script', [], ['$script is for some kinds of content only']],
    ['||a.test^$constructor', [], ['a modifier that is not known']],
    ['||a.test^$__proto__=1', [], ['a modifier that is not known']],
    ['||a.test/path', [], ['a pattern for paths, which names do not have']],
    ['a.test##.banner', [], [CONTENT]],
    ['a.test#@#.banner', [], [CONTENT]],
    ['#?#.banner', [], [CONTENT]],
    ['a.test#$#body {}', [], [CONTENT]],
    ['a.test$$script', [], [CONTENT]],
    ['! comment', []],
    ['# comment', []],
    ['[Adblock Plus 2.0]', []],
    ['||a.test^$badfilter', []],
  ]
  table('adblock', rows)
  test('a list that allows or warns', () => {
    expect(read('adblock', '||a.test^', { action: 'warn' }).rules).toEqual([
      '1: warn suffix a.test',
    ])
    expect(read('adblock', '@@||a.test^', { action: 'warn', important: true }).rules).toEqual([
      '1: important allow suffix a.test',
    ])
  })
  test('too many names in $denyallow', () => {
    const names = Array.from({ length: 1025 }, (_, i) => `n${i}.test`).join('|')
    const { rules, refused } = read('adblock', `||a.test^$denyallow=${names}`)
    expect(rules).toEqual([])
    expect(refused).toEqual(['1: $denyallow: more than 1024 names'])
  })
})

describe('ublock', () => {
  table('ublock', [
    ['a.test', ['block suffix a.test']],
    ['0.0.0.0 a.test', ['block suffix a.test']],
    ['|a.test|', ['block exact a.test']],
    ['a.test##.banner', [], [CONTENT]],
  ])
})
