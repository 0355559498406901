// How many records a second of CPU time go from the ring into NDJSON and into the local store, both threads counted,
// beside bare loops that do a part of it? And how soon is a store of a million (WEIR_RECORDS=10000000: ten) asked?
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { makeGate } from '../src/privacy/gate.js'
import { ClearedFeed } from '../src/privacy/feed.js'
import { ClearedEncoder } from '../src/privacy/ndjson.js'
import { ClearedSource } from '../src/privacy/source.js'
import type { RuleDetail } from '../src/records/decode.js'
import { NO_RULE } from '../src/records/flags.js'
import { FIELD, RECORD_SIZE } from '../src/records/layout.js'
import type { RecordRun } from '../src/records/ring.js'
import { RECORD_KINDS } from '../src/records/vocabulary.js'
import { type Filter, History } from '../src/sinks/history/query.js'
import { HistorySink } from '../src/sinks/history/sink.js'
import { RecordFile } from '../src/sinks/recordfile.js'
import { type Fields, ringOf, v4 } from '../test/support/ring.js'
import { OPEN } from '../test/sinks/spoolsupport.js'
import { figure, mib, printTable } from './lib/table.js'

const RECORDS = Number(process.env['WEIR_RECORDS'] ?? 1_000_000)
const NAMES = 100_000
const RUN = 4096
/** So long it takes until what making a run leaves behind is collected: it is not what is measured. */
const SETTLE_MS = 3
/** As many a day as ten million in 30. */
const DAYS = (30 * RECORDS) / 10_000_000
const DAY_US = 86_400_000_000
const END = Math.floor(Date.now() / 1000) * 1_000_000

let state = 1
function random(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}
/** A few names are asked for often, most seldom. */
const host = (): string => `www.h${Math.floor(random() ** 3 * NAMES)}.example.test`

const rule: RuleDetail = {
  text: 'example.test',
  list: 'bench',
  line: 7,
  category: 'ads',
  action: 'block',
  title: null,
  severity: 0,
}

const common = (id: number, startUs: number): Fields => ({
  flowId: id,
  startUs,
  endUs: startUs + Math.floor(random() * 3_000_000),
  ipVersion: 4,
  client: v4(10, 0, 0, Math.floor(random() * 200)),
  clientPort: 32768 + Math.floor(random() * 28_000),
  server: v4(198, 51, Math.floor(random() * 100), Math.floor(random() * 250)),
  verdict: random() < 0.2 ? 0 : 1,
  action: 1,
  reason: 1,
  rule: random() < 0.2 ? 3 : NO_RULE,
  overruled: NO_RULE,
})

function flow(id: number, startUs: number): Fields[] {
  const isTls = random() < 0.8
  const ja4 = `t13d15${16 + Math.floor(random() * 20)}h2_8daaf6152771_02713d6af862`
  const tls = { tlsVersion: 0x0304, alpn: 'h2,http/1.1', ja4 }
  return [
    {
      ...common(id, startUs),
      kind: RECORD_KINDS.flow,
      transport: 6,
      serverPort: isTls ? 443 : 80,
      protocol: isTls ? 2 : 3,
      evidence: 2,
      hostSource: isTls ? 1 : 3,
      close: 1,
      packetsUp: 20,
      packetsDown: 30,
      bytesUp: 3000,
      bytesDown: Math.floor(random() * 100_000),
      name: host(),
      ...(isTls && tls),
    },
  ]
}

function dns(id: number, startUs: number): Fields[] {
  const name = host()
  return [
    { kind: RECORD_KINDS.answer, qtype: 1, ttl: 300, flags: 255, address: v4(198, 51, 100, 7) },
    {
      ...common(id, startUs),
      kind: RECORD_KINDS.dns,
      transport: 17,
      serverPort: 53,
      protocol: 1,
      hostSource: 4,
      name,
      qtype: 1,
      dnsId: id & 0xffff,
      answers: 1,
      flags: 255,
    },
  ]
}

/** Two flows for each DNS transaction, from the oldest on; each run as the ring would hold it. */
function* runs(): Generator<{ run: RecordRun; count: number }> {
  for (let id = 0; id < RECORDS;) {
    const { run, next } = runFrom(id)
    yield { run, count: next - id }
    id = next
  }
}

/** Apart, so that nothing but its bytes is there while it is taken. */
function runFrom(id: number): { run: RecordRun; next: number } {
  const entries: Fields[] = []
  for (; id < RECORDS && entries.length < RUN - 2; id++) {
    const at = END - Math.floor(((RECORDS - id) / RECORDS) * DAYS * DAY_US)
    entries.push(...(id % 3 ? flow(id, at) : dns(id, at)))
  }
  return { run: ringOf(entries), next: id }
}

/** Records a second of CPU time of all threads; making the records is not in it, nor the first run, which starts threads. */
async function rate(take: (run: RecordRun) => unknown, end: () => unknown): Promise<number> {
  let micros = 0
  let measured = -1
  const cpu = async (work: () => unknown): Promise<number> => {
    const before = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(before)
    return user + system
  }
  for (const { run, count } of runs()) {
    await setTimeout(SETTLE_MS)
    const took = await cpu(() => take(run))
    micros += measured < 0 ? 0 : took
    measured = measured < 0 ? 0 : measured + count
  }
  micros += await cpu(end)
  return (measured / micros) * 1e6
}

