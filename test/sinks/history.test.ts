import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSqlite } from '../../src/files/sqlite.js'
import type { ClearedAction } from '../../src/privacy/gate.js'
import type { ClearedTraffic } from '../../src/sinks/formats/format.js'
import { microseconds } from '../../src/sinks/formats/moments.js'
import { DAY_US, HOUR_US } from '../../src/sinks/history/columns.js'
import { type Filter, History } from '../../src/sinks/history/query.js'
import { MIGRATIONS } from '../../src/sinks/history/schema.js'
import { HistorySink } from '../../src/sinks/history/sink.js'
import type { What } from '../../src/sinks/history/figures.js'
import { HistoryWriter } from '../../src/sinks/history/writer.js'

const captures = new URL('../../fixtures/captures/', import.meta.url)
const made = readdirSync(captures).flatMap((name) =>
  readFileSync(new URL(`${name}/expected.ndjson`, captures), 'utf8')
    .trimEnd()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ClearedTraffic),
)

let folder = ''
let path = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-history-'))
  path = join(folder, 'deep', 'history.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Numbers that look random, the same each time. */
function* random(seed: number): Generator<number, never> {
  let state = seed
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    yield state / 2 ** 32
  }
}

const START = Date.parse('2026-11-20T10:17:00Z') * 1000

/** Records over three days, of our captures, at other times and with other hosts. */
function spread(count: number, seed = 1): ClearedTraffic[] {
  const numbers = random(seed)
  const next = (): number => numbers.next().value
  return Array.from({ length: count }, (_, id) => {
    const record = made[Math.floor(next() * made.length)]!
    const at = START + Math.floor(next() * 3 * DAY_US)
    const start = `${new Date(Math.floor(at / 1000)).toISOString().slice(0, -1)}${String(at % 1000).padStart(3, '0')}Z`
    const host = record.host === null ? null : `h${String(Math.floor(next() * 20))}.example.test`
    return { ...record, id, start, end: start, host }
  })
}

function stored(records: readonly ClearedTraffic[], roll = true): History {
  const writer = new HistoryWriter(path, roll ? records.length / 5 : Infinity)
  const part = Math.ceil(records.length / 11)
  for (let at = 0; at < records.length; at += part) writer.write(records.slice(at, at + part))
  return new History(path)
}

describe('the store', () => {
  test('gives back every record of our captures as it was', () => {
    const history = stored(made)
    const back = [...history.records({})].map(({ number }) => history.record(number))
    const sorted = [...made].sort(
      (a, b) => microseconds(a.start) - microseconds(b.start) || made.indexOf(a) - made.indexOf(b),
    )
    expect(back).toEqual(sorted)
  })

  test('is for its owner alone, and asked while it is written', () => {
    const writer = new HistoryWriter(path)
    const history = new History(path)
    writer.write(made)
    expect([...history.records({}, 5)]).toHaveLength(5)
    expect(history.record(1)).toEqual(made[0])
    expect(history.record(1e9)).toBeUndefined()
  })

  test('says what is no store, and what is of a newer weir', () => {
    expect(() => new History(path)).toThrow(/no such store/)
    const other = join(folder, 'other.db')
    writeFileSync(other, 'x'.repeat(8192))
    expect(() => new HistoryWriter(other)).toThrow(
      expect.objectContaining({ code: 'WEIR_BAD_HISTORY' }),
    )
    const newer = join(folder, 'newer.db')
    const db = openSqlite(newer)
    db.pragma('user_version = 99')
    db.close()
    expect(() => new HistoryWriter(newer)).toThrow(/newer weir/)
  })

  test('forgets what is too old, names included', () => {
    const writer = new HistoryWriter(path)
    const [first, second] = spread(2)
    const old = { ...first!, host: 'long.gone.example', start: '2026-01-01T00:00:00.000000Z' }
    writer.write([{ ...old, end: old.start }, second!])
    writer.prune(START - DAY_US)
    writer.close()
    const history = new History(path)
    expect([...history.records({})].map(({ record }) => record.id)).toEqual([second!.id])
    expect(history.top('protocol', {}, 9).reduce((sum, { flows }) => sum + flows, 0)).toBe(1)
    for (const file of readdirSync(join(folder, 'deep'))) {
      expect(readFileSync(join(folder, 'deep', file)).includes('long.gone')).toBe(false)
    }
  })
})

