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

function write(text: string): void {
  const records = JSON.parse(text) as ClearedTraffic[]
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
  if (typeof order.records === 'string') write(order.records)
  if (order.ends) {
    clearInterval(timer)
    writer.close()
    port.close()
  }
})
