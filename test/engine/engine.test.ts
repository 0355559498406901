import { expect, it } from 'vitest'
import { compile } from '../../src/blocklist/compile.js'
import { PacketBatch } from '../../src/engine/batch.js'
import { Engine, type EngineOptions, REPLAY_SEED } from '../../src/engine/engine.js'
import { Ruleset } from '../../src/engine/ruleset.js'
import type { WeirError } from '../../src/errors.js'
import type { TrafficRecord } from '../../src/records/types.js'
import { dnsLookup, httpFlow, timeOf } from '../support/packets.js'
import { schemaErrors } from '../support/schema.js'

const rules = () =>
  Ruleset.from(
    compile([
      { id: 'ads', text: '0.0.0.0 ads.example\n', category: 'ads' },
      { id: 'nets', text: '203.0.113.0/24\n', action: 'audit' },
    ]).bytes,
  )

function run(packets: Uint8Array[], options: EngineOptions = {}, ruleset: Ruleset | null = null) {
  using engine = new Engine({ seed: REPLAY_SEED, ...options })
  engine.use(ruleset)
  const batch = new PacketBatch(packets.length)
  packets.forEach((packet, i) => batch.add(packet, { time: timeOf(i) }))
  const records: TrafficRecord[] = []
  for (let at = 0; at < batch.count;) {
    at = engine.inspectBatch(batch, at)
    records.push(...engine.records())
  }
  while (!engine.finish()) records.push(...engine.records())
  records.push(...engine.records())
  return { records, batch, counters: engine.counters }
}

const flows = (records: TrafficRecord[]) => records.filter((record) => record.type === 'flow')
const code = (work: () => unknown): string | undefined => {
  try {
    work()
    return undefined
  } catch (error) {
    return (error as WeirError).code
  }
}

it('finds a flow, its host and its close', () => {
  const { records, counters } = run(httpFlow(40_000, 'www.example.org'))
  expect(flows(records)).toMatchObject([
    {
      id: 1,
      client: { ip: '192.0.2.10', port: 40_000 },
      server: { ip: '203.0.113.80', port: 80 },
      packets: { up: 5, down: 3 },
      protocol: 'http',
      protocolEvidence: 'payload',
      host: 'www.example.org',
      hostSource: 'http-host',
      verdict: 'pass',
      close: 'fin',
    },
  ])
  expect(counters).toMatchObject({ packets: 8, passed: 8, flowsOpened: 1, recordsLost: 0 })
  for (const record of records) expect(schemaErrors(record)).toEqual([])
  expect(JSON.stringify(records)).not.toContain('secret-path')
})

it('reports DNS transactions with their answers', () => {
  const { records } = run(dnsLookup(5300, 'www.example.org', 'edge.example', '203.0.113.80'))
  expect(records.find((record) => record.type === 'dns')).toMatchObject({
    query: 'www.example.org',
    qtype: 'A',
    rcode: 'NOERROR',
    dnsId: 5300,
    answers: [
      { type: 'CNAME', ttl: 300, name: 'edge.example' },
      { type: 'A', ttl: 60, address: '203.0.113.80' },
    ],
  })
})

it('drops what a rule blocks, and names the rule', () => {
  using ruleset = rules()
  const { records, batch } = run(httpFlow(40_001, 'ADS.example'), {}, ruleset)
  expect(flows(records)).toMatchObject([
    {
      host: 'ads.example',
      verdict: 'drop',
      action: 'block',
      reason: 'rule-block',
      rule: { text: 'ads.example', list: 'ads', line: 1 },
      category: 'ads',
    },
  ])
  const request = batch.inspection(3)
  expect(request).toMatchObject({
    verdict: 'drop',
    reason: 'rule-block',
    action: 'block',
    flowId: 1,
  })
  expect(batch.inspection(0).verdict).toBe('pass')
})

it('gives the same records whatever the batches and the seed', () => {
  const packets = [1, 2, 3].flatMap((i) => httpFlow(40_000 + i, `host${i}.example`))
  const whole = run(packets).records
  using engine = new Engine()
  const single: TrafficRecord[] = []
  packets.forEach((packet, i) => {
    engine.inspect(packet, { time: timeOf(i) })
    single.push(...engine.records())
  })
  engine.finish()
  single.push(...engine.records())
  expect(single).toEqual(whole)
})

it('stops when the ring is full, and goes on when it was drained', () => {
  const packets = Array.from({ length: 600 }, (_, i) => httpFlow(1024 + i, `h${i}.example`)).flat()
  const { records, counters } = run(packets, { maxRecords: 256 })
  expect(flows(records).map((record) => record.id)).toEqual(
    Array.from({ length: 600 }, (_, i) => i + 1),
  )
  expect(counters.recordsLost).toBe(0)
})

