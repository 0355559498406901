import { type FileHandle, open } from 'node:fs/promises'
import { cannotWrite, removeFile } from '../files/durable.js'
import type { Validators } from './entry.js'

/** What a part is a part of. */
export interface PartHead extends Validators {
  readonly url: string
  /** Content-Encoding: ranges count bytes of the encoded form (RFC 9110 8.4). */
  readonly encoding: string
}

const HEAD_MAX = 8192

/**
 * A download on disk as it was received, behind one line of JSON that says what it is: it can be gone
 * on with after anything, a killed process included.
 */
export class Part {
  private constructor(
    readonly path: string,
    readonly head: PartHead,
    private readonly file: FileHandle,
    private readonly start: number,
    /** Bytes received so far. */
    public length: number,
  ) {}

  /** The part of `url` at `path`; undefined where there is none, or none that can be gone on with. */
  static async resume(path: string, url: string): Promise<Part | undefined> {
    let file: FileHandle
    try {
      file = await open(path, 'r+')
    } catch {
      return undefined
    }
    const bytes = Buffer.alloc(HEAD_MAX)
    const { bytesRead } = await file.read(bytes, 0, HEAD_MAX, 0)
    const start = bytes.subarray(0, bytesRead).indexOf(0x0a) + 1
    const head = parseHead(bytes.toString('utf8', 0, start))
    const { size } = await file.stat()
    if (head?.url === url && ifRange(head) !== undefined && size > start) {
      return new Part(path, head, file, start, size - start)
    }
    await file.close()
    return undefined
  }

  /** A new part, with nothing received. Throws WEIR_CANNOT_WRITE. */
  static async begin(path: string, head: PartHead): Promise<Part> {
    const line = Buffer.from(`${JSON.stringify(head)}\n`)
    try {
      const file = await open(path, 'w+', 0o644)
      const part = new Part(path, head, file, line.length, 0)
      await part.#write(line, 0)
      return part
    } catch (cause) {
      throw cannotWrite(path, cause)
    }
  }

  async append(chunk: Uint8Array): Promise<void> {
    try {
      await this.#write(chunk, this.start + this.length)
    } catch (cause) {
      await this.remove()
      throw cannotWrite(this.path, cause)
    }
    this.length += chunk.length
  }

  async content(): Promise<Buffer> {
    const bytes = Buffer.alloc(this.length)
    let at = 0
    while (at < bytes.length) {
      const { bytesRead } = await this.file.read(bytes, at, bytes.length - at, this.start + at)
      if (bytesRead === 0) break
      at += bytesRead
    }
    return bytes.subarray(0, at)
  }

  /** Stays on disk for another attempt, if there can be one. */
  async close(): Promise<void> {
    await this.file.close()
    if (ifRange(this.head) === undefined || this.length === 0) await removeFile(this.path)
  }

  async remove(): Promise<void> {
    await this.file.close().catch(() => undefined)
    await removeFile(this.path)
  }

  async #write(bytes: Uint8Array, position: number): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.file.write(bytes, at, bytes.length - at, position + at)
      at += bytesWritten
    }
  }
}

/**
 * What the If-Range of a part is (RFC 9110 13.1.5): a strong ETag, or else a Last-Modified, which `validatorsOf`
 * keeps for parts only where it is strong. Undefined where a part of it is of no use.
 */
export function ifRange({ etag, lastModified }: Validators): string | undefined {
  return etag === undefined ? lastModified : etag.startsWith('"') ? etag : undefined
}

function parseHead(line: string): PartHead | undefined {
  try {
    const head = JSON.parse(line) as Partial<Record<keyof PartHead, unknown>> | null
    const known = [head?.url, head?.encoding, head?.etag ?? '', head?.lastModified ?? '']
    return known.every((value) => typeof value === 'string') ? (head as PartHead) : undefined
  } catch {
    return undefined
  }
}
