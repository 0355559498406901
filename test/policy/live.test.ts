import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { PacketBatch } from '../../src/engine/batch.js'
import { Engine, REPLAY_SEED } from '../../src/engine/engine.js'
import { type LiveEvent, type LiveOptions, LivePolicy } from '../../src/policy/live.js'
import type { FlowRecord, TrafficRecord } from '../../src/records/types.js'
import { httpFlow, timeOf } from '../support/packets.js'

let folder: string
let live: LivePolicy | undefined
let events: LiveEvent[]
const at = (name: string): string => join(folder, name)
const write = (name: string, text: string): void => writeFileSync(at(name), text)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-policy-'))
  events = []
})
afterEach(async () => {
  await live?.close()
  live = undefined
  rmSync(folder, { recursive: true })
})

const policy = (body: string, more = ''): string =>
  `version: 1\nprofile: a\nprofiles:\n  a:\n    ${body}\n  b: { block: [b.example] }\n${more}`

async function open(options: LiveOptions = {}): Promise<LivePolicy> {
  const onEvent = (event: LiveEvent): number => events.push(event)
  return (live = await LivePolicy.open(at('p.yaml'), {
    debounce: 20,
    poll: 500,
    onEvent,
    ...options,
  }))
}

/** Waits for the next event, and takes it. */
async function nextEvent(): Promise<LiveEvent> {
  for (let waited = 0; !events.length; waited += 10) {
    expect(waited).toBeLessThan(20_000)
    await sleep(10)
  }
  return events.shift()!
}

const refusal = async (): Promise<Error> => {
  const event = await nextEvent()
  expect(event.type).toBe('refused')
  return (event as Extract<LiveEvent, { type: 'refused' }>).error
}

/** The verdict on the next packet to `host`, of a flow of its own. */
let port = 20_000
function verdictOn(engine: Engine, host: string): string {
  const batch = new PacketBatch(16)
  httpFlow(port++, host).forEach((packet, i) => batch.add(packet, { time: timeOf(i) }))
  expect(engine.inspectBatch(batch)).toBe(batch.count)
  return batch.inspection(3).verdict
}

it('follows edits, refuses what is broken with its place, and goes on when it is mended', async () => {
  write('list.txt', '0.0.0.0 ads.example\n')
  write('p.yaml', policy('lists: [{file: list.txt}]'))
  using engine = new Engine()
  const { state } = await open()
  expect(state.inForce).toEqual({ profile: 'a', protection: 'block', schedule: undefined })
  live!.attach(engine)
  expect(verdictOn(engine, 'ads.example')).toBe('drop')
  expect(verdictOn(engine, 'own.example')).toBe('pass')

  write('p.yaml', policy('lists: [{file: list.txt}]\n    block: [own.example]'))
  const applied = { type: 'applied', state: { stats: { rules: 2 }, lists: ['list.txt'] } }
  expect(await nextEvent()).toMatchObject({ ...applied, updated: [] })
  expect(verdictOn(engine, 'own.example')).toBe('drop')

  write('p.yaml', policy('lists: [{file: list.txt}]\n    blok: [own.example]'))
  expect(await refusal()).toMatchObject({
    code: 'WEIR_BAD_POLICY',
    problems: [{ line: 6, column: 5 }],
  })
  expect(verdictOn(engine, 'own.example')).toBe('drop')

  write('p.yaml', policy('lists: [{file: list.txt}]'))
  expect(await nextEvent()).toMatchObject({ type: 'applied' })
  expect(verdictOn(engine, 'own.example')).toBe('pass')
})

it('follows lists that are edited, replaced by renaming, broken, taken away and put back', async () => {
  write('list.txt', 'ads.example\n')
  write('p.yaml', policy('lists: [{file: list.txt, match: suffix}]'))
  using engine = new Engine()
  await open()
  live!.attach(engine)
  write('list.txt', 'ads.example\nmore.example\n')
  expect(await nextEvent()).toMatchObject({ type: 'applied', updated: ['list.txt'] })
  expect(verdictOn(engine, 'more.example')).toBe('drop')

  write('other.txt', 'renamed.example\n')
  renameSync(at('other.txt'), at('list.txt'))
  await nextEvent()
  expect(verdictOn(engine, 'renamed.example')).toBe('drop')
  expect(verdictOn(engine, 'more.example')).toBe('pass')

  write('list.txt', '<html>\n<p>404 not found</p>\n')
  expect(await refusal()).toMatchObject({
    code: 'WEIR_BAD_LIST',
    path: 'list.txt',
    problems: [{ line: 1 }],
  })
  expect(verdictOn(engine, 'renamed.example')).toBe('drop')

  rmSync(at('list.txt'))
  expect(await refusal()).toMatchObject({ code: 'WEIR_CANNOT_READ' })
  expect(verdictOn(engine, 'renamed.example')).toBe('drop')

  write('list.txt', 'back.example\n')
  expect(await nextEvent()).toMatchObject({ type: 'applied' })
  expect(verdictOn(engine, 'back.example')).toBe('drop')
})

