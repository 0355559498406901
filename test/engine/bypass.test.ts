import { expect, it } from 'vitest'
import { compile } from '../../src/blocklist/compile.js'
import { actionsIn, type EngineAction } from '../../src/engine/actions.js'
import { Engine, REPLAY_SEED } from '../../src/engine/engine.js'
import { Ruleset } from '../../src/engine/ruleset.js'
import { RecordDecoder } from '../../src/records/decode.js'
import { NO_RULE } from '../../src/records/flags.js'
import type { FlowRecord, TrafficRecord } from '../../src/records/types.js'
import { ACTIONS, RECORD_KINDS } from '../../src/records/vocabulary.js'
import { httpFlow, timeOf } from '../support/packets.js'
import { ringOf } from '../support/ring.js'

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

it('tells of pages that were shown', () => {
  const client = [...Array<number>(10).fill(0), 0xff, 0xff, 198, 18, 0, 1]
  const entry = { kind: RECORD_KINDS.page, startUs: 1_700_000_000_000_000, ipVersion: 4, client }
  const run = ringOf([
    { ...entry, name: 'warn.test', action: ACTIONS.indexOf('warn'), rule: 7 },
    { ...entry, action: ACTIONS.indexOf('block'), rule: NO_RULE },
    { kind: RECORD_KINDS.judged, name: 'quiet.test' },
  ])
  const rule = { text: 'warn.test', list: 'policy.yaml', line: 4 }
  const common = { type: 'page-shown', time: '2023-11-14T22:13:20.000000Z', client: '198.18.0.1' }
  const detail = { ...rule, category: null, action: 'warn', title: null, severity: 0 } as const
  expect([...actionsIn(run, () => detail)]).toEqual([
    { ...common, host: 'warn.test', action: 'warn', rule },
    { ...common, host: null, action: 'block', rule: null },
  ])
})

it('tells flows as they are judged to those who ask for it, and makes no record of it', () => {
  for (const tellsJudged of [false, true]) {
    using engine = new Engine({ tellsJudged, seed: REPLAY_SEED })
    using rules = Ruleset.from(compile([{ id: 'ads', text: '0.0.0.0 ads.example\n' }]).bytes)
    engine.use(rules)
    verdictOf(engine, 40_000)
    const decoder = new RecordDecoder(engine.rule)
    const judged: FlowRecord[] = []
    const seen: TrafficRecord[] = []
    const take = (): void =>
      engine.drain((run) => {
        judged.push(...decoder.judged(run))
        seen.push(...decoder.decode(run))
      })
    take()
    expect(seen).toEqual([])
    engine.finish()
    take()
    expect(seen).toMatchObject([{ host: 'ads.example', verdict: 'drop' }])
    expect(judged).toMatchObject(
      tellsJudged ? [{ id: 1, host: 'ads.example', verdict: 'drop', close: 'none' }] : [],
    )
  }
})
