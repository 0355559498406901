// Writes numbered records until it is killed, and says up to which they are acknowledged; "drain" sends what is left.
import { writeSync } from 'node:fs'
import { makeGate } from '../../dist/privacy/gate.js'
import { GATE_NAMES, valuesOf } from '../../dist/privacy/gates.js'
import { HttpTransport } from '../../dist/sinks/http.js'
import { SpooledSink } from '../../dist/sinks/spoolsink.js'

const [directory, url, first] = process.argv.slice(2)
const values = Object.fromEntries(GATE_NAMES.map((gate) => [gate, valuesOf(gate).at(-1)]))
const gate = await makeGate(
  { revision: 1, values },
  { destination: 'tenant', key: Buffer.alloc(32) },
)
const sink = await SpooledSink.open(
  directory,
  new HttpTransport({ url: new URL(url), proxy: null }),
  {
    consent: { gate, store: { effective: { revision: 1, tightened: {} } } },
    backoff: { firstMs: 5, mostMs: 20, askedMs: 50 },
    batchMs: 5,
    batchRecords: 50,
    gatherMs: 5,
  },
)

if (first === 'drain') {
  while (sink.counts.waiting) await new Promise((resolve) => setTimeout(resolve, 20))
  await sink.close()
} else {
  for (let number = Number(first); ;) {
    for (let i = 0; i < 20; i++) {
      const time = '2026-11-23T20:00:00Z'
      sink.write(gate.clear({ type: 'action', time, action: 'list-updated', count: number++ }))
    }
    await sink.flush()
    if (sink.counts.lost) throw new Error('lost')
    writeSync(1, `${number}\n`)
  }
}