/** As the first version made them, before figures by day and segments. */
function storeOfOld(record: ClearedTraffic): void {
  mkdirSync(join(folder, 'deep'))
  const db = openSqlite(path)
  db.exec(MIGRATIONS[0])
  const number = (text: string): number =>
    Number(db.prepare('INSERT INTO text (value, day) VALUES (?, 99999)').run(text).lastInsertRowid)
  const [drop, dns, host] = ['drop', 'dns', record.host!].map(number)
  const detail = JSON.stringify({ hostSource: 'dns-qname', query: 'old.example' })
  const start = microseconds(record.start)
  db.prepare(
    `INSERT INTO record (start, duration, type, flow, transport, protocol, host, verdict, action, reason, detail)
     VALUES (?, 0, ?, 1, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(start, dns, dns, dns, host, drop, drop, drop, detail)
  const hourly = db.prepare('INSERT INTO hourly VALUES (?, ?, ?, ?, 1, 0)')
  hourly.run(0, Math.floor(start / HOUR_US), host, drop)
  hourly.run(3, Math.floor(start / HOUR_US), dns, drop)
  db.exec('UPDATE rolled SET record = 1; PRAGMA user_version = 1')
  db.close()
}

describe('a store over time', () => {
  const flowsOf = (history: History, what: What, filter: Filter = {}): Map<string, number> =>
    new Map(history.top(what, filter, 1e6).map(({ key, flows }) => [key, flows]))

  test('of the first version is taken up with all that it has', () => {
    const [record] = spread(1)
    storeOfOld({ ...record!, host: 'old.example' })
    const writer = new HistoryWriter(path, 2)
    writer.write([
      { ...record!, host: 'new.example' },
      { ...record!, host: 'old.example' },
    ])
    writer.close()
    const history = new History(path)
    expect(flowsOf(history, 'host')).toEqual(new Map([['old.example', 2], ['new.example', 1]])) // prettier-ignore
    expect([...history.records({ host: 'old.example' })]).toHaveLength(2)
    expect(history.record(1)).toMatchObject({ type: 'dns', query: 'old.example', verdict: 'drop' })
  })

  test('counts what a writer that was killed had not', () => {
    const records = spread(500)
    new HistoryWriter(path, 200).write(records.slice(0, 100))
    const writer = new HistoryWriter(path, 200)
    writer.write(records.slice(100))
    expect(flowsOf(new History(path), 'host')).toEqual(topOf(records, 'host'))
    writer.close()
    expect(flowsOf(new History(path), 'host')).toEqual(topOf(records, 'host'))
    expect(flowsOf(new History(path), 'protocol')).toEqual(topOf(records, 'protocol'))
  })

  test('counts nothing of records that were undone', () => {
    const records = spread(300)
    const writer = new HistoryWriter(path, 200)
    writer.write(records.slice(0, 100))
    const bad = { ...records[0]!, transport: undefined } as unknown as ClearedTraffic
    expect(() => writer.write([...records.slice(100, 200), bad])).toThrow()
    expect([...new History(path).records({})]).toHaveLength(100)
    writer.write(records.slice(100))
    writer.close()
    for (const what of ['host', 'protocol'] as const) {
      expect(flowsOf(new History(path), what)).toEqual(topOf(records, what))
    }
  })

  test('counts and finds what is left when the old goes, all of it too', () => {
    const writer = new HistoryWriter(path, 100)
    const hour = Math.ceil(START / HOUR_US) * HOUR_US
    let left: ClearedTraffic[] = []
    for (const [round, before] of [
      0,
      hour + DAY_US,
      hour + 2 * DAY_US,
      hour + 9 * DAY_US,
      0,
    ].entries()) {
      const more = spread(400, round + 1)
      writer.write(more)
      writer.prune(before)
      left = [...left, ...more].filter(({ start }) => microseconds(start) >= before)
      const history = new History(path)
      for (const filter of [{}, { since: hour + DAY_US * 1.5 }, { host: 'h3.example.test' }]) {
        const found = left.filter((record) => matches(record, filter))
        expect([...history.records(filter)]).toHaveLength(found.length)
        expect(flowsOf(history, 'host', filter)).toEqual(topOf(found, 'host'))
        expect(flowsOf(history, 'rule', filter)).toEqual(topOf(found, 'rule'))
      }
    }
    expect(left).toHaveLength(400)
  })
})

/** The same question, asked of a list. */
function matches(record: ClearedTraffic, filter: Filter): boolean {
  const at = microseconds(record.start)
  const { since = 0, until = Infinity, host, client, protocol, verdict } = filter
  if (at < since || at >= until) return false
  if (host?.startsWith('*.') && !record.host?.endsWith(host.slice(1))) return false
  if (host && !host.startsWith('*.') && record.host !== host) return false
  if (client && record.client.ip !== client) return false
  return (!protocol || record.protocol === protocol) && (!verdict || record.verdict === verdict)
}

function topOf(records: readonly ClearedTraffic[], what: What): Map<string, number> {
  const counts = new Map<string, number>()
  for (const record of records) {
    const key = what === 'rule' ? record.rule?.text : record[what]
    if (typeof key === 'string') counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

describe('what is counted', () => {
  const records = spread(3000)
  const numbers = random(7)
  const pick = <T>(values: readonly T[]): T =>
    values[Math.floor(numbers.next().value * values.length)] as T
  const moment = (): number | undefined =>
    pick([undefined, START + Math.floor(numbers.next().value * 3 * DAY_US)])
  const filters: Filter[] = Array.from({ length: 60 }, () => ({
    since: moment(),
    until: moment(),
    verdict: pick([undefined, undefined, 'drop', 'pass']),
    protocol: pick([undefined, undefined, 'dns', 'https', 'none-such']),
    host: pick([undefined, undefined, undefined, 'h3.example.test', '*.example.test', 'no.test']),
    client: pick([undefined, undefined, '198.51.100.2']),
  }))

  test.each([true, false])('is what a list would give, with figures by the hour: %s', (roll) => {
    const history = stored(records, roll)
    for (const filter of filters) {
      const found = records.filter((record) => matches(record, filter))
      expect([...history.records(filter)]).toHaveLength(found.length)
      const times = found.map(({ start }) => start).sort()
      for (const limit of [1, 40]) {
        const latest = [...history.records(filter, limit)].map(({ record }) => record.start)
        expect(latest).toEqual(times.slice(-limit).reverse())
      }
      for (const what of ['host', 'rule', 'category', 'protocol'] as const) {
        const top = history.top(what, filter, 1000)
        expect(new Map(top.map(({ key, flows }) => [key, flows]))).toEqual(topOf(found, what))
        const dropped = found.filter((record) => record.verdict === 'drop')
        expect(
          new Map(top.filter((row) => row.dropped > 0).map((row) => [row.key, row.dropped])),
        ).toEqual(topOf(dropped, what))
      }
      for (const step of [HOUR_US, HOUR_US / 6, DAY_US]) {
        const sum = history.series(filter, step).reduce((total, { flows }) => total + flows, 0)
        expect(sum).toBe(found.length)
      }
    }
  })
})

describe('what was done', () => {
  const done = [2, 1, 3].map(
    (hour) =>
      ({
        type: 'action',
        time: `2026-11-20T0${hour}:00:00.000Z`,
        action: 'started',
        by: 'weir',
      }) as unknown as ClearedAction,
  )
  const [second, first, third] = done
  const at = (hour: number): number => Date.parse(`2026-11-20T0${hour}:00:00Z`) * 1000

  test('is kept beside what was seen, in its order, as long as that is', () => {
    const writer = new HistoryWriter(path)
    writer.write([...made, ...done])
    const history = new History(path)
    expect(history.actions({})).toEqual([first, second, third])
    expect(history.actions({ since: at(2), until: at(3) })).toEqual([second])
    expect([...history.records({})]).toHaveLength(made.length)
    writer.prune(at(2))
    expect(history.actions({})).toEqual([second, third])
    writer.close()
  })

  test('comes through the thread', async () => {
    const sink = new HistorySink({ path, keepDays: undefined })
    for (const record of [...made, ...done]) sink.write(record)
    await sink.close()
    const given = made.length + 3
    expect(sink.counts).toEqual({ given, kept: given, lost: 0 })
    expect(new History(path).actions({})).toEqual([first, second, third])
  })

  test('is nothing in a store that is older', () => {
    storeOfOld({ ...made[0]!, host: 'old.example' })
    expect(new History(path).actions({})).toEqual([])
  })
})

describe('the sink', () => {
  test('writes in a thread of its own, and counts', async () => {
    const sink = new HistorySink({ path, keepDays: undefined })
    for (const record of made) sink.write(record)
    sink.write({ type: 'memory' } as never)
    await sink.flush()
    expect(sink.counts).toEqual({ given: made.length, kept: made.length, lost: 0 })
    expect([...new History(path).records({})]).toHaveLength(made.length)
    await sink.close()
  })

  test('counts as lost what the store does not take', async () => {
    const sink = new HistorySink({ path, keepDays: undefined })
    const problems: string[] = []
    sink.onProblem = (problem) => problems.push(problem)
    sink.write({ ...made[0], start: null, transport: undefined } as never)
    await sink.flush()
    sink.write(made[1] as never)
    await sink.close()
    expect(sink.counts).toEqual({ given: 2, kept: 1, lost: 1 })
    expect(problems).toHaveLength(1)
  })
})
