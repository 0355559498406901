import { createRequire } from 'node:module'
import type { Readable } from 'node:stream'
import { getSystemErrorName } from 'node:util'
import { WeirError } from '../errors.js'
import type { Inflater } from './compression.js'
import { compressionOf, MAGIC_LENGTH } from './magic.js'

/** Imported, it would load all of Node's streams, which a plain file does not need. */
const fs = createRequire(import.meta.filename)('node:fs') as typeof import('node:fs')

/** Where a capture's bytes come from. */
export interface ByteSource {
  /** Fills `into` from `at` on, at least one byte; 0 at the end. */
  read(into: Uint8Array, at: number, length: number): number | Promise<number>
  /** Bytes read of the file so far, and its size where it is known: for progress. */
  readonly position: number
  readonly size: number | undefined
  /** A regular file without compression, which the addon can read by itself. */
  readonly file?: PlainFile
  close(): void
}

export interface PlainFile {
  readonly fd: number
  /** What to throw when reading failed with `errno`. */
  failure(errno: number): WeirError
}

/**
 * Opens a path, `-` for standard input, or a stream. gzip and zstd are told by their first bytes.
 * Regular files are read synchronously: a page-cache read is cheaper than a promise.
 */
export function openSource(input: string | Readable): ByteSource {
  if (typeof input !== 'string') return new StreamSource(input, undefined)
  if (input === '-') return new StreamSource(process.stdin, undefined)
  let fd: number
  try {
    fd = fs.openSync(input, 'r')
  } catch (cause) {
    throw cannotRead(input, cause)
  }
  try {
    const stat = fs.fstatSync(fd)
    if (stat.isDirectory()) throw new WeirError('WEIR_CANNOT_READ', `${input}: is a directory`)
    const magic = new Uint8Array(MAGIC_LENGTH)
    if (stat.isFile()) fs.readSync(fd, magic, 0, MAGIC_LENGTH, 0)
    if (stat.isFile() && !compressionOf(magic)) return new FileSource(input, fd, stat.size)
    const stream = fs.createReadStream(input, { fd, highWaterMark: 1 << 18 })
    return new StreamSource(stream, stat.isFile() ? stat.size : undefined)
  } catch (cause) {
    fs.closeSync(fd)
    throw cannotRead(input, cause)
  }
}

function cannotRead(path: string, cause: unknown): WeirError {
  if (cause instanceof WeirError) return cause
  const { code } = cause as NodeJS.ErrnoException
  const reason = code === 'ENOENT' ? 'no such file' : code === 'EACCES' ? 'permission denied' : code
  return new WeirError('WEIR_CANNOT_READ', `${path}: ${reason}`, { cause })
}

class FileSource implements ByteSource, PlainFile {
  position = 0
  readonly file = this
  constructor(
    readonly path: string,
    readonly fd: number,
    readonly size: number,
  ) {}

  read(into: Uint8Array, at: number, length: number): number {
    try {
      const count = fs.readSync(this.fd, into, at, length, null)
      this.position += count
      return count
    } catch (cause) {
      throw cannotRead(this.path, cause)
    }
  }

  failure(errno: number): WeirError {
    return cannotRead(this.path, { code: getSystemErrorName(-errno) })
  }

  close(): void {
    fs.closeSync(this.fd)
  }
}

/** A pipe, standard input, or a compressed file. */
class StreamSource implements ByteSource {
  position = 0
  readonly #input: Readable
  readonly #chunks: AsyncIterator<Uint8Array>
  #inflater: Inflater | undefined
  #started = false
  #rest: Uint8Array = new Uint8Array(0)

  constructor(
    input: Readable,
    readonly size: number | undefined,
  ) {
    this.#input = input
    this.#chunks = input[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  }

  async read(into: Uint8Array, at: number, length: number): Promise<number> {
    if (!this.#started) await this.#start()
    while (!this.#rest.length) {
      const chunk = this.#inflater ? await this.#inflater.next() : await this.#pull()
      if (!chunk) return 0
      this.#rest = chunk
    }
    const count = Math.min(length, this.#rest.length)
    into.set(this.#rest.subarray(0, count), at)
    this.#rest = this.#rest.subarray(count)
    return count
  }

  /** The first bytes say whether there is something to decompress. */
  async #start(): Promise<void> {
    this.#started = true
    let head: Uint8Array = new Uint8Array(0)
    while (head.length < MAGIC_LENGTH) {
      const chunk = await this.#pull()
      if (!chunk) break
      head = Buffer.concat([head, chunk])
    }
    const kind = compressionOf(head)
    if (kind) {
      // Loaded when it is needed: starting up is most of a small replay.
      const { Inflater } = await import('./compression.js')
      this.#inflater = new Inflater(kind, head, () => this.#pull())
    } else {
      this.#rest = head
    }
  }

  async #pull(): Promise<Uint8Array | null> {
    try {
      const next = await this.#chunks.next()
      if (next.done) return null
      this.position += next.value.length
      return next.value
    } catch (cause) {
      throw cannotRead('input', cause)
    }
  }

  close(): void {
    this.#inflater?.close()
    this.#input.destroy()
  }
}
