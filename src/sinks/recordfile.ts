// A file of records that grows no further than it may.
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { WeirError } from '../errors.js'

export interface RecordFileOptions {
  /** Bytes of one file, at most: a batch that would go beyond begins the next. */
  readonly maxBytes: number
  /** Milliseconds after which the next file is begun; Infinity: never. */
  readonly maxAge: number
  /** Older files that are kept: FILE.1 is the last before FILE. */
  readonly keep: number
  /**
   * When what was written is safe from a loss of power: `never` leaves that to the system, `rotate` is at the end of each
   * file, `flush` at each flush.
   */
  readonly sync: 'never' | 'rotate' | 'flush'
}

export const RECORD_FILE: RecordFileOptions = {
  maxBytes: 128 << 20,
  maxAge: Infinity,
  keep: 8,
  sync: 'rotate',
}

/**
 * Appends whole lines to a file, and moves it aside when it is full or old. A disk that is full or fails costs the lines that found
 * no room, which are counted, and is tried again with the next; half a line is taken back.
 */
export class RecordFile {
  /** Batches that the disk did not take. */
  lost = 0
  /** What the disk said last; undefined: it took the last batch. */
  problem: string | undefined
  readonly #options: RecordFileOptions
  #fd: number
  #size = 0
  #since = 0

  /** Takes up a file that is there. Throws WEIR_CANNOT_WRITE where it cannot be opened. */
  constructor(
    readonly path: string,
    options: Partial<RecordFileOptions> = {},
    private readonly now: () => number = Date.now,
  ) {
    this.#options = { ...RECORD_FILE, ...options }
    try {
      this.#fd = this.#open()
    } catch (cause) {
      throw new WeirError('WEIR_CANNOT_WRITE', `${path}: ${(cause as Error).message}`, { cause })
    }
  }

  /** Appends whole lines. Never throws. */
  bytes(lines: Uint8Array): void {
    if (lines.length === 0) return
    try {
      if (this.#isDue(lines.length)) this.#rotate()
      this.#append(lines)
      this.problem = undefined
    } catch (error) {
      this.lost++
      this.problem = (error as Error).message
    }
  }

  flush(): void {
    if (this.#options.sync === 'flush') this.#sync()
  }

  close(): void {
    if (this.#fd < 0) return
    if (this.#options.sync !== 'never') this.#sync()
    closeSync(this.#fd)
    this.#fd = -1
  }

  /** An age counts from when this process began the file, or from when a file that is there was begun. */
  #open(): number {
    const fd = openSync(this.path, 'a', 0o600)
    const { size, birthtimeMs } = fstatSync(fd)
    this.#size = size
    this.#since = size > 0 && birthtimeMs > 0 ? Math.min(birthtimeMs, this.now()) : this.now()
    return fd
  }

  #isDue(more: number): boolean {
    const { maxBytes, maxAge } = this.#options
    const age = this.now() - this.#since
    // A clock that was set back makes the file younger than new: it counts from now.
    if (age < 0) this.#since = this.now()
    return this.#size > 0 && (this.#size + more > maxBytes || age >= maxAge)
  }

  #append(lines: Uint8Array): void {
    if (this.#fd < 0) this.#fd = this.#open()
    let at = 0
    try {
      while (at < lines.length) at += writeSync(this.#fd, lines, at)
    } catch (error) {
      ftruncateSync(this.#fd, this.#size)
      throw error
    }
    this.#size += lines.length
  }

  /** FILE becomes FILE.1, FILE.1 becomes FILE.2, and the last goes. */
  #rotate(): void {
    const { keep } = this.#options
    this.close()
    rmSync(`${this.path}.${String(keep)}`, { force: true })
    for (let number = keep - 1; number >= 1; number--) {
      this.#move(`${this.path}.${String(number)}`, `${this.path}.${String(number + 1)}`)
    }
    if (keep > 0) this.#move(this.path, `${this.path}.1`)
    else rmSync(this.path, { force: true })
    this.#fd = this.#open()
  }

  #move(from: string, to: string): void {
    if (statSync(from, { throwIfNoEntry: false })) renameSync(from, to)
  }

  #sync(): void {
    try {
      if (this.#fd >= 0) fsyncSync(this.#fd)
    } catch (error) {
      this.problem = (error as Error).message
    }
  }
}
