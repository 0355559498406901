import { Worker } from 'node:worker_threads'
import type { ClearedRecord } from '../../privacy/gate.js'
import { isTraffic } from '../formats/format.js'
import type { Sink, SinkCounts } from '../sink.js'
import type { Order, Report, Setting } from './messages.js'
import { HISTORY_PROGRAM } from '../historyprogram.js'
import { openToWrite } from './schema.js'

/** Records to the thread at once: a transaction each. */
const BATCH = 4000
/** Records that wait for the disk, at most; more are lost. */
const WAITING = 40_000
const FLUSH_MS = 250
const NEWLINE = 0x0a

/** The local store of records of traffic; it takes none of Weir's own reports. */
export class HistorySink implements Sink {
  readonly name = 'history'
  /** Called with what went wrong in the thread. */
  onProblem: (problem: string) => void = () => undefined
  readonly #worker: Worker
  readonly #counts = { given: 0, kept: 0, lost: 0 }
  #batch: Uint8Array[] = []
  /** Records in `#batch`. */
  #size = 0
  #waiting = 0
  #isDead = false
  #isClosing = false
  #settled: (() => void)[] = []
  readonly #timer: NodeJS.Timeout
  readonly #ended: Promise<void>

  /** Makes the store where there is none. Throws WEIR_BAD_HISTORY. */
  constructor(setting: Setting) {
    openToWrite(setting.path).close()
    this.#worker = new Worker(HISTORY_PROGRAM, { workerData: setting })
    // Whoever ends without closing is not kept by it.
    this.#worker.unref()
    this.#worker.on('message', (report: Report) => this.#take(report))
    this.#ended = new Promise((resolve) => {
      this.#worker.once('error', (error) => this.onProblem(error.message))
      this.#worker.once('exit', () => {
        this.#isDead = true
        this.#take({ kept: 0, lost: this.#waiting })
        resolve()
      })
    })
    this.#timer = setInterval(() => this.#send(), FLUSH_MS)
    this.#timer.unref()
  }

  get counts(): SinkCounts {
    return this.#counts
  }

  write(record: ClearedRecord): void {
    if (isTraffic(record)) this.#add(Buffer.from(`${JSON.stringify(record)}\n`), 1)
  }

  /** Records of traffic as whole lines of NDJSON, behind the gate; they are copied. */
  lines(lines: Uint8Array): void {
    const copy = Buffer.from(lines)
    let count = 0
    for (let at = -1; (at = copy.indexOf(NEWLINE, at + 1)) >= 0;) count++
    if (count) this.#add(copy, count)
  }

  #add(lines: Uint8Array, count: number): void {
    this.#counts.given += count
    if (this.#waiting + this.#size + count > WAITING) {
      this.#counts.lost += count
      return
    }
    this.#batch.push(lines)
    this.#size += count
    if (this.#size >= BATCH) this.#send()
  }

  flush(): Promise<void> {
    this.#worker.ref()
    this.#send()
    if (this.#waiting === 0) return Promise.resolve()
    return new Promise((resolve) => this.#settled.push(resolve))
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#isClosing = true
    this.#worker.ref()
    this.#send()
    this.#order({ ends: true })
    await this.#ended
  }

  #send(): void {
    if (this.#size === 0) return
    const [records, count] = [Buffer.concat(this.#batch), this.#size]
    this.#batch = []
    this.#size = 0
    if (this.#isDead) {
      this.#counts.lost += count
      return
    }
    this.#waiting += count
    this.#order({ records })
  }

  #order(order: Order): void {
    this.#worker.postMessage(order)
  }

  #take({ kept, lost, problem }: Report): void {
    this.#counts.kept += kept
    this.#counts.lost += lost
    this.#waiting -= kept + lost
    if (problem !== undefined) this.onProblem(problem)
    if (this.#waiting > 0) return
    if (!this.#isClosing) this.#worker.unref()
    for (const settle of this.#settled.splice(0)) settle()
  }
}
