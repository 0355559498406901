import { Worker } from 'node:worker_threads'
import type { ClearedEntries, ClearedRecord, ClearedRun } from '../../privacy/gate.js'
import type { RuleLookup } from '../../records/decode.js'
import { isTraffic } from '../formats/format.js'
import type { Sink, SinkCounts } from '../sink.js'
import { Handover } from './handover.js'
import type { Order, Report, Setting } from './messages.js'
import { HISTORY_PROGRAM } from '../historyprogram.js'
import { openToWrite } from './schema.js'

/** Records to the thread at once: a transaction each. */
const BATCH = 4000
/** Bytes of records that wait for the disk, at most; more are lost. */
const WAITING = 40 << 20
const FLUSH_MS = 250

/** The local store of what was seen and what was done; it takes none of Weir's other reports. */
export class HistorySink implements Sink {
  readonly name = 'history'
  /** Called with what went wrong in the thread. */
  onProblem: (problem: string) => void = () => undefined
  readonly #worker: Worker
  readonly #counts = { given: 0, kept: 0, lost: 0 }
  readonly #handover: Handover
  /** What the next order says first. */
  #notice: Pick<Order, 'isCut' | 'isRenumbered'> = {}
  #lines: string[] = []
  #runs: ClearedEntries[] = []
  /** Of `#lines` and `#runs`: one of them is empty. */
  #batch = { count: 0, size: 0 }
  /** Bytes that the thread has. */
  #waiting = 0
  #isDead = false
  #isClosing = false
  #settled: (() => void)[] = []
  readonly #timer: NodeJS.Timeout
  readonly #ended: Promise<void>

  /** Makes the store where there is none; `rule`: of the engine whose runs come. Throws WEIR_BAD_HISTORY. */
  constructor(setting: Setting, rule: RuleLookup = () => null) {
    this.#handover = new Handover(rule)
    openToWrite(setting.path).close()
    this.#worker = new Worker(HISTORY_PROGRAM, { workerData: setting })
    // Whoever ends without closing is not kept by it.
    this.#worker.unref()
    this.#worker.on('message', (report: Report) => this.#take(report))
    this.#ended = new Promise((resolve) => {
      this.#worker.once('error', (error) => this.onProblem(error.message))
      this.#worker.once('exit', () => {
        this.#die()
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
    if (!isTraffic(record) && record.type !== 'action') return
    if (this.#runs.length) this.#send()
    const line = `${JSON.stringify(record)}\n`
    if (this.#hasRoom(1, line.length)) this.#lines.push(line)
    if (this.#batch.count >= BATCH) this.#send()
  }

  run(run: ClearedRun): void {
    if (this.#lines.length) this.#send()
    if (this.#handover.isFull) this.#renumber()
    const { entries, records } = this.#handover.copy(run)
    if (this.#hasRoom(records, entries.byteLength)) this.#runs.push(entries)
    else this.cut()
    if (this.#batch.count >= BATCH) this.#send()
  }

  cut(): void {
    this.#send()
    this.#notice = { ...this.#notice, isCut: true }
  }

  #renumber(): void {
    this.#send()
    this.#handover.renumber()
    this.#notice = { ...this.#notice, isRenumbered: true }
  }

  #hasRoom(count: number, size: number): boolean {
    this.#counts.given += count
    if (this.#waiting + this.#batch.size + size > WAITING) {
      this.#counts.lost += count
      return false
    }
    this.#batch.count += count
    this.#batch.size += size
    return true
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
    this.#worker.postMessage({ ends: true } satisfies Order)
    await this.#ended
  }

  #send(): void {
    const { count, size } = this.#batch
    if (size === 0) return
    this.#batch = { count: 0, size: 0 }
    const [notice, lines, runs] = [this.#notice, this.#lines, this.#runs]
    this.#notice = {}
    this.#lines = []
    this.#runs = []
    if (this.#isDead) {
      this.#counts.lost += count
      return
    }
    this.#waiting += size
    const rules = this.#handover.takeRules()
    const order: Order = { ...notice, count, size, ...(rules.length && { rules }) }
    if (runs.length) this.#worker.postMessage({ ...order, runs }, runs)
    else this.#worker.postMessage({ ...order, lines: lines.join('') })
  }

  #take({ kept, lost, size, problem }: Report): void {
    this.#counts.kept += kept
    this.#counts.lost += lost
    this.#waiting -= size
    if (problem !== undefined) this.onProblem(problem)
    if (this.#waiting === 0) this.#settle()
  }

  #settle(): void {
    if (!this.#isClosing) this.#worker.unref()
    for (const settle of this.#settled.splice(0)) settle()
  }

  /** What the thread had not said of is lost. */
  #die(): void {
    this.#isDead = true
    this.#counts.lost = this.#counts.given - this.#counts.kept - this.#batch.count
    this.#waiting = 0
    this.#settle()
  }
}
