// Runs of the ring on their way to the local store: by themselves, and against the same records as objects.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ClearedFeed } from '../../src/privacy/feed.js'
import { type ClearedRun, makeGate } from '../../src/privacy/gate.js'
import { type GateValues, STRICT } from '../../src/privacy/gates.js'
import { RecordDecoder, type RuleDetail, type RuleLookup } from '../../src/records/decode.js'
import { FLAGS, NO_RULE } from '../../src/records/flags.js'
import type { RecordRun } from '../../src/records/ring.js'
import { RECORD_KINDS } from '../../src/records/vocabulary.js'
import type { ClearedTraffic } from '../../src/sinks/formats/format.js'
import { History } from '../../src/sinks/history/query.js'
import { HistorySink } from '../../src/sinks/history/sink.js'
import { HistoryWriter } from '../../src/sinks/history/writer.js'
import { one, type Pick, random } from '../privacy/random.js'
import { type Fields, ringOf, v4 } from '../support/ring.js'

let folder = ''
let path = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-runs-'))
  path = join(folder, 'history.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Each rule of each generation says who it is; what is above 9 is known no more. */
const rules: RuleLookup = (rule, generation, low = 0, high = 0) =>
  rule > 9
    ? null
    : ({
        text: `rule-${rule}.of-${generation}.test`,
        list: `list-${rule % 3}`,
        line: rule,
        category: `c${low}/${high}`,
      } as RuleDetail)

const START = Date.parse('2026-11-20T23:59:00Z') * 1000
const ipv6 = (pick: Pick): number[] => Array.from({ length: 16 }, () => (pick(3) ? 0 : pick(256)))

function common(pick: Pick, id: number): Fields {
  const isIpv4 = pick(2) === 0
  const address = (): number[] => (isIpv4 ? v4(pick(256), 0, 0, pick(3)) : ipv6(pick))
  const start = START + id * 1_000_000 + pick(1_000_000)
  return {
    flowId: id,
    startUs: start,
    endUs: start + pick(5_000_000) - 1_000_000,
    ipVersion: isIpv4 ? 4 : 6,
    client: address(),
    clientPort: pick(65_536),
    server: address(),
    serverPort: pick(65_536),
    transport: pick(256),
    protocol: pick(4),
    hostSource: pick(4),
    verdict: pick(2),
    action: pick(4),
    reason: pick(4),
    generation: pick(3),
    rule: one(pick, [NO_RULE, 1, 2, 3, 11]),
    overruled: one(pick, [NO_RULE, NO_RULE, 4, 12]),
  }
}

const name = (pick: Pick): string => one(pick, ['', 'a.test', 'b.test', 'q"\\\xe9\u0001.test'])

function flow(pick: Pick, id: number): Fields {
  return {
    ...common(pick, id),
    kind: RECORD_KINDS.flow,
    via: pick(3),
    evidence: pick(3),
    close: pick(4),
    flags: pick(256),
    packetsUp: pick(9),
    packetsDown: pick(2 ** 31),
    bytesUp: pick(2 ** 31) * 1000,
    bytesDown: pick(9),
    tlsVersion: one(pick, [0, 0x0304, 0xfefd]),
    quicVersion: one(pick, [0, 1, 0x6b33_43cf]),
    name: name(pick),
    alpn: one(pick, ['', 'h2', 'h2,http/1.1', 'h2,']),
    ja4: one(pick, ['', 't13d1516h2_8daaf6152771_02713d6af862']),
  }
}

const dns = (pick: Pick, id: number): Fields => ({
  ...common(pick, id),
  kind: RECORD_KINDS.dns,
  flags: one(pick, [0, FLAGS.query, FLAGS.response | FLAGS.query]),
  name: name(pick),
  qtype: one(pick, [1, 28, 65, 999]),
  dnsId: pick(65_536),
  rcode: pick(25),
  answers: pick(5),
})

function entry(pick: Pick, id: number): Fields {
  switch (pick(8)) {
    case 0:
      return { kind: RECORD_KINDS.name, hostSource: pick(4), name: name(pick) }
    case 1:
      return { kind: RECORD_KINDS.answer, qtype: 28, ttl: pick(999), address: ipv6(pick), name: name(pick) } // prettier-ignore
    case 2:
      return { ...flow(pick, id), kind: one(pick, [RECORD_KINDS.judged, RECORD_KINDS.page]) }
    case 3:
    case 4:
      return dns(pick, id)
    default:
      return flow(pick, id)
  }
}

/** Entries of every kind, cut into runs anywhere. */
function* made(seed: number, count: number): Generator<RecordRun> {
  const pick = random(seed)
  for (let id = 0; id < count;) {
    const size = 1 + pick(40)
    yield ringOf(Array.from({ length: size }, () => entry(pick, id++)))
  }
}

const expected = (runs: Iterable<RecordRun>): unknown => {
  const decoder = new RecordDecoder(rules)
  const records = [...runs].flatMap((run) => decoder.decode(run))
  return JSON.parse(JSON.stringify(records))
}

const gateOf = (values: Partial<GateValues> = {}) =>
  makeGate(
    { revision: 1, values: { ...STRICT, ...values } },
    { destination: 'device', key: Buffer.alloc(32, 7) },
  )

function kept(): ClearedTraffic[] {
  const history = new History(path)
  const records = [...history.records({})].sort((a, b) => a.number - b.number)
  history.close()
  return records.map(({ record }) => record)
}

/** Wherever a record begins before it ends: the store has a duration, and it is never less than 0. */
const ordered = (records: unknown): unknown =>
  (records as ClearedTraffic[]).map((record) => ({
    ...record,
    end: record.end < record.start ? record.start : record.end,
  }))

it('come to the rows of their records, whatever lies in them', () => {
  const writer = new HistoryWriter(path, 500)
  const cells = writer.runCells(rules)
  for (const run of made(3, 3000)) {
    writer.writeRuns(cells, [run as ClearedRun])
    if (run.count === 7) writer.prune(START - 1)
  }
  writer.close()
  expect(kept()).toEqual(ordered(expected(made(3, 3000))))
})

it('through the thread as well, and the ring may be written again at once', async () => {
  const sink = new HistorySink({ path, keepDays: undefined }, rules)
  const feed = new ClearedFeed({ gate: await gateOf() }, rules, sink)
  for (const run of made(4, 3000)) {
    feed.visit(run)
    run.bytes.fill(0xff)
  }
  await sink.close()
  const records = ordered(expected(made(4, 3000))) as ClearedTraffic[]
  expect(sink.counts).toEqual({ given: records.length, kept: records.length, lost: 0 })
  expect(kept()).toEqual(records)
})

it('when consent changes, what is closed does not come in, and no name goes to another flow', async () => {
  const [NAME, FLOW] = [
    { kind: RECORD_KINDS.name, hostSource: 3, name: 'further.example' },
    { ...flow(random(1), 1), rule: NO_RULE, overruled: NO_RULE, name: 'secret.example' },
  ]
  const sink = new HistorySink({ path, keepDays: undefined }, rules)
  const clearance = { gate: await gateOf() }
  const feed = new ClearedFeed(clearance, rules, sink)
  feed.visit(ringOf([FLOW, NAME]))
  clearance.gate = await gateOf({ 'device-names': 'none' })
  feed.visit(ringOf([{ ...FLOW, name: 'closed.example' }, NAME]))
  clearance.gate = await gateOf()
  feed.visit(ringOf([FLOW]))
  await sink.close()
  const records = kept()
  expect(records.map(({ host }) => host)).toEqual(['secret.example', null, 'secret.example'])
  expect(JSON.stringify(records)).not.toMatch(/further|closed\.example/)
  for (const file of readdirSync(folder)) {
    expect(readFileSync(join(folder, file), 'latin1')).not.toMatch(/further|closed\.example/)
  }
  expect(records[1]).toMatchObject({ withheld: ['device-names'] })
})

it('rules keep what they are where there are more than are remembered', async () => {
  const many: RuleLookup = (rule, generation) =>
    ({ text: `${rule}.${generation}.test`, list: 'l', line: rule, category: null }) as RuleDetail
  const sink = new HistorySink({ path, keepDays: undefined }, many)
  const feed = new ClearedFeed({ gate: await gateOf() }, many, sink)
  const flows = Array.from({ length: 1000 }, () => flow(random(2), 1))
  const rounds = 70
  for (let round = 0; round < rounds; round++) {
    feed.visit(
      ringOf(flows.map((fields, i) => ({ ...fields, rule: round * 1000 + i, overruled: i, generation: 1 }))), // prettier-ignore
    )
    if (round % 20 === 0) await sink.flush()
  }
  await sink.close()
  expect(sink.counts).toMatchObject({ lost: 0 })
  const records = kept()
  expect(records.map(({ rule }) => rule?.line)).toEqual(
    Array.from({ length: rounds * 1000 }, (_, i) => i),
  )
  expect(records.every((record, i) => record.overruled?.line === i % 1000)).toBe(true)
})

it('for which there is no room are lost, and counted, and leave no name behind', async () => {
  const sink = new HistorySink({ path, keepDays: undefined }, rules)
  const feed = new ClearedFeed({ gate: await gateOf() }, rules, sink)
  const NAME = { kind: RECORD_KINDS.name, hostSource: 3, name: 'further.example' }
  const flows = Array.from({ length: 1000 }, (_, i) => ({ ...flow(random(9), i), name: 'a.test' }))
  for (let i = 0; i < 100; i++) feed.visit(ringOf([...flows, NAME]))
  await sink.flush()
  feed.visit(ringOf(flows.slice(0, 1)))
  await sink.close()
  const { given, kept: safe, lost } = sink.counts
  expect(given).toBe(100_001)
  expect(lost).toBeGreaterThan(10_000)
  expect(safe).toBe(given - lost)
  expect(kept().at(-1)).not.toHaveProperty('hosts')
})