it('takes lists of the store, and says what to do where one is not there', async () => {
  const list = {
    name: 'ads',
    address: 'https://lists.example/ads',
    syntax: 'domains',
    category: 'ads',
  }
  const good = {
    sha256: 'a'.repeat(64),
    bytes: 12,
    rules: 1,
    faults: 0,
    fetched: '2026-01-01T00:00:00.000Z',
  }
  const save = (...lists: object[]): void =>
    write('store/lists.json', JSON.stringify({ version: 1, lists }))
  mkdirSync(at('store/lists'), { recursive: true })
  write('p.yaml', policy('lists: [ads]\n    categories: {ads: warn}'))
  await expect(open({ store: at('store') })).rejects.toThrow(/p\.yaml:5:13: .*weir lists add ads/)
  save(list)
  await expect(open({ store: at('store') })).rejects.toThrow(
    /never fetched \(weir lists update ads\)/,
  )
  await expect(open()).rejects.toThrow(/no store/)
  write('store/lists/ads.list', 'ads.example\n')
  save({ ...list, good })
  using engine = new Engine()
  await open({ store: at('store') })
  live!.attach(engine)
  expect(verdictOn(engine, 'ads.example')).toBe('drop')
  write('store/lists/new', 'ads2.example\n')
  renameSync(at('store/lists/new'), at('store/lists/ads.list'))
  await nextEvent()
  expect(verdictOn(engine, 'ads2.example')).toBe('drop')
})

it('keeps to its schedules, even while its file is broken', async () => {
  const schedules = 'schedules:\n  - { from: "12:00", to: "13:00", profile: b }\n'
  write('p.yaml', policy('block: [a.example]', schedules))
  let base = Date.parse('2026-11-23T11:59:59Z')
  using engine = new Engine()
  await open({ now: () => base })
  live!.attach(engine)
  expect(live!.state.next).toBe(Date.parse('2026-11-23T12:00:00Z'))
  expect(verdictOn(engine, 'b.example')).toBe('pass')
  base += 1000
  await live!.refresh()
  expect(await nextEvent()).toMatchObject({ state: { inForce: { profile: 'b', schedule: '1' } } })
  expect(verdictOn(engine, 'b.example')).toBe('drop')
  write('p.yaml', 'version: 2\n')
  await refusal()
  base = Date.parse('2026-11-23T13:00:00Z')
  await live!.refresh()
  expect(await nextEvent()).toMatchObject({ state: { inForce: { profile: 'a' } } })
  expect(verdictOn(engine, 'a.example')).toBe('drop')
})

it('wakes up by itself when a schedule begins and when an indicator expires', async () => {
  const skew = Date.parse('2026-11-23T11:59:59Z') - Date.now()
  const now = (): number => Date.now() + skew
  const schedules = 'schedules:\n  - { from: "12:00", to: "13:00", protection: audit }\n'
  write('ioc.csv', 'type,value,action,expires\ndomain,gone.example,block,2026-11-23T12:00:03Z\n')
  write('p.yaml', policy('indicators: [ioc.csv]\n    block: [a.example]', schedules))
  await open({ now })
  expect(live!.state.stats.rules).toBe(2)
  expect(await nextEvent()).toMatchObject({ state: { settings: { protection: 'audit' } } })
  expect(await nextEvent()).toMatchObject({ state: { stats: { rules: 1 } } })
})

it('swaps under a running replay: no packet is lost, every record names its own rules', async () => {
  const lists = (i: number): string => policy(`lists: [{file: ${i % 2 ? 'odd' : 'even'}.txt}]`)
  write('odd.txt', `${'0.0.0.0 x.odd.example\n'.repeat(2)}0.0.0.0 both.example\n`)
  write('even.txt', '0.0.0.0 a.even.example\n0.0.0.0 b.even.example\n0.0.0.0 both.example\n')
  write('p.yaml', lists(0))
  using engine = new Engine({ seed: REPLAY_SEED, maxRecords: 256 })
  await open()
  live!.attach(engine)
  const records: TrafficRecord[] = []
  const batch = new PacketBatch(64)
  let packets = 0
  let applied = 0
  const flows = 400
  for (let i = 0; i < flows; i++) {
    batch.clear()
    for (const packet of httpFlow(30_000 + i, 'both.example'))
      batch.add(packet, { time: timeOf(packets++) })
    for (let from = 0; from < batch.count;) {
      from = engine.inspectBatch(batch, from)
      if (i % 7 === 0) records.push(...engine.records()) // most wait in the ring while rules change
    }
    if (i % 100 === 50) {
      write('p.yaml', lists((i + 50) / 100))
      await nextEvent()
      applied++
    }
  }
  while (!engine.finish()) records.push(...engine.records())
  records.push(...engine.records())
  const ended = records.filter((record): record is FlowRecord => record.type === 'flow')
  expect(applied).toBe(4)
  expect(engine.counters).toMatchObject({ packets, recordsLost: 0 })
  expect(ended).toHaveLength(flows)
  for (const flow of ended) {
    expect(flow.verdict).toBe('drop')
    const swaps = Math.floor((flow.client.port - 30_000 + 49) / 100)
    const rule = { text: 'both.example', line: 3, list: swaps % 2 ? 'odd.txt' : 'even.txt' }
    // The engine knows the rules in use and the three before them; of older ones it says nothing.
    if (swaps > 0 || flow.rule) expect(flow.rule).toMatchObject(rule)
  }
})

it('leaves nothing behind, and lets engines go that were closed', async () => {
  write('p.yaml', policy('block: [a.example]'))
  mkdirSync(at('cache'))
  const engine = new Engine()
  await open({ cache: at('cache') })
  live!.attach(engine)
  engine.close()
  write('p.yaml', policy('block: [c.example]'))
  expect(await nextEvent()).toMatchObject({ type: 'applied' })
  await live!.close()
  expect(existsSync(at('cache'))).toBe(true)
  expect((await import('node:fs')).readdirSync(at('cache'))).toEqual([])
  expect(() => live!.attach(engine)).toThrow(/closed/)
})
