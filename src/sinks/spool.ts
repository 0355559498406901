// What waits to leave the device: in files, so that neither a crash nor a collector that is down loses it.
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { WeirError } from '../errors.js'
import { cannotWrite, isMissing } from '../files/durable.js'
import { Lock } from '../files/lock.js'
import type { Purgeable } from '../privacy/consent.js'
import type { RecordKind } from '../privacy/inventory.js'
import { ENTRY_MAX, packEntry, Segment, type SpoolEntry } from './spoolsegment.js'

/** Bytes, records and milliseconds. */
export interface SpoolOptions {
  /** On disk. Beyond it the oldest batch is dropped. */
  readonly bytesMax: number
  readonly batchBytes: number
  readonly batchRecords: number
  /** A batch that is not full is sent when its first record has waited that long. */
  readonly batchMs: number
  /** In memory, until it is written. Beyond it what comes is dropped. */
  readonly queueBytes: number
  /** Writes, and the sync that follows each, are gathered for that long. */
  readonly gatherMs: number
  /** How long a disk that fails is left alone. */
  readonly pauseMs: number
  /** What may go no more, by the consent that is in force. */
  readonly isStale: (kind: RecordKind, revision: number) => boolean
}

export const SPOOL: SpoolOptions = {
  bytesMax: 1 << 26,
  batchBytes: 1 << 20,
  batchRecords: 5000,
  batchMs: 2000,
  queueBytes: 1 << 22,
  gatherMs: 100,
  pauseMs: 1000,
  isStale: () => false,
}

export interface SpoolCounts {
  /** On disk. */
  readonly spooled: number
  readonly spooledBytes: number
  /** In memory. */
  readonly queued: number
  readonly queuedBytes: number
  readonly lost: number
  /** Removed, as consent was withdrawn. */
  readonly purged: number
}

/** One segment of the spool: its content stays what it is, whether it arrives at once or after a restart. */
export interface Batch {
  readonly key: string
  readonly entries: readonly SpoolEntry[]
  /** It may have been sent before: by this process, or by one that was killed. */
  readonly isRepeat: boolean
}

interface Queued {
  readonly kind: RecordKind
  readonly revision: number
  readonly bytes: Buffer
}

const LOCK_FILE = 'spool.lock'
/** What passes: a disk that is full, read-only (of which a recursive mkdir says ENOENT) or failing. */
const DISK_FAULTS = new Set(['ENOSPC', 'EROFS', 'ENOENT', 'EDQUOT', 'EIO', 'ENFILE', 'EMFILE'])

/**
 * Records in order, in batches that each go out under one key. What `sync` said is on disk is sent at least once; under
 * one key, so a collector that knows it takes it once. One process at a time has a spool.
 */
export class Spool implements Purgeable {
  readonly #options: SpoolOptions
  #lock: Lock | undefined
  #segments: Segment[] = []
  #sequence = 0
  #queue: Queued[] = []
  #queuedBytes = 0
  #lost = 0
  #purged = 0
  #timer: NodeJS.Timeout | undefined
  #work: Promise<unknown> = Promise.resolve()
  #isClosed = false

  private constructor(
    readonly directory: string,
    options: Partial<SpoolOptions>,
  ) {
    this.#options = { ...SPOOL, ...options }
  }

  /**
   * Takes up what is there: torn ends are cut, and what is stale by now is removed. A disk that is full or read-only is
   * tried again later. Throws WEIR_STORE_BUSY, WEIR_CANNOT_WRITE.
   */
  static async open(directory: string, options: Partial<SpoolOptions> = {}): Promise<Spool> {
    const spool = new Spool(directory, options)
    await spool
      .#exclusive(() => spool.#recover())
      .catch((error: unknown) => {
        if (!isDiskFault(error)) throw error
      })
    return spool
  }

