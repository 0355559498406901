import type { Transform } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { WeirError } from '../errors.js'
import type { Compression } from './magic.js'
import { ZstdDecompress } from './zstd.js'

interface Decompressor {
  readonly stream: Transform
  /** Bytes written at once: all that comes out of a slice is lost when there is damage in it. */
  readonly slice: number
}

function decompressor(kind: Compression): Decompressor {
  if (kind === 'gzip') return { stream: createGunzip({ chunkSize: 1 << 18 }), slice: 1 << 14 }
  // Not Node's own zstd: 22.15 and later have one, which ends at the first frame's end, takes
  // windows of any size, and is silent about a frame cut short.
  return { stream: new ZstdDecompress(), slice: 256 }
}

/** What a gzip member ends with (RFC 1952 2.3.1): its check must not cost the data before it. */
const TRAILER = 8

/** Plain bytes that may wait to be read. */
const QUEUE_MAX = 1 << 20

/**
 * Decompresses what `pull` gives. What came out before the input proved damaged is handed out
 * before the error, where an iterator over the stream would lose it.
 */
export class Inflater {
  readonly #stream: Transform
  readonly #slice: number
  readonly #kind: Compression
  readonly #queue: Uint8Array[] = []
  #queued = 0
  #ended = false
  #error: Error | undefined
  #wake: () => void = () => undefined

  constructor(kind: Compression, head: Uint8Array, pull: () => Promise<Uint8Array | null>) {
    this.#kind = kind
    const { stream, slice } = decompressor(kind)
    this.#stream = stream
    this.#slice = slice
    this.#stream.on('data', (chunk: Uint8Array) => {
      this.#queue.push(chunk)
      this.#queued += chunk.length
      if (this.#queued > QUEUE_MAX) this.#stream.pause()
      this.#wake()
    })
    this.#stream.once('end', () => this.#finish(undefined))
    this.#stream.on('error', (error) => this.#finish(this.#damaged(error)))
    this.#pump(head, pull).catch((error: unknown) => this.#finish(error as Error))
  }

  /** The next plain bytes; null at the end. */
  async next(): Promise<Uint8Array | null> {
    while (!this.#queue.length && !this.#ended) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    const chunk = this.#queue.shift()
    if (!chunk) {
      if (this.#error) throw this.#error
      return null
    }
    this.#queued -= chunk.length
    if (this.#queued <= QUEUE_MAX / 2) this.#stream.resume()
    return chunk
  }

  close(): void {
    this.#stream.destroy()
  }

  async #pump(head: Uint8Array, pull: () => Promise<Uint8Array | null>): Promise<void> {
    let held: Uint8Array = new Uint8Array(0)
    for (let chunk: Uint8Array | null = head; chunk && !this.#ended; chunk = await pull()) {
      const input = held.length ? Buffer.concat([held, chunk]) : chunk
      const cut = Math.max(0, input.length - TRAILER)
      await this.#write(input.subarray(0, cut))
      held = input.subarray(cut)
    }
    await this.#write(held)
    this.#stream.end()
  }

  /** Each slice is through before the next: only so does none wait behind one that is damaged. */
  async #write(input: Uint8Array): Promise<void> {
    for (let at = 0; at < input.length && !this.#ended; at += this.#slice) {
      const slice = input.subarray(at, at + this.#slice)
      await new Promise<void>((resolve) => this.#stream.write(slice, () => resolve()))
    }
  }

  #damaged(cause: Error): WeirError {
    if (cause instanceof WeirError) return cause
    const message = `the ${this.#kind} data is cut short or damaged`
    return new WeirError('WEIR_CAPTURE_DAMAGED', message, { cause })
  }

  #finish(error: Error | undefined): void {
    this.#ended = true
    this.#error ??= error
    this.#wake()
  }
}
