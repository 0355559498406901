// What a running Weir says of itself, on a clock of its own: nobody waits for it, the packet thread least of all.
import type { Report } from '../privacy/reports.js'
import type { ConsentStore } from '../privacy/store.js'
import { takeCrashes } from './crashnative.js'
import { deviceReport } from './device.js'
import { memoryReport } from './memory.js'
import type { Outbox } from './outbox.js'
import { type Features, featuresReport, type Inspected, usageReport } from './usage.js'

export interface ReporterOptions {
  /** Read again at each look. */
  readonly store: ConsentStore
  /** Where it is kept which version was seen last. */
  readonly state: string
  readonly outbox: Outbox
  /** What runs, in the inventory's words. */
  readonly command: string
  readonly inspected: () => Inspected
  readonly features: () => Features
  /** Takes a report for the gate to see; returns at once. */
  readonly give: (report: Report) => void
  /** Of the consent that the gate goes by: a consent just given may be in the store before it is in the gate. */
  readonly revision: () => number
  /** Sends what waits in the outbox, until it is told to stop. */
  readonly send: (outbox: Outbox, signal: AbortSignal) => Promise<unknown>
  /** Told once of each trouble: reports are for the next time then. */
  readonly tell: (trouble: Error) => void
  /** Milliseconds between looks at memory; EVERY_MS when absent. */
  readonly everyMs?: number | undefined
}

export const EVERY_MS = 300_000
/** Usage is reported each so many looks, and at the end. */
const USAGE_EVERY = 12

/**
 * Gives the device and what is configured at the start and when they have changed, memory at each look, and usage now and
 * then; sends what earlier runs left in the outbox. Begins when it is made.
 */
export class Reporter {
  readonly #timer: NodeJS.Timeout
  readonly #stop = new AbortController()
  readonly #given = new Map<Report['type'], string>()
  #work: Promise<void>
  #isBusy = false
  #told = ''
  #looks = 0

  constructor(private readonly options: ReporterOptions) {
    this.#work = this.#trying(() => this.#begin())
    this.#timer = setInterval(() => this.#tick(), options.everyMs ?? EVERY_MS).unref()
  }

  /** Consent has changed: what waits and may go no more is removed, and what changed is said. */
  async changed(): Promise<void> {
    this.#work = this.#work.then(() => this.#trying(() => this.#standing()))
    await this.#work
  }

  /** Gives a last report of usage, and leaves the rest to the next run. */
  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return
    clearInterval(this.#timer)
    this.#stop.abort()
    await this.#work
    this.#usage()
  }

  /** A look that takes longer than the time between two costs the next one. */
  #tick(): void {
    if (this.#isBusy) return
    this.#work = this.#work.then(() => this.#trying(() => this.#look()))
  }

  async #begin(): Promise<void> {
    const { outbox, store } = this.options
    await takeCrashes((report) => outbox.keep(report, store))
    await this.#look()
  }

  async #look(): Promise<void> {
    const { outbox, give, send } = this.options
    await this.#standing()
    give(memoryReport())
    if (this.#looks++ % USAGE_EVERY === USAGE_EVERY - 1) this.#usage()
    await send(outbox, this.#stop.signal)
  }

  async #standing(): Promise<void> {
    const { store, state, outbox, features } = this.options
    await store.reload()
    await outbox.waiting(store)
    if (store.effective.values.reports === 'off') return
    this.#once(await deviceReport(store, state))
    this.#once(featuresReport(features()))
  }

  /** Unless it is what was said before, by the same consent; that of an upgrade is said once. */
  #once(report: Report): void {
    const { give, revision } = this.options
    const text = JSON.stringify({ ...report, time: '', upgradeStatus: '', revision: revision() })
    if (this.#given.get(report.type) === text) return
    this.#given.set(report.type, text)
    give(report)
  }

  #usage(): void {
    const { command, inspected, give } = this.options
    give(usageReport(command, inspected()))
  }

  async #trying(work: () => Promise<void>): Promise<void> {
    this.#isBusy = true
    try {
      await work()
      this.#told = ''
    } catch (error) {
      const { message } = error as Error
      if (message !== this.#told && !this.#stop.signal.aborted) this.options.tell(error as Error)
      this.#told = message
    }
    this.#isBusy = false
  }
}
