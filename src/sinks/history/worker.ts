// The thread that writes the store: SQLite waits for the disk, and nobody waits for it.
import { parentPort, workerData } from 'node:worker_threads'
import type { ClearedTraffic } from '../formats/format.js'
import type { Order, Report, Setting } from './messages.js'
import { DAY_US } from './columns.js'
import { HistoryWriter } from './writer.js'

const PRUNE_EVERY_MS = 600_000

const { path, keepDays } = workerData as Setting
const port = parentPort!
const report = (message: Report): void => port.postMessage(message)
const writer = new HistoryWriter(path)

/** Many lines are parsed quicker as one list. */
function recordsOf(lines: Uint8Array): ClearedTraffic[] {
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.length).toString('utf8')
  return JSON.parse(`[${text.trimEnd().replaceAll('\n', ',')}]`) as ClearedTraffic[]
}

function write(lines: Uint8Array): void {
  const records = recordsOf(lines)
  try {
    writer.write(records)
    report({ kept: records.length, lost: 0 })
  } catch (error) {
    // A full disk, or one that fails: these are lost, the next may have more luck.
    report({ kept: 0, lost: records.length, problem: (error as Error).message })
  }
}

function prune(): void {
  if (keepDays === undefined) return
  try {
    writer.prune(Date.now() * 1000 - keepDays * DAY_US)
  } catch (error) {
    report({ kept: 0, lost: 0, problem: (error as Error).message })
  }
}

const timer = setInterval(prune, PRUNE_EVERY_MS)
prune()

port.on('message', (order: Order) => {
  if (order.records) write(order.records)
  if (order.ends) {
    clearInterval(timer)
    writer.close()
    port.close()
  }
})
