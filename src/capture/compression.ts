import { createRequire } from 'node:module'
import { Transform, type TransformCallback } from 'node:stream'
import zlib from 'node:zlib'
import type * as Fzstd from 'fzstd'
import { WeirError } from '../errors.js'

export type Compression = 'gzip' | 'zstd'

/** What a file's first bytes say (RFC 1952 2.3.1, RFC 8878 3.1.1). */
export function compressionOf(magic: Uint8Array): Compression | undefined {
  if (magic[0] === 0x1f && magic[1] === 0x8b) return 'gzip'
  if (magic[0] === 0x28 && magic[1] === 0xb5 && magic[2] === 0x2f && magic[3] === 0xfd)
    return 'zstd'
  return undefined
}

/** As the zstd tool: a larger window needs its user's consent. */
const WINDOW_MAX = 1 << 27

function decompressor(kind: Compression): Transform {
  if (kind === 'gzip') return zlib.createGunzip({ chunkSize: 1 << 18 })
  // Node has zstd from 22.15 on.
  const own = (zlib as { createZstdDecompress?: (options: object) => Transform })
    .createZstdDecompress
  return own ? own({ chunkSize: 1 << 18 }) : new ZstdDecompress()
}

/** Plain bytes that may wait to be read. */
const QUEUE_MAX = 1 << 20

/**
 * Decompresses what `pull` gives. What came out before the input proved damaged is handed out
 * before the error, where an iterator over the stream would lose it.
 */
export class Inflater {
  readonly #stream: Transform
  readonly #kind: Compression
  readonly #queue: Uint8Array[] = []
  #queued = 0
  #ended = false
  #error: Error | undefined
  #wake = (): void => {}

  constructor(kind: Compression, head: Uint8Array, pull: () => Promise<Uint8Array | null>) {
    this.#kind = kind
    this.#stream = decompressor(kind)
    this.#stream.on('data', (chunk: Uint8Array) => {
      this.#queue.push(chunk)
      this.#queued += chunk.length
      if (this.#queued > QUEUE_MAX) this.#stream.pause()
      this.#wake()
    })
    this.#stream.once('end', () => this.#finish(undefined))
    this.#stream.once('error', () => this.#finish(this.#damaged()))
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
    for (let chunk: Uint8Array | null = head; chunk && !this.#ended; chunk = await pull()) {
      if (this.#stream.write(chunk)) continue
      await new Promise<void>((resolve) => {
        this.#stream.once('drain', resolve)
        this.#stream.once('close', resolve)
      })
    }
    this.#stream.end()
  }

  #damaged(): WeirError {
    return new WeirError('WEIR_CAPTURE_DAMAGED', `the ${this.#kind} data is cut short or damaged`)
  }

  #finish(error: Error | undefined): void {
    this.#ended = true
    this.#error ??= error
    this.#wake()
  }
}

/** Input that the decoder sees at once: what it gives for it cannot be held back. */
const SLICE = 4096

/** zstd in plain JavaScript, for Nodes without it. */
export class ZstdDecompress extends Transform {
  readonly #stream: Fzstd.Decompress
  #head = new Uint8Array(0)
  #checked = false

  constructor() {
    super()
    const { Decompress } = createRequire(import.meta.url)('fzstd') as typeof Fzstd
    this.#stream = new Decompress((chunk) => this.push(chunk))
  }

  override _transform(chunk: Uint8Array, _: BufferEncoding, done: TransformCallback): void {
    let input = chunk
    if (!this.#checked) {
      input = this.#head = Buffer.concat([this.#head, chunk])
      if (input.length < 6) return done()
      this.#checked = true
    }
    this.#run(() => {
      if (input === this.#head && windowSize(input) > WINDOW_MAX) {
        throw new WeirError('WEIR_CAPTURE_DAMAGED', 'the zstd window is too large')
      }
      for (let at = 0; at < input.length; at += SLICE) {
        this.#stream.push(input.subarray(at, at + SLICE))
      }
    }, done)
  }

  override _flush(done: TransformCallback): void {
    this.#run(() => this.#stream.push(new Uint8Array(0), true), done)
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

/** Bytes of history that a frame asks for (RFC 8878 3.1.1.1.2). */
function windowSize(frame: Uint8Array): number {
  const isSingleSegment = (frame[4]! & 0x20) !== 0
  if (isSingleSegment) return 0 // as large as the content, of which fzstd keeps a window only
  const descriptor = frame[5]!
  return 2 ** (10 + (descriptor >>> 3)) * (1 + (descriptor & 7) / 8)
}
