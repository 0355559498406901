// The thread that writes the store: SQLite waits for the disk, and nobody waits for it.
import { parentPort, workerData } from 'node:worker_threads'
import { runOf } from '../../privacy/gate.js'
import type { RuleDetail } from '../../records/decode.js'
import type { Order, Report, Setting } from './messages.js'
import { DAY_US } from './columns.js'
import { HistoryWriter, type Kept } from './writer.js'

const PRUNE_EVERY_MS = 600_000

const { path, keepDays } = workerData as Setting
const port = parentPort!
const report = (message: Report): void => port.postMessage(message)
const writer = new HistoryWriter(path)
let rules: RuleDetail[] = []
const runCells = writer.runCells((number) => rules[number] ?? null)

/** Many lines are parsed quicker as one list. */
const recordsOf = (lines: string): Kept[] =>
  JSON.parse(`[${lines.trimEnd().replaceAll('\n', ',')}]`) as Kept[]

function take({ isCut, isRenumbered, rules: more, runs }: Order): void {
  if (isCut) runCells.cut()
  if (isRenumbered) {
    rules = []
    runCells.forgetRules()
  }
  if (more) rules.push(...more)
  if (runs)
    writer.writeRuns(
      runCells,
      runs.map((entries) => runOf(entries)),
    )
}

function write(order: Order): void {
  const { count = 0, size = 0, lines } = order
  try {
    take(order)
    if (lines !== undefined) writer.write(recordsOf(lines))
    report({ kept: count, lost: 0, size })
  } catch (error) {
    // A full disk, or one that fails: these are lost, the next may have more luck.
    report({ kept: 0, lost: count, size, problem: (error as Error).message })
  }
}

function prune(): void {
  if (keepDays === undefined) return
  try {
    writer.prune(Date.now() * 1000 - keepDays * DAY_US)
  } catch (error) {
    report({ kept: 0, lost: 0, size: 0, problem: (error as Error).message })
  }
}

const timer = setInterval(prune, PRUNE_EVERY_MS)
prune()

port.on('message', (order: Order) => {
  if (order.size) write(order)
  if (order.ends) {
    clearInterval(timer)
    writer.close()
    port.close()
  }
})
