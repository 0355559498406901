import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Chunks } from './syntax/lines.js'
import { WeirError } from '../errors.js'

/** A list that inflates to more is no list. */
const INFLATED_MAX = 1 << 29
const PIECE_BYTES = 1 << 20
/** About what a list inflates to, for room to be made. */
const INFLATES_TO = 4

export interface ListFile {
  readonly chunks: Chunks
  readonly size: number
}

/**
 * A list's bytes, in pieces as they are read; a file that is compressed with gzip, or that cannot be read twice,
 * as a whole. Throws WEIR_CANNOT_READ, and WEIR_BAD_LIST where it does not inflate, or to more than 512 MiB.
 */
export function openList(path: string): ListFile {
  const head = Buffer.alloc(2)
  const { isFile, size } = withFile(path, (fd) => {
    const stat = fstatSync(fd)
    if (stat.isFile()) readSync(fd, head, 0, head.length, 0)
    return { isFile: stat.isFile(), size: stat.size }
  })
  if (!isFile) {
    const bytes = readBytes(path)
    const text = isGzip(bytes) ? inflate(path, bytes) : bytes
    return { chunks: [text], size: text.length }
  }
  if (isGzip(head)) {
    return { chunks: again(() => [inflate(path, readBytes(path))]), size: size * INFLATES_TO }
  }
  return { chunks: again(() => pieces(path)), size }
}

/** Begins anew for every iterator. */
function again(open: () => Iterable<Uint8Array>): Chunks {
  return { [Symbol.iterator]: () => open()[Symbol.iterator]() }
}

function* pieces(path: string): Generator<Uint8Array> {
  const fd = opened(path)
  try {
    for (;;) {
      const piece = Buffer.allocUnsafe(PIECE_BYTES)
      const length = reading(path, () => readSync(fd, piece))
      if (length === 0) return
      yield piece.subarray(0, length)
    }
  } finally {
    closeSync(fd)
  }
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

function inflate(path: string, bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: INFLATED_MAX })
  } catch (cause) {
    throw new WeirError('WEIR_BAD_LIST', `${path}: ${(cause as Error).message}`, { cause })
  }
}

export function readBytes(path: string): Buffer {
  return reading(path, () => readFileSync(path))
}

export function withFile<T>(path: string, use: (fd: number) => T): T {
  const fd = opened(path)
  try {
    return reading(path, () => use(fd))
  } finally {
    closeSync(fd)
  }
}

const opened = (path: string): number => reading(path, () => openSync(path, 'r'))

function reading<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new WeirError('WEIR_CANNOT_READ', `${path}: ${(cause as Error).message}`, { cause })
  }
}
