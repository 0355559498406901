import { expect, test } from 'vitest'
import { read } from './read.js'

const attribute = (type: string, value: string, extra: object = {}): object => ({
  type,
  value,
  to_ids: true,
  ...extra,
})

test('attributes of an event and of its objects', () => {
  const event = {
    info: 'x',
    Attribute: [
      attribute('domain', 'a.test', { comment: 'seen\nhere' }),
      attribute('hostname', 'b.test'),
      attribute('domain|ip', 'c.test|192.0.2.1'),
      attribute('ip-dst|port', '192.0.2.2|443'),
      attribute('ip-src', '2001:db8::/32'),
      attribute('url', 'https://d.test/'),
      attribute('hostname|port', 'e.test|8080'),
      attribute('md5', '00'),
      attribute('domain', 'f.test', { to_ids: false }),
      attribute('domain', 'g.test', { to_ids: '0' }),
      attribute('domain', 'h.test', { deleted: true }),
      attribute('domain|ip', 'i.test'),
      { type: 'domain', Tag: [{ name: 'x', value: 'no.test' }] },
    ],
    Object: [{ name: 'domain-ip', Attribute: [attribute('domain', 'j.test')] }],
  }
  const expected = [
    'suffix a.test',
    'exact b.test',
    'suffix c.test',
    'exact d.test',
    'exact e.test',
    'suffix i.test',
    'suffix j.test',
    '192.0.2.1/32',
    '192.0.2.2/32',
    '2001:db8:0:0:0:0:0:0/32',
  ]
  const wholes = [{ Event: event }, { response: [{ Event: event }] }, [{ Event: event }]]
  for (const whole of [...wholes, { response: { Attribute: event.Attribute, x: event.Object } }]) {
    const { rules, refused, store } = read('misp', JSON.stringify(whole))
    expect(rules.map((rule) => rule.replace('1: indicator block ', ''))).toEqual(expected)
    expect(refused.map((line) => line.replace('1: ', ''))).toEqual([
      'an indicator of a type that a connection does not show',
      'an attribute that is not meant for detection (to_ids)',
      'an attribute that is not meant for detection (to_ids)',
      'a deleted attribute',
      'not a valid address or network',
      'an indicator without a value',
    ])
    expect(store.nameNotes.get(0)).toEqual({ title: 'seen here', severity: 0 })
  }
})
