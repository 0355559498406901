import { describe, expect, test } from 'vitest'
import { parseTime } from '../../../src/blocklist/syntax/indicatorstore.js'
import { read } from './read.js'

const AT = Date.parse('2030-01-01T00:00:00Z') / 1000

describe('tables', () => {
  test('by position, separated by tabs, quotes being nothing special', () => {
    const text = [
      '#action\tkind\tvalue\ttitle',
      'block\tdomain\tA.test\tfirst',
      'Allow\thost\tb.test\t"x',
      'warn\tip\t192.0.2.9/24',
      'audit\turl\thttps://c.test:8443/\t',
      'block\tip\tc.test',
      'deny\tdomain\td.test',
      'block\tfile\td.test',
      'block\tdomain',
    ]
    const { rules, refused, store } = read('indicators', text.join('\n'))
    expect(rules).toEqual([
      '2: indicator block suffix a.test',
      '3: indicator allow exact b.test',
      '5: audit exact c.test',
      '4: indicator warn 192.0.2.0/24',
    ])
    expect(refused).toEqual([
      '6: not a valid address or network',
      '7: an action that is not known',
      '8: an indicator of a type that a connection does not show',
      '9: an indicator without a value',
    ])
    expect([...store.nameNotes]).toEqual([
      [0, { title: 'first', severity: 0 }],
      [1, { title: '"x', severity: 0 }],
    ])
  })

  test('by heading, with quotes that hold separators, lines and quotes', () => {
    const text = [
      'IndicatorType,Indicator Value,ExpirationTime,Action,Severity,Title,Description\r',
      'DomainName,a.test,2030-06-01T00:00:00.0Z,BlockAndRemediate,High,"a, ""b""\u001b","two',
      'lines"\r',
      '"Url","http://b.test/x?y",,Warn,Informational,,\r',
      'IpAddress,192.0.2.1,2029-12-31,Allowed,,,\r',
      'IpAddress,2001:db8::1,,Alert,,,\r',
      'FileSha256,00,,Block,,,\r',
      'DomainName,c.test,soon,Block,,,',
    ]
    const { rules, refused, store } = read('indicators', text.join('\n'), { at: AT })
    expect(rules).toEqual([
      '2: indicator block suffix a.test',
      '4: indicator warn exact b.test',
      '6: audit 2001:db8:0:0:0:0:0:1/128',
    ])
    expect(refused).toEqual([
      '4: the path of a URL is not seen: the rule is for its whole host',
      '5: expired',
      '7: an indicator of a type that a connection does not show',
      '8: an expiry that is not a time',
    ])
    expect(store.nameNotes.get(0)).toEqual({ title: 'a, "b"', severity: 4 })
    expect(store.expires).toBe(Date.parse('2030-06-01T00:00:00Z') / 1000)
    expect(store.line).toBe(8)
  })

  test('semicolons; an export of MISP as a table', () => {
    const text =
      'uuid;type;value;to_ids\n1;hostname;a.test;1\n2;domain|ip;b.test|192.0.2.1;1\n3;domain;c.test;0\n'
    const { rules, refused } = read('indicators', text, { action: 'warn' })
    expect(rules).toEqual([
      '2: indicator warn exact a.test',
      '3: indicator warn suffix b.test',
      '3: indicator warn 192.0.2.1/32',
    ])
    expect(refused).toEqual(['4: an attribute that is not meant for detection (to_ids)'])
  })

  test('a quote that does not end costs its row, or all that it holds', () => {
    const row = 'a row with a quote that does not end, or with too much in it'
    const text = 'type,value\n"domain,a.test\ndomain,b.test\n'
    expect(read('indicators', text).refused).toEqual([`2: ${row}`])
    const stray = 'type,value\n"domain"x,a.test\ndomain,b.test\n'
    expect(read('indicators', stray)).toMatchObject({
      rules: ['3: indicator block suffix b.test'],
      refused: [`2: ${row}`],
    })
    const wide = `type,value\n${','.repeat(300)}\ndomain,b.test\n`
    expect(read('indicators', wide)).toMatchObject({ rules: ['3: indicator block suffix b.test'] })
  })
})

test.each([
  ['http://user@A.test:80/', 'exact a.test'],
  ['a.test/path', 'exact a.test'],
  ['https://[2001:db8::1]/', '2001:db8:0:0:0:0:0:1/128'],
  ['http://0x7f.1/', '127.0.0.1/32'],
  ['https://bücher.test', 'exact xn--bcher-kva.test'],
  ['mailto:x@a.test', undefined],
  ['http://', undefined],
  ['http://a b/', undefined],
  ['file:///etc', undefined],
])('the host of the URL %s', (url, rule) => {
  const { rules } = read('indicators', `block\turl\t${url}`)
  expect(rules).toEqual(rule === undefined ? [] : [`1: indicator block ${rule}`])
})

test.each([
  ['', Infinity],
  ['2030-01-01', AT],
  ['2030-01-01T00:00Z', AT],
  ['2030-01-01 00:00:00.1234567', AT],
  ['2030-01-01T02:00:00+0200', AT],
  ['2030-01-01T00:00:00-01:00', AT + 3600],
  ['2030-13-01', undefined],
  ['1/1/2030', undefined],
  ['never', undefined],
])('the time %j', (text, seconds) => {
  expect(parseTime(text)).toBe(seconds)
})

describe('JSON', () => {
  test('an array, or the answer of an API; each rule on the line of its value', () => {
    const entries = [
      '{"indicatorType":"DomainName",',
      '"indicatorValue":"a.test","action":"Block","severity":"Low","title":null},',
      '{"indicatorType":"Url","indicatorValue":"http:\\/\\/b.test",',
      '"action":"Allowed","title":"b","expirationTime":"2031-01-01T00:00:00Z"},',
      '{"indicatorType":"DomainName"}, 7, [], null,',
      '{"type":"ip","value":"192.0.2.1","__proto__":{"action":"allow"},"constructor":1}',
    ].join('\n')
    const rules = [
      '2: indicator block suffix a.test',
      '3: indicator allow exact b.test',
      '6: indicator block 192.0.2.1/32',
    ]
    for (const text of [`[${entries}]`, `{"@odata.count":3,"value":[${entries}]}`]) {
      const found = read('indicators', text, { at: AT })
      expect(found.rules).toEqual(rules)
      expect(found.refused).toEqual(['5: an indicator without a value'])
      expect(found.store.nameNotes.get(0)).toEqual({ title: '', severity: 2 })
    }
  })

  test('what is read before it breaks off stays', () => {
    const found = read('indicators', '[{"type":"domain","value":"a.test"},\n{"type":"domain"')
    expect(found.rules).toEqual(['1: indicator block suffix a.test'])
    expect(found.refused).toEqual(['2: not valid JSON: the rest is not read'])
  })

  test('depth and comments', () => {
    const deep = `[${'['.repeat(100_000)}`
    expect(read('indicators', deep).refused).toEqual([
      '1: JSON of more than 64 levels: the rest is not read',
    ])
    expect(read('indicators', '[/*x*/]').refused).toEqual([
      '1: not valid JSON: the rest is not read',
    ])
  })
})