  get counts(): SpoolCounts {
    let [spooled, spooledBytes] = [0, 0]
    for (const { records, bytes, isDone } of this.#segments) {
      if (!isDone) spooled += records
      spooledBytes += bytes
    }
    return {
      spooled,
      spooledBytes,
      queued: this.#queue.length,
      queuedBytes: this.#queuedBytes,
      lost: this.#lost,
      purged: this.#purged,
    }
  }

  /** Takes an entry; where there is no room for it, it is lost, and counted. */
  add(entry: SpoolEntry): void {
    const bytes = packEntry(entry)
    const isFull = this.#queuedBytes + bytes.length > this.#options.queueBytes
    if (isFull || bytes.length > ENTRY_MAX || this.#isClosed) {
      this.#lost++
      return
    }
    this.#queue.push({ kind: entry.kind, revision: entry.revision, bytes })
    this.#queuedBytes += bytes.length
    this.#writeIn(this.#options.gatherMs)
  }

  /** Writes what waits; true where all of it is on disk. */
  async sync(): Promise<boolean> {
    return this.#exclusive(() => this.#write())
  }

  /** The oldest batch, or null; `atOnce`: even if it may still grow. To be given back by `done` or `release`. */
  next(atOnce = false): Promise<Batch | null> {
    return this.#exclusive(() => this.#next(atOnce))
  }

