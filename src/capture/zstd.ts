import { createRequire } from 'node:module'
import { Transform, type TransformCallback } from 'node:stream'
import type * as Fzstd from 'fzstd'
import { WeirError } from '../errors.js'

/** What every decoder has to support and all ordinary levels keep to (RFC 8878 3.1.1.1.2). */
const WINDOW_MAX = 8 << 20

/**
 * zstd in plain JavaScript. Write to it in small slices: what the decoder
 * gives for one write is not held back, and a block of four bytes can stand for 128 KiB.
 */
export class ZstdDecompress extends Transform {
  readonly #frames = new FrameWalker()
  readonly #decoder: Fzstd.Decompress

  constructor() {
    super()
    const { Decompress } = createRequire(import.meta.filename)('fzstd') as typeof Fzstd
    this.#decoder = new Decompress((chunk) => this.push(chunk))
  }

  override _transform(chunk: Uint8Array, _: BufferEncoding, done: TransformCallback): void {
    this.#run(() => {
      this.#frames.walk(chunk)
      this.#decoder.push(chunk)
    }, done)
  }

  override _flush(done: TransformCallback): void {
    this.#run(() => {
      this.#decoder.push(new Uint8Array(0), true)
    }, done)
  }

  #run(work: () => void, done: TransformCallback): void {
    try {
      work()
      done()
    } catch (error) {
      done(error as Error)
    }
  }
}

/**
 * Follows frames and blocks by their headers alone (RFC 8878 3.1.1): the decoder takes as much
 * memory as any frame's header asks for, so it must not see one that asks for too much.
 */
class FrameWalker {
  readonly #head: number[] = []
  #skip = 0
  #inFrame = false
  #checksum = 0

  walk(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const skipped = Math.min(this.#skip, chunk.length - at)
      this.#skip -= skipped
      at += skipped
      if (at === chunk.length) return
      this.#head.push(chunk[at++]!)
      if (this.#inFrame ? this.#takeBlock() : this.#takeFrame()) this.#head.length = 0
    }
  }

  /** A block of repeated bytes holds one of them, whatever its size says. */
  #takeBlock(): boolean {
    if (this.#head.length < 3) return false
    const header = this.#number(0, 3)
    const isRepeated = ((header >>> 1) & 3) === 1
    this.#skip = isRepeated ? 1 : header >>> 3
    if (header & 1) {
      this.#skip += this.#checksum
      this.#inFrame = false
    }
    return true
  }

  /** Of a frame, or of one to be skipped (3.1.2); what is neither is for the decoder to refuse. */
  #takeFrame(): boolean {
    const { length } = this.#head
    if (length < 5) return false
    const descriptor = this.#head[4]!
    if (this.#number(1, 3) === 0x184d2a) {
      if (length < 8) return false
      this.#skip = this.#number(4, 4)
      return true
    }
    const isSingleSegment = (descriptor & 0x20) !== 0
    const sizeAt = 5 + (isSingleSegment ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!
    const sizeLength = descriptor >>> 6 ? 1 << (descriptor >>> 6) : isSingleSegment ? 1 : 0
    if (length < sizeAt + sizeLength) return false
    const size = this.#number(sizeAt, sizeLength) + (sizeLength === 2 ? 256 : 0)
    if ((isSingleSegment ? size : windowOf(this.#head[5]!)) > WINDOW_MAX) {
      throw new WeirError('WEIR_CAPTURE_DAMAGED', 'the zstd window is larger than 8 MiB')
    }
    this.#checksum = descriptor & 4
    this.#inFrame = true
    return true
  }

  /** Little-endian, of the header's bytes. */
  #number(at: number, length: number): number {
    let value = 0
    for (let i = length - 1; i >= 0; i--) value = value * 256 + this.#head[at + i]!
    return value
  }
}

function windowOf(descriptor: number): number {
  return 2 ** (10 + (descriptor >>> 3)) * (1 + (descriptor & 7) / 8)
}