it('tells the client by home networks where no SYN does', () => {
  const answers = httpFlow(40_002, 'a.example').slice(4)
  const { records } = run(answers, { home: ['192.0.2.0/24'] })
  expect(flows(records)[0]?.client).toEqual({ ip: '192.0.2.10', port: 40_002 })
  const other = run(answers, { home: ['203.0.113.0/24'] })
  expect(flows(other.records)[0]?.client).toEqual({ ip: '203.0.113.80', port: 80 })
})

it('ends idle flows by its deadline', () => {
  using engine = new Engine({ udpIdleSeconds: 30 })
  const [query] = dnsLookup(5301, 'a.example', 'b.example', '192.0.2.1')
  expect(engine.nextDeadline).toBe(Infinity)
  engine.inspect(query!, { time: timeOf(0) })
  expect(engine.nextDeadline).toBeGreaterThan(timeOf(0))
  expect(engine.tick(timeOf(0) + 120e6)).toBe(true)
  expect(engine.records().find((record) => record.type === 'flow')).toMatchObject({ close: 'idle' })
})

it('takes its sizes from a preset, and what is said besides goes before', () => {
  using server = new Engine()
  using phone = new Engine({ preset: 'phone' })
  using tiny = new Engine({ preset: 'tiny' })
  using wide = new Engine({ preset: 'tiny', maxFlows: 16_384 })
  expect(server.memorySize).toBeLessThan(64 * 2 ** 20)
  expect(phone.memorySize).toBeLessThan(9 * 2 ** 20)
  expect(tiny.memorySize).toBeLessThan(3 * 2 ** 20)
  expect(wide.memorySize).toBeGreaterThan(tiny.memorySize)
})

it('refuses what is out of range, with a code', () => {
  expect(code(() => new Engine({ preset: 'watch' as never }))).toBe('WEIR_BAD_ARGUMENT')
  expect(code(() => new Engine({ maxFlows: 1 }))).toBe('WEIR_BAD_ARGUMENT')
  expect(code(() => new Engine({ maxRecords: 1000 }))).toBe('WEIR_BAD_ARGUMENT')
  expect(code(() => new Engine({ home: ['192.0.2.0/33'] }))).toBe('WEIR_BAD_ARGUMENT')
  expect(code(() => new Engine({ home: ['nonsense'] }))).toBe('WEIR_BAD_ARGUMENT')
  expect(code(() => new Engine({ seed: new Uint8Array(3) }))).toBe('WEIR_BAD_ARGUMENT')
  expect(code(() => new PacketBatch(0))).toBe('WEIR_BAD_ARGUMENT')
  using engine = new Engine()
  const batch = new PacketBatch(4)
  batch.add(new Uint8Array(40), { time: 0 })
  batch.offsets[0] = 0xffff_fff0
  expect(code(() => engine.inspectBatch(batch))).toBe('WEIR_BAD_ARGUMENT')
  batch.offsets[0] = 0
  batch.times[0] = Number.NaN
  expect(code(() => engine.inspectBatch(batch))).toBe('WEIR_BAD_ARGUMENT')
  batch.count = 5
  expect(code(() => engine.inspectBatch(batch))).toBe('WEIR_BAD_ARGUMENT')
})

it('gives memory back, and goes on with what is left', () => {
  using engine = new Engine({ seed: REPLAY_SEED })
  const [first, ...rest] = httpFlow(40_000, 'www.example.org')
  engine.inspect(first!, { time: timeOf(0) })
  expect(engine.trim()).toBeGreaterThan(0)
  rest.forEach((packet, i) => engine.inspect(packet, { time: timeOf(i + 1) }))
  expect(engine.finish()).toBe(true)
  expect(engine.records()).toMatchObject([{ id: 1, host: 'www.example.org', close: 'fin' }])
  expect(code(() => engine.trim('everything' as 'unused'))).toBe('WEIR_BAD_ARGUMENT')
})

it('says so when it is used after close', () => {
  const engine = new Engine()
  const ruleset = rules()
  engine.use(ruleset)
  ruleset.close()
  ruleset.close()
  expect(code(() => ruleset.counts)).toBe('WEIR_CLOSED')
  expect(engine.inspect(httpFlow(1, 'a.example')[0]!, { time: 0 }).verdict).toBe('pass')
  engine.close()
  engine.close()
  expect(code(() => engine.counters)).toBe('WEIR_CLOSED')
  expect(code(() => engine.records())).toBe('WEIR_CLOSED')
})
