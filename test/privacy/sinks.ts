import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClearedRecord } from '../../src/privacy/gate.js'
import { rowOf } from '../../src/sinks/clickhouserows.js'
import { HistorySink } from '../../src/sinks/history/sink.js'
import { HttpTransport } from '../../src/sinks/http.js'
import { OtlpTransport } from '../../src/sinks/otlp.js'
import { SpooledSink, type Transport } from '../../src/sinks/spoolsink.js'
import { framed, messageOf } from '../../src/sinks/syslogmessage.js'
import { Collected } from '../../src/telemetry/collected.js'
import * as own from '../../src/telemetry/collector.js'
import { Collector } from '../sinks/httpcollector.js'
import { Scratch, TestConsent } from '../sinks/spoolsupport.js'

/** A sink as the canary test sees it: one row each. */
export interface SinkRow {
  readonly name: string
  /** Writes the records, closes the sink, and gives all that it then holds: files, requests, logs. */
  readonly write: (
    records: readonly ClearedRecord<'tenant'>[],
  ) => Promise<readonly (Uint8Array | string)[]>
}

/** What lies in the spool, and what a collector is then sent: addresses, headers and bodies. */
async function sentBy(
  transportTo: (url: URL) => Transport,
  records: readonly ClearedRecord<'tenant'>[],
): Promise<(Uint8Array | string)[]> {
  using scratch = new Scratch()
  await using collector = await Collector.start()
  const options = { consent: new TestConsent(), batchMs: 60_000 }
  const sink = await SpooledSink.open(scratch.join('spool'), transportTo(collector.url), options)
  for (const record of records) sink.write(record)
  await sink.flush()
  const spooled = scratch.segments().map((path) => readFileSync(path))
  await sink.close()
  const { requests, headers } = collector
  return [...spooled, ...requests.map(({ body }) => body), JSON.stringify(headers), sink.name]
}

export const SINKS: readonly SinkRow[] = [
  {
    name: 'a line of JSON each',
    write: (records) => Promise.resolve(records.map((record) => JSON.stringify(record))),
  },
  {
    name: 'a spool and an HTTP collector',
    write: (records) => sentBy((url) => new HttpTransport({ url, proxy: null }), records),
  },
  {
    name: 'an OTLP receiver',
    write: (records) => sentBy((url) => new OtlpTransport({ url }), records),
  },
  { name: 'a row of ClickHouse', write: (records) => Promise.resolve(records.map(rowOf)) },
  {
    name: 'a syslog message',
    write: (records) =>
      Promise.resolve(records.map((record, i) => framed(messageOf(record), 'key', i))),
  },
  { name: 'the local store', write: store },
  { name: 'the store of a collector', write: collected },
]

/** All that lies in a directory. */
export const filesOf = (folder: string): Buffer[] =>
  readdirSync(folder).map((name) => readFileSync(join(folder, name)))

/** The files of a collector's store, its log among them, while it listens and after. */
async function collected(records: readonly ClearedRecord<'tenant'>[]): Promise<Buffer[]> {
  using scratch = new Scratch()
  using folder = new Scratch()
  const kept = new Collected(folder.join('collected.db'))
  const token = kept.newToken('device')
  const collector = await own.Collector.listen(kept, { host: '127.0.0.1', port: 0 })
  const url = new URL('v1/records', collector.url)
  const transport = new HttpTransport({ url, token, proxy: null })
  const sink = await SpooledSink.open(scratch.path, transport, { consent: new TestConsent() })
  for (const record of records) sink.write(record)
  await sink.close()
  const during = filesOf(folder.path)
  await collector.close()
  if (sink.counts.kept !== records.length) throw new Error('not all is in the store')
  return [...during, ...filesOf(folder.path)]
}

/** The files of the store, its log among them, while it is written and after. */
async function store(records: readonly ClearedRecord[]): Promise<Buffer[]> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-canary-store-'))
  const files = (): Buffer[] => filesOf(folder)
  try {
    const sink = new HistorySink({ path: join(folder, 'history.db'), keepDays: undefined })
    for (const record of records) sink.write(record)
    await sink.flush()
    const during = files()
    await sink.close()
    if (sink.counts.kept === 0 || sink.counts.lost > 0) throw new Error('nothing is in the store')
    return [...during, ...files()]
  } finally {
    rmSync(folder, { recursive: true })
  }
}
