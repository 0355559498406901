import { expect, test } from 'vitest'
import { compile, type ListSource } from '../../src/blocklist/compile.js'
import { Ruleset } from '../../src/index.js'

function explain(host: string, lists: readonly ListSource[]): string[] {
  using ruleset = Ruleset.from(compile(lists, { publicSuffixes: 'allow' }).bytes)
  return ruleset.explain(host).map(({ action, text, list, line }) => {
    return `${action} ${text} ${list}:${line}`
  })
}

const allowed = { id: 'mine', syntax: 'adblock', text: '@@||a.test^\n@@||b.test^\n' } as const

test('a name that one line has twice is told once', () => {
  const hosts = {
    id: 'hosts',
    syntax: 'hosts',
    text: '0.0.0.0 a.test a.test b.test A.test\n',
  } as const
  expect(explain('a.test', [hosts])).toEqual(['block a.test hosts:1'])
  const both = ['allow a.test mine:1', 'block a.test hosts:1']
  expect(explain('a.test', [allowed, hosts])).toEqual(both)
  const twice = { ...hosts, text: `${hosts.text}0.0.0.0 a.test a.test\n` }
  expect(explain('a.test', [allowed, twice])).toEqual([...both, 'block a.test hosts:2'])
})

test('a network that one line has twice is told once', () => {
  const own = (address: string): object => ({
    indicatorType: 'IpAddress',
    indicatorValue: address,
    action: 'Block',
  })
  const text = JSON.stringify(['192.0.2.4', '192.0.2.4', '192.0.2.5'].map(own))
  const blocked = { id: 'own', syntax: 'indicators', text } as const
  const better = { ...blocked, id: 'better', text: text.replaceAll('Block', 'Allow') }
  const near = {
    id: 'near',
    syntax: 'cidr',
    action: 'allow',
    text: '192.0.2.4\n192.0.2.4\n',
  } as const
  const spoken = explain('192.0.2.4', [near, better, blocked])
  expect(spoken).toEqual([
    'allow 192.0.2.4/32 better:1',
    'block 192.0.2.4/32 own:1',
    'allow 192.0.2.4/32 near:1',
    'allow 192.0.2.4/32 near:2',
  ])
})