  /** The batch has arrived, or never will: `records` of it are lost. */
  async done({ key }: Batch, lost = 0): Promise<void> {
    await this.#exclusive(async () => {
      this.#lost += lost
      const segment = this.#segments.find((one) => one.key === key)
      if (!segment) return
      segment.inFlight = false
      segment.isDone = true
      await this.#discard(segment)
    })
  }

  /** The batch did not arrive: it comes again, as the same. */
  release({ key }: Batch): void {
    const segment = this.#segments.find((one) => one.key === key)
    if (segment) segment.inFlight = false
  }

  async purge(kinds: ReadonlySet<RecordKind>): Promise<void> {
    await this.#exclusive(() => this.#sweep((kind) => kinds.has(kind)))
  }

  /** Removes what is stale by now; durable when it resolves. */
  async purgeStale(): Promise<void> {
    await this.#exclusive(() => this.#sweep(this.#options.isStale))
  }

  /** As `sync`, and gives the spool free. What is not on disk then is lost. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#exclusive(async () => {
      await this.#write()
      this.#lost += this.#queue.length
      this.#queue = []
      this.#queuedBytes = 0
      for (const segment of this.#segments) await segment.seal()
      await this.#lock?.release().catch(() => undefined)
      this.#lock = undefined
    })
  }

  /** One at a time, in order. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work)
    this.#work = result.catch(() => undefined)
    return result
  }

  async #recover(): Promise<void> {
    if (this.#lock) return
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 })
      this.#lock = await Lock.take(join(this.directory, LOCK_FILE))
      await this.#recoverSegments()
      await this.#sweep(this.#options.isStale)
    } catch (cause) {
      this.#segments = []
      await this.#lock?.release().catch(() => undefined)
      this.#lock = undefined
      throw cannotWrite(this.directory, cause)
    }
  }

  async #recoverSegments(): Promise<void> {
    const names = (await readdir(this.directory)).sort()
    this.#segments = []
    for (const name of names) {
      const found = await Segment.recover(this.directory, name)
      if (!found) continue
      const { segment } = found
      this.#sequence = Math.max(this.#sequence, segment.sequence)
      if (segment.records) this.#segments.push(segment)
      else await segment.remove()
    }
  }

  #writeIn(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.#exclusive(() => this.#write())
    }, ms).unref()
  }

  /** True where nothing waits any more. */
  async #write(): Promise<boolean> {
    try {
      await this.#recover()
      while (this.#queue.length) {
        const segment = await this.#writable()
        const chunk = this.#chunk(segment)
        await segment.append(chunk.map(({ bytes }) => bytes))
        this.#taken(chunk.length)
      }
      return true
    } catch {
      await this.#dropEmpty()
      if (!this.#isClosed) this.#writeIn(this.#options.pauseMs)
      return false
    }
  }

  /** As many as the segment takes; one at least. */
  #chunk({ bytes, records }: Segment): Queued[] {
    const { batchBytes, batchRecords } = this.#options
    let [room, count] = [batchBytes - bytes, 0]
    for (const entry of this.#queue) {
      room -= entry.bytes.length
      if (count && (room < 0 || records + count >= batchRecords)) break
      count++
    }
    return this.#queue.slice(0, count)
  }

  #taken(count: number): void {
    for (const { bytes } of this.#queue.splice(0, count)) this.#queuedBytes -= bytes.length
  }

  /** The segment that takes more; a new one where the last is full, for which the oldest make room. */
  async #writable(): Promise<Segment> {
    const last = this.#segments.at(-1)
    if (last && !last.isSealed) {
      const { batchBytes, batchRecords } = this.#options
      if (last.bytes < batchBytes && last.records < batchRecords) return last
      await last.seal()
    }
    await this.#makeRoom()
    const segment = await Segment.create(this.directory, ++this.#sequence)
    this.#segments.push(segment)
    return segment
  }

  /** Drops the oldest batches, but not the one that is on its way. */
  async #makeRoom(): Promise<void> {
    const { bytesMax, batchBytes } = this.#options
    for (const segment of [...this.#segments]) {
      if (this.counts.spooledBytes + batchBytes <= bytesMax) return
      if (segment.inFlight) continue
      if (!segment.isDone) this.#lost += segment.records
      segment.isDone = true
      await this.#discard(segment)
    }
  }

  /** A file that cannot be removed stays, as done; it is tried again when room is made. */
  async #discard(segment: Segment): Promise<void> {
    try {
      await segment.remove()
    } catch {
      return
    }
    this.#segments = this.#segments.filter((one) => one !== segment)
  }

  async #dropEmpty(): Promise<void> {
    for (const segment of this.#segments.filter(({ records }) => !records)) {
      segment.isDone = true
      await this.#discard(segment)
    }
  }

  async #next(atOnce: boolean): Promise<Batch | null> {
    const { batchMs, isStale } = this.#options
    for (const segment of [...this.#segments]) {
      if (segment.isDone) continue
      if (!segment.isSealed && !atOnce && performance.now() - segment.since < batchMs) return null
      await segment.seal()
      const read = await this.#read(segment)
      const entries = read.filter(({ kind, revision }) => !isStale(kind, revision))
      if (entries.length) {
        const { key, wasTried: isRepeat } = segment
        segment.inFlight = segment.wasTried = true
        return { key, entries, isRepeat }
      }
      this.#purged += read.length
      segment.isDone = true
      await this.#discard(segment)
    }
    return null
  }

  /** Nothing where somebody has taken the file away. */
  async #read(segment: Segment): Promise<SpoolEntry[]> {
    try {
      return await segment.read()
    } catch (error) {
      if (!isMissing(error)) throw error
      this.#lost += segment.records
      return []
    }
  }

  async #sweep(isGone: (kind: RecordKind, revision: number) => boolean): Promise<void> {
    const kept = this.#queue.filter(({ kind, revision }) => !isGone(kind, revision))
    this.#purged += this.#queue.length - kept.length
    this.#queue = kept
    this.#queuedBytes = kept.reduce((sum, { bytes }) => sum + bytes.length, 0)
    for (const segment of this.#segments) {
      this.#purged += await segment.keep(({ kind, revision }) => !isGone(kind, revision))
    }
    this.#segments = this.#segments.filter(({ records }) => records)
  }
}

function isDiskFault(error: unknown): boolean {
  const cause = error instanceof WeirError ? error.cause : error
  return DISK_FAULTS.has((cause as NodeJS.ErrnoException | undefined)?.code ?? '')
}
