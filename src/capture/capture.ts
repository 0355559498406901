import type { Readable } from 'node:stream'
import { PacketBatch } from '../engine/batch.js'
import type { Engine } from '../engine/engine.js'
import { type CaptureHandle, checked, native } from '../engine/native.js'
import { CaptureError, WeirError } from '../errors.js'
import type { RecordRun } from '../records/ring.js'
import { type ByteSource, openSource, type PlainFile } from './source.js'

/** What the addon says of a run of bytes; native/addon/capture.c has the same numbers. */
const MORE = 0
const DRAIN = 1
const DAMAGED = 2
const NOT_A_CAPTURE = 3
const END = 4

/** Places of the figures that it hands back. */
const FIGURE = {
  consumed: 0,
  frames: 1,
  notIp: 2,
  unsupported: 3,
  linkType: 4,
  offset: 5,
  outcome: 6,
  position: 7,
  error: 8,
  count: 9,
} as const

/** Twice what the largest record takes; pieces are small enough to stay in a core's cache. */
const BUFFER_SIZE = 1 << 20
const PIECE = 1 << 18

const EMPTY = new Uint8Array(0)

export interface CaptureStats {
  /** Frames read so far. */
  readonly frames: number
  /** Frames without an IP packet in them, ARP for example. */
  readonly notIp: number
  /** Frames of a link type that is not read, and the last such type. */
  readonly unsupported: number
  readonly unsupportedLinkType: number
}

/**
 * A pcap or pcapng capture, read once from front to back: by `replay`, or as batches of IP
 * packets by `for await`. Reading on past damage is not possible: it throws a CaptureError, after
 * everything that came before it.
 */
export class Capture implements AsyncIterable<PacketBatch> {
  readonly #source: ByteSource
  readonly #handle: CaptureHandle = native().captureCreate()
  readonly #figures = new Float64Array(FIGURE.count)
  #buffer = EMPTY
  #from = 0
  #to = 0

  constructor(source: ByteSource) {
    this.#source = source
  }

  get stats(): CaptureStats {
    const figures = this.#figures
    return {
      frames: figures[FIGURE.frames]!,
      notIp: figures[FIGURE.notIp]!,
      unsupported: figures[FIGURE.unsupported]!,
      unsupportedLinkType: figures[FIGURE.linkType]!,
    }
  }

  /** Bytes of the file read so far, and its size where that is known. */
  get progress(): { position: number; size: number | undefined } {
    const position = Math.max(this.#source.position, this.#figures[FIGURE.position]!)
    return { position, size: this.#source.size }
  }

  /**
   * Feeds the whole capture to `engine` without handing packets to JavaScript; `visit` sees the
   * records in place after every piece, `pace` is told that a piece is done.
   */
  async feed(engine: Engine, visit: (run: RecordRun) => void, pace?: () => void): Promise<void> {
    const { file } = this.#source
    if (file) {
      this.#feedFile(file, engine, visit, pace)
      return
    }
    const addon = native()
    while (await this.#fill()) {
      for (let outcome = DRAIN; outcome === DRAIN;) {
        const { handle } = engine
        outcome = addon.captureFeed(
          this.#handle,
          this.#buffer,
          this.#from,
          this.#to,
          this.#figures,
          handle,
        )
        this.#from = this.#figures[FIGURE.consumed]!
        engine.drain(visit)
        this.#check(outcome)
      }
      pace?.()
    }
    this.#end()
  }

  /** A thread of the addon reads ahead, so that reading and inspecting take place at once. */
  #feedFile(
    file: PlainFile,
    engine: Engine,
    visit: (run: RecordRun) => void,
    pace: (() => void) | undefined,
  ): void {
    const addon = native()
    checked('', () => addon.captureOpen(this.#handle, file.fd, engine.handle))
    for (let outcome = MORE; outcome !== END;) {
      outcome = addon.captureRun(this.#handle, this.#figures, engine.handle)
      engine.drain(visit)
      const error = this.#figures[FIGURE.error]!
      if (error && outcome !== DRAIN) throw file.failure(error)
      this.#check(outcome)
      pace?.()
    }
  }

  /** The same batch is used again for the next packets; its bytes are borrowed until then. */
  async *[Symbol.asyncIterator](): AsyncGenerator<PacketBatch, void, undefined> {
    const addon = native()
    const batch = new PacketBatch(1024, EMPTY)
    while (await this.#fill()) {
      batch.bytes = this.#buffer
      for (let outcome = DRAIN; outcome === DRAIN;) {
        const { arrays } = batch
        batch.count = addon.captureFill(
          this.#handle,
          this.#buffer,
          this.#from,
          this.#to,
          this.#figures,
          arrays,
        )
        this.#from = this.#figures[FIGURE.consumed]!
        outcome = this.#figures[FIGURE.outcome]!
        if (batch.count) yield batch
        this.#check(outcome)
      }
    }
    this.#end()
  }

  close(): void {
    native().captureClose(this.#handle)
    this.#source.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Moves what is left to the front and reads on; false at the end. */
  async #fill(): Promise<boolean> {
    if (this.#buffer === EMPTY) this.#buffer = new Uint8Array(BUFFER_SIZE)
    if (this.#from) {
      this.#buffer.copyWithin(0, this.#from, this.#to)
      this.#to -= this.#from
      this.#from = 0
    }
    const read = this.#source.read(this.#buffer, this.#to, Math.min(PIECE, BUFFER_SIZE - this.#to))
    const count = typeof read === 'number' ? read : await read
    this.#to += count
    return count > 0
  }

  #end(): void {
    this.#check(
      native().captureEnd(this.#handle, this.#buffer, this.#from, this.#to, this.#figures),
    )
  }

  #check(outcome: number): void {
    if (outcome !== DAMAGED && outcome !== NOT_A_CAPTURE) return
    const offset = this.#figures[FIGURE.offset]!
    const message = native().captureMessage(this.#handle)
    if (outcome === NOT_A_CAPTURE) throw new CaptureError('WEIR_NOT_A_CAPTURE', message, offset)
    throw new CaptureError('WEIR_CAPTURE_DAMAGED', `${message}, at byte ${offset}`, offset)
  }
}

/** Opens a capture: a path, `-` for standard input, or a stream. gzip and zstd are seen through. */
export function readCapture(input: string | Readable): Capture {
  return new Capture(openSource(input))
}

/** True for errors that end a capture before its end, with what came before it intact. */
export function isDamage(error: unknown): error is WeirError {
  return error instanceof WeirError && error.code === 'WEIR_CAPTURE_DAMAGED'
}
