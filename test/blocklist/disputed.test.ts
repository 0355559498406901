import { expect, test } from 'vitest'
import type { SlowList } from './slow/rules.js'
import { firstDifference } from './slow/trial.js'

// What random lists found: they stay found.
const list = (syntax: SlowList['syntax'], text: string, options?: Partial<SlowList>): SlowList => ({
  id: 'list',
  syntax,
  text,
  ...options,
})

test.each<[string, SlowList, string]>([
  ['0.0.0.0 is an address in a list of names', list('domains', '0.0.0.0'), '0.0.0.0'],
  [
    'an overruled audit of a list in which the most specific rule wins is silent',
    list('dnsmasq', 'server=/*lll/#\naddress=/*ll/', { action: 'audit' }),
    'www.lll',
  ],
  ['a rule that is off everywhere is not told', list('adblock', '||a.b^$denyallow=b'), 'c.a.b'],
  ['no rule decides that changes nothing', list('wildcard', 'x.a\n*.a', { apex: true }), 'x.a'],
  ['a line that has a name twice', list('hosts', '0.0.0.0 a.b a.b'), 'a.b'],
])('%s', (_, lists, query) => {
  expect(firstDifference([lists], [query])).toBeUndefined()
})
