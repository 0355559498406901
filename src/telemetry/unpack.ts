// Bodies as devices send them, compressed; how large they may become is bounded.
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'

export const BODY_MAX = 1 << 22
export const UNPACKED_MAX = 1 << 24

type Unpack = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>

const { zstdDecompress } = zlib as { zstdDecompress?: typeof zlib.gunzip } // Node 22.15 and later
const UNPACK = new Map<string, Unpack>([
  ['gzip', promisify(zlib.gunzip)],
  ...(zstdDecompress ? [['zstd', promisify(zstdDecompress) as Unpack] as const] : []),
])

/** What this Node can unpack, for an answer's Accept-Encoding. */
export const ENCODINGS = [...UNPACK.keys()].join(', ')

/** An answer that ends the request. */
export class Answer extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

/** Throws Answer: 415 for an encoding that is unknown, 413 for a bomb, 400 for what is damaged. */
export async function unpack(body: Buffer, encoding: string | undefined): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity') return body
  const decompress = UNPACK.get(encoding)
  if (!decompress) throw new Answer(415, `this collector takes ${ENCODINGS}`)
  try {
    return await decompress(body, { maxOutputLength: UNPACKED_MAX })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new Answer(413, `more than ${UNPACKED_MAX} bytes when unpacked`)
    }
    throw new Answer(400, `the body is no ${encoding}`)
  }
}
