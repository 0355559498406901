import { expect, it } from 'vitest'
import { compile } from '../../src/blocklist/compile.js'
import type { EngineAction } from '../../src/engine/actions.js'
import { Engine } from '../../src/engine/engine.js'
import { Ruleset } from '../../src/engine/ruleset.js'
import { httpFlow, timeOf } from '../support/packets.js'

const HOUR = 3_600_000_000

function makeEngine(maxBypasses = 64): Engine {
  const engine = new Engine({ maxBypasses })
  using rules = Ruleset.from(compile([{ id: 'ads', text: '0.0.0.0 ads.example\n' }]).bytes)
  engine.use(rules)
  return engine
}

/** What becomes of the request of a flow to ads.example. */
function verdictOf(engine: Engine, port: number): string {
  return httpFlow(port, 'ads.example')
    .map((packet, i) => engine.inspect(packet, { time: timeOf(i) }))
    .map(({ verdict, reason }) => `${verdict} ${reason}`)[3]!
}

it('a bypass lets go on what a rule stops, until it is revoked', () => {
  using engine = makeEngine()
  const told: EngineAction[] = []
  engine.onAction = (action) => told.push(action)
  const expires = timeOf(0) + HOUR
  expect(verdictOf(engine, 40_000)).toBe('drop rule-block')
  engine.bypasses.add('Ads.example.', { expires })
  expect(engine.bypasses.list()).toEqual([
    { host: 'ads.example', below: false, client: null, over: 'block', expires },
  ])
  expect(verdictOf(engine, 40_001)).toBe('pass bypass')
  expect(engine.bypasses.remove('ads.example')).toBe(1)
  expect(engine.bypasses.remove('ads.example')).toBe(0)
  expect(verdictOf(engine, 40_002)).toBe('drop rule-block')
  engine.bypasses.add('ads.example', { expires, over: 'warn' })
  expect(verdictOf(engine, 40_003)).toBe('drop rule-block')
  engine.bypasses.add('ads.example', { expires, client: '203.0.113.77' })
  expect(verdictOf(engine, 40_004)).toBe('drop rule-block')
  engine.bypasses.add('2001:db8::1', { expires: expires + 1, client: '2001:db8::2' })
  expect(engine.bypasses.list().map(({ host, client }) => [host, client])).toEqual([
    ['ads.example', null],
    ['ads.example', '203.0.113.77'],
    ['2001:db8::1', '2001:db8::2'],
  ])
  expect(engine.bypasses.remove('ads.example', '203.0.113.77')).toBe(1)
  expect(engine.bypasses.clear()).toBe(2)
  expect(told.map(({ type }) => type)).toEqual([
    'bypass-granted',
    'bypass-revoked',
    ...Array<string>(3).fill('bypass-granted'),
    ...Array<string>(2).fill('bypass-revoked'),
  ])
  expect(told[0]).toMatchObject({ by: 'program', host: 'Ads.example.', client: null, rule: null })
  expect(told[6]).toMatchObject({ host: null, count: 2 })
  engine.finish()
  expect(engine.records()[1]).toMatchObject({
    verdict: 'pass',
    action: 'block',
    reason: 'bypass',
    rule: { list: 'ads', line: 1 },
  })
})

it('refuses what is no host, and what there is no room for', () => {
  using engine = makeEngine(1)
  const expires = timeOf(0) + HOUR
  for (const host of ['', 'a b', 'x'.repeat(254), 'bücher.example']) {
    expect(() => engine.bypasses.add(host, { expires })).toThrow(/a host name or an address/)
    expect(engine.bypasses.remove(host)).toBe(0)
  }
  expect(() => engine.bypasses.add('a.test', { expires: -1 })).toThrow(/expires/)
  expect(() => engine.bypasses.add('a.test', { expires, client: 'me' })).toThrow(/no IP address/)
  engine.bypasses.add('a.test', { expires })
  expect(() => engine.bypasses.add('b.test', { expires })).toThrow(
    expect.objectContaining({ code: 'WEIR_NO_MEMORY' }),
  )
  expect(() => new Engine({ bypassKey: new Uint8Array(31) })).toThrow(/bypassKey: 32 bytes/)
})
