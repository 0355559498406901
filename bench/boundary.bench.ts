// What does a record cost on its way into JavaScript, read in place from the ring, beside a call for
// each? And as NDJSON, beside objects and JSON.stringify?
import { createRequire } from 'node:module'
import { readCapture } from '../src/capture/capture.js'
import { Engine, REPLAY_SEED } from '../src/engine/engine.js'
import { RecordDecoder } from '../src/records/decode.js'
import { RecordEncoder } from '../src/records/encode.js'
import { FIELD } from '../src/records/layout.js'
import { RecordRun } from '../src/records/ring.js'
import { openFlows } from './lib/flows.js'
import { buildAddon } from './lib/native.js'
import { figure, median, printTable } from './lib/table.js'

const RUNS = 9
const RECORDS = 1024

interface Callbacks {
  callPlain(count: number, callback: (value: number) => void): void
  callObject(
    count: number,
    callback: (value: { packetsUp: number; bytesUp: number; kind: number }) => void,
  ): void
}

/** Records as an engine wrote them, kept to be read again and again. */
async function someRecords(): Promise<RecordRun> {
  const kept = new ArrayBuffer(RECORDS * 512)
  let count = 0
  const engine = new Engine({ seed: REPLAY_SEED })
  const capture = readCapture(openFlows(10_000))
  const keep = (run: RecordRun): void => {
    const n = Math.min(run.count, RECORDS - count)
    new Uint8Array(kept).set(run.bytes.subarray(run.at(0), run.at(n)), count * 512)
    count += n
  }
  await capture.feed(engine, keep)
  for (let done = false; !done;) {
    done = engine.finish()
    engine.drain(keep)
  }
  capture.close()
  engine.close()
  const run = new RecordRun(kept)
  run.count = count
  return run
}

const run = await someRecords()
let sink = 0

function readInPlace(): void {
  for (let i = 0; i < run.count; i++) {
    const at = run.at(i)
    sink += run.u8(at + FIELD.kind) + run.u64(at + FIELD.packetsUp) + run.u64(at + FIELD.bytesUp)
  }
}

/** Nanoseconds a record, the median of several runs. */
function measure(work: () => void): number {
  const passes = 40
  for (let i = 0; i < passes; i++) work()
  return median(
    Array.from({ length: RUNS }, () => {
      const start = process.hrtime.bigint()
      for (let i = 0; i < passes; i++) work()
      return Number(process.hrtime.bigint() - start) / (passes * run.count)
    }),
  )
}

const rows: string[][] = []
const row = (what: string, ns: number, baseline: string, baselineNs: number): void => {
  rows.push([what, figure(ns), `${(1e3 / ns).toFixed(1)} M/s`, figure(baselineNs), baseline])
}

const ring = measure(readInPlace)
const addon = buildAddon('callback')
if (addon) {
  const callbacks = createRequire(import.meta.url)(addon) as Callbacks
  const plain = measure(() => callbacks.callPlain(run.count, (value) => (sink += value)))
  const object = measure(() =>
    callbacks.callObject(run.count, (o) => (sink += o.kind + o.packetsUp + o.bytesUp)),
  )
  row('ring: three fields in place', ring, 'a call for each record, one number', plain)
  row('ring: three fields in place', ring, 'a call for each record, an object', object)
} else {
  row('ring: three fields in place', ring, 'no headers beside this Node: no calls measured', NaN)
}

const encoder = new RecordEncoder(() => null)
const decoder = new RecordDecoder(() => null)
const encoded = measure(() => {
  encoder.encode(run)
  sink += encoder.take().length
})
const stringified = measure(() => {
  for (const record of decoder.decode(run)) sink += Buffer.byteLength(JSON.stringify(record))
})
row('NDJSON from the ring', encoded, 'objects and JSON.stringify', stringified)

printTable(['median of 9', 'ns a record', 'records', 'baseline', 'which is'], rows)
if (Number.isNaN(sink)) throw new Error('nothing was measured')
