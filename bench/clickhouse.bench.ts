// How fast does a fleet's ClickHouse take a million records: through the spool and all, and by batches alone?
// On this machine's own clickhouse-server, which has a core or two of the same processor.
import { initFleet } from '../src/sinks/clickhousefleet.js'
import { ClickHouseTransport } from '../src/sinks/clickhouse.js'
import { rowOf } from '../src/sinks/clickhouserows.js'
import { SpooledSink } from '../src/sinks/spoolsink.js'
import { ClickHouseServer } from '../test/sinks/clickhouseserver.js'
import { openGate, Scratch, TestConsent, traffic } from '../test/sinks/spoolsupport.js'
import { figure, printTable } from './lib/table.js'

const RECORDS = 1_000_000
const BATCH = 5000
const signal = new AbortController().signal
const records = traffic(await openGate(), BATCH)
const server = await ClickHouseServer.start()
const at = (database: string): URL => new URL(database, server.url)

async function alone(): Promise<number> {
  await initFleet({ url: at('alone'), days: 30 })
  const transport = new ClickHouseTransport({ url: at('alone') })
  const start = performance.now()
  for (let sent = 0; sent < RECORDS; sent += BATCH) {
    const entries = records.map((record) => ({
      kind: record.type,
      revision: 1,
      text: rowOf(record),
    }))
    const key = `0b5e8d4c-7a3a-4c8e-9a51-${String(sent).padStart(12, '0')}`
    await transport.send({ key, entries, isRepeat: false }, signal)
  }
  const seconds = (performance.now() - start) / 1000
  await transport.close()
  return seconds
}

async function spooled(): Promise<number> {
  await initFleet({ url: at('spooled'), days: 30 })
  const scratch = new Scratch()
  const transport = new ClickHouseTransport({ url: at('spooled') })
  const consent = new TestConsent()
  const options = { consent, bytesMax: 1 << 30, queueBytes: 1 << 23, batchBytes: 1 << 22 }
  const sink = await SpooledSink.open(scratch.join('spool'), transport, options)
  const start = performance.now()
  for (let sent = 0; sent < RECORDS; sent += BATCH) {
    for (const record of records) sink.write(record)
    await sink.flush()
  }
  await sink.drain()
  const seconds = (performance.now() - start) / 1000
  const { kept, lost } = sink.counts
  if (kept !== RECORDS || lost) throw new Error(`${kept} arrived, ${lost} were lost`)
  await sink.close()
  scratch[Symbol.dispose]()
  return seconds
}

const rows: string[][] = []
for (const [name, measure] of [
  ['batches alone', alone],
  ['through the spool', spooled],
] as const) {
  const seconds = await measure()
  rows.push([name, seconds.toFixed(1), figure(Math.round(RECORDS / seconds))])
}
const there = await server.ask<[string]>('SELECT count() FROM spooled.flows')
printTable(['a million records', 'seconds', 'records/s'], rows)
console.log(`${there[0]![0]} of them are flows`)
await server[Symbol.asyncDispose]()