const gate = await makeGate(
  { revision: 1, values: OPEN },
  { destination: 'device', key: Buffer.alloc(32) },
)
if (!gate.isOpen) throw new Error('the gate is not open')
const lookup = (): RuleDetail => rule

const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'))
const store = join(folder, 'history.db')

function stringify(): number {
  const source = new ClearedSource({ gate }, lookup)
  let size = 0
  let micros = 0
  for (const { run } of runs()) {
    const records = source.records(run)
    const before = process.cpuUsage()
    for (const record of records) size += JSON.stringify(record).length
    const { user, system } = process.cpuUsage(before)
    micros += user + system
  }
  return size && (RECORDS / micros) * 1e6
}

async function ndjson(): Promise<number> {
  const encoder = new ClearedEncoder({ gate }, lookup)
  const file = new RecordFile(join(folder, 'records.ndjson'), { keep: 1 })
  const taken = await rate(
    (run) => {
      encoder.encode(run)
      file.bytes(encoder.take())
    },
    () => file.close(),
  )
  if (file.lost) throw new Error(file.problem)
  return taken
}

async function sqlite(): Promise<number> {
  const sink = new HistorySink({ path: store, keepDays: undefined }, lookup)
  const feed = new ClearedFeed({ gate }, lookup, sink)
  const taken = await rate(
    (run) => {
      feed.visit(run)
      return sink.flush()
    },
    () => sink.close(),
  )
  if (sink.counts.kept !== RECORDS) throw new Error(`${sink.counts.kept} were kept`)
  return taken
}

/** As many columns of integers and a short text, one row a statement, one index, nothing else. */
async function bare(): Promise<number> {
  const db = new Database(join(folder, 'bare.db'))
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  const columns = Array.from({ length: 22 }, (_, i) => `c${i} INTEGER`)
  db.exec(`CREATE TABLE bare (id INTEGER PRIMARY KEY, ${columns.join()}, detail TEXT)`)
  db.exec('CREATE INDEX bare_start ON bare (c0)')
  const insert = db.prepare(`INSERT INTO bare VALUES (NULL, ${Array(23).fill('?').join()})`)
  const cells = Array.from({ length: 22 }, (_, i) => i * 1000)
  const taken = await rate(
    (run) =>
      db.transaction(() => {
        for (let i = 0; i < run.count; i++) {
          const at = run.at(i)
          if (run.u8(at + FIELD.kind) === RECORD_KINDS.answer) continue
          cells[0] = run.u64(at + FIELD.startUs)
          insert.run(...cells, '123')
        }
      })(),
    () => db.close(),
  )
  rmSync(join(folder, 'bare.db'))
  return taken
}

const perSecond = (value: number): string => String(Math.round(value))
const rates: string[][] = []
for (const [what, measure, wanted] of [
  ['NDJSON: from the ring into a file', ndjson, '100000'],
  ['JSON.stringify of objects that are there', stringify, ''],
  ['SQLite: from the ring into the store', sqlite, '50000'],
  ['better-sqlite3: 22 integers and a short text', bare, ''],
] as const) {
  rates.push([what, perSecond(await measure()), wanted])
}
console.log(`${RECORDS} records of ${RECORD_SIZE} bytes and more; load ${loadavg()[0]!.toFixed(1)}`)
printTable(['', 'records a CPU second', 'wanted'], rates)

function ask(what: string, question: (history: History) => unknown): string[] {
  const [before, start] = [process.cpuUsage(), performance.now()]
  const history = new History(store)
  question(history)
  history.close()
  const { user, system } = process.cpuUsage(before)
  return [what, figure((user + system) / 1000), figure(performance.now() - start)]
}
const top =
  (what: 'host' | 'rule' | 'category', filter: Filter = {}) =>
  (history: History) =>
    history.top(what, filter, 10)
const list = (filter: Filter) => (history: History) => [...history.records(filter, 50)]
const ago = (days: number): Filter => ({ since: END - days * DAY_US })

console.log(
  `\na store of ${RECORDS} records, ${NAMES} names, ${figure(DAYS)} days: ${mib(statSync(store).size)}`,
)
printTable(
  ['weir flows', 'CPU ms', 'ms'],
  [
    ask('--top host', top('host')),
    ask('--top rule', top('rule')),
    ask('--top category', top('category')),
    ask('--top host --verdict drop', top('host', { verdict: 'drop' })),
    ask('--top host --since 7d', top('host', ago(7))),
    ask('--top host --since 1h', top('host', ago(1 / 24))),
    ask('--since 1h', list(ago(1 / 24))),
    ask('--verdict drop', list({ verdict: 'drop' })),
    ask('--host, the most frequent', list({ host: 'www.h0.example.test' })),
    ask('--host, a rare one', list({ host: 'www.h99990.example.test' })),
    ask("--host '*.example.test'", list({ host: '*.example.test' })),
    ask('--protocol dns', list({ protocol: 'dns' })),
  ],
)
rmSync(folder, { recursive: true })
