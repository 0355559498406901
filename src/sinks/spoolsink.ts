// A sink that leaves the device: records go to a spool, and from there, batch by batch, to wherever they are to be.
import { isStale, type Purgeable } from '../privacy/consent.js'
import type { ClearedRecord, Gate } from '../privacy/gate.js'
import type { RecordKind } from '../privacy/inventory.js'
import type { Sink, SinkCounts } from './sink.js'
import { type Batch, Spool, SPOOL, type SpoolOptions } from './spool.js'
import { type Backoff, BACKOFF, Refused, waitMs } from './spoolretry.js'

/** How batches travel. */
export interface Transport {
  readonly name: string
  /** A record as it is spooled, and sent: one line; null for what has no place there. */
  encode(record: ClearedRecord<'tenant'>): string | null
  /** Resolves when the batch has arrived. Throws Refused when it never will, and anything else when it may later. */
  send(batch: Batch, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** What is in force; a FollowedConsent is one. */
export interface SpoolConsent {
  readonly gate: Pick<Gate<'tenant'>, 'revision'>
  readonly store: { readonly effective: Parameters<typeof isStale>[0] }
  /** Looks whether another process has changed it. */
  check?(): Promise<void>
}

export interface SpoolSinkOptions extends Partial<Omit<SpoolOptions, 'isStale'>> {
  readonly consent: SpoolConsent
  readonly backoff?: Backoff
  /** Longest that `close` waits for what is under way. */
  readonly closeMs?: number
  /** Told once when sending begins to fail, and once (null) when it works again. */
  readonly tell?: (trouble: Error | null) => void
}

const CLOSE_MS = 3000

export class SpooledSink implements Sink<'tenant'>, Purgeable {
  readonly #stop = new AbortController()
  readonly #sender: Promise<void>
  #wake: (() => void) | undefined
  #sending: { readonly batch: Batch; readonly stop: AbortController } | undefined
  #given = 0
  #kept = 0
  #trouble: string | null = null
  /** Nothing waits to be sent: the next record wakes the sender. */
  #isIdle = false
  #isLast = false

  private constructor(
    private readonly spool: Spool,
    private readonly transport: Transport,
    private readonly options: SpoolSinkOptions,
  ) {
    this.#sender = this.#run()
  }

  /** Takes up what the spool of that directory has, too. Throws as Spool.open. */
  static async open(
    directory: string,
    transport: Transport,
    options: SpoolSinkOptions,
  ): Promise<SpooledSink> {
    const { consent } = options
    const isGone = (kind: RecordKind, revision: number): boolean =>
      isStale(consent.store.effective, kind, revision)
    const spool = await Spool.open(directory, { ...options, isStale: isGone })
    return new SpooledSink(spool, transport, options)
  }

  get name(): string {
    return this.transport.name
  }

  /** `kept` is what has arrived; with what an earlier run left, it can be more than was given. */
  get counts(): SinkCounts & { readonly waiting: number; readonly purged: number } {
    const { lost, purged, spooled, queued } = this.spool.counts
    return {
      given: this.#given,
      kept: this.#kept,
      lost,
      waiting: spooled + queued,
      purged,
    }
  }

  /** Why sending failed last, of printable characters; null: it works, or was not tried. No credentials. */
  get trouble(): string | null {
    return this.#trouble
  }

  write(record: ClearedRecord<'tenant'>): void {
    const text = this.transport.encode(record)
    if (text === null) return
    this.#given++
    if (this.#isIdle) this.#wake?.()
    this.spool.add({ kind: record.type, revision: this.options.consent.gate.revision, text })
  }

  /** On disk; it is sent when its time comes. */
  async flush(): Promise<void> {
    await this.spool.sync()
  }

  async purge(kinds: ReadonlySet<RecordKind>): Promise<void> {
    this.#recall(({ kind }) => kinds.has(kind))
    await this.spool.purge(kinds)
  }

  /** Consent has changed: what may go no more is removed. */
  async purgeStale(): Promise<void> {
    const { consent } = this.options
    this.#recall(({ kind, revision }) => isStale(consent.store.effective, kind, revision))
    await this.spool.purgeStale()
  }

  /** Sends all that waits; resolves when it has arrived, or the first batch failed. */
  async drain(): Promise<void> {
    await this.flush()
    this.#isLast = true
    this.#wake?.()
    await this.#sender
  }

  async close(): Promise<void> {
    await this.flush()
    const timer = setTimeout(() => this.#stop.abort(), this.options.closeMs ?? CLOSE_MS)
    await this.drain()
    clearTimeout(timer)
    this.#stop.abort()
    await this.spool.close()
    await this.transport.close()
  }

  /** What is under way holds something that may not be: it is broken off. */
  #recall(isGone: (entry: Batch['entries'][number]) => boolean): void {
    if (this.#sending?.batch.entries.some(isGone)) this.#sending.stop.abort()
  }

  async #run(): Promise<void> {
    let attempt = 0
    while (!this.#stop.signal.aborted) {
      const isLast = this.#isLast
      const wait = await this.#sendNext(isLast, attempt)
      if (wait === 0) {
        attempt = 0
        continue
      }
      if (isLast) return
      if (wait !== null) attempt++
      if (!this.#isLast) await this.#pause(wait)
    }
  }

  /** Milliseconds to wait before the next; null where nothing is to be sent yet. */
  async #sendNext(isLast: boolean, attempt: number): Promise<number | null> {
    let batch: Batch | null = null
    try {
      await this.options.consent.check?.()
      // Consent cannot be read: what waits stays where it is.
      if (this.options.consent.gate.revision < 0) return null
      batch = await this.spool.next(isLast)
      if (!batch) return null
      await this.#send(batch)
      return 0
    } catch (error) {
      if (batch) this.spool.release(batch)
      this.#told(error as Error)
      return waitMs(error, attempt, this.options.backoff ?? BACKOFF)
    }
  }

  async #send(batch: Batch): Promise<void> {
    const stop = new AbortController()
    const signal = AbortSignal.any([this.#stop.signal, stop.signal])
    this.#sending = { batch, stop }
    try {
      await this.transport.send(batch, signal)
      this.#kept += batch.entries.length
      await this.spool.done(batch)
      this.#told(null)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      await this.spool.done(batch, batch.entries.length)
      this.#told(error)
    } finally {
      this.#sending = undefined
    }
  }

  #told(trouble: Error | null): void {
    if (this.#stop.signal.aborted) return
    const isNews = (this.#trouble === null) !== (trouble === null)
    this.#trouble = trouble && shown(trouble)
    if (isNews) this.options.tell?.(trouble)
  }

  /** Ends early when the sink is closed; null: until a record comes, and its batch is due. */
  async #pause(ms: number | null): Promise<void> {
    const { batchMs, gatherMs } = { ...SPOOL, ...this.options }
    this.#isIdle = ms === null && this.counts.waiting === 0
    if (this.#isIdle) await this.#sleep(undefined)
    this.#isIdle = false
    if (!this.#isLast) await this.#sleep(ms ?? batchMs + gatherMs)
  }

  async #sleep(ms: number | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms).unref()
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = undefined
  }
}

const TROUBLE_MAX = 200
const shown = ({ message }: Error): string =>
  message.replace(/[^ -~]/g, '?').slice(0, TROUBLE_MAX) || 'it failed'
