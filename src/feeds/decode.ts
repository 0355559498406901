import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'
import { WeirError } from '../errors.js'

const inflaters = {
  gunzip: promisify(gunzip),
  brotli: promisify(brotliDecompress),
  inflate: promisify(inflate),
  inflateRaw: promisify(inflateRaw),
}

/** Takes a Content-Encoding off. Throws WEIR_FEED_REFUSED for damage, and for more than `max` bytes. */
export async function decodeBody(bytes: Buffer, encoding: string, max: number): Promise<Buffer> {
  switch (encoding) {
    case '':
    case 'identity':
      return bounded(bytes, max)
    case 'gzip':
    case 'x-gzip':
      return inflated('gunzip', bytes, max)
    case 'br':
      return inflated('brotli', bytes, max)
    case 'deflate': // zlib (RFC 9110 8.4.1.2); some servers leave its header out
      return inflated(((bytes[0] ?? 0) & 0x0f) === 8 ? 'inflate' : 'inflateRaw', bytes, max)
    default:
      throw new WeirError('WEIR_FEED_REFUSED', `the server sends an unknown encoding: ${encoding}`)
  }
}

/** A list that is itself a .gz file. */
export async function decodeFile(bytes: Buffer, max: number): Promise<Buffer> {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
  return isGzip ? inflated('gunzip', bytes, max) : bounded(bytes, max)
}

async function inflated(how: keyof typeof inflaters, bytes: Buffer, max: number): Promise<Buffer> {
  try {
    return await inflaters[how](bytes, { maxOutputLength: max })
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLong(max)
    throw new WeirError('WEIR_FEED_REFUSED', `what came is damaged: ${message}`, { cause })
  }
}

function bounded(bytes: Buffer, max: number): Buffer {
  if (bytes.length > max) throw tooLong(max)
  return bytes
}

const tooLong = (max: number): WeirError =>
  new WeirError('WEIR_FEED_REFUSED', `the list is longer than ${max} bytes, uncompressed`)
