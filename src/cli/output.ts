import { WeirError } from '../errors.js'
import { fs } from './fs.js'

/** The reader of our output went away, as `head` does: no error, but nothing more to do. */
export class ReaderGone extends Error {}

const FLUSH_AT = 1 << 16
const RETRY_MS = 2

/** Standard output in few, large writes. */
export class Output {
  #texts: string[] = []
  #length = 0
  readonly #fd: number

  constructor(fd = 1) {
    this.#fd = fd
  }

  text(text: string): void {
    this.#texts.push(text)
    this.#length += text.length
    if (this.#length >= FLUSH_AT) this.flush()
  }

  /** Behind the texts before it, at once. */
  bytes(bytes: Uint8Array): void {
    this.flush()
    for (let at = 0; at < bytes.length;) at += this.#write(bytes.subarray(at))
  }

  flush(): void {
    if (!this.#length) return
    const bytes = Buffer.from(this.#texts.join(''))
    this.#texts = []
    this.#length = 0
    for (let at = 0; at < bytes.length;) at += this.#write(bytes.subarray(at))
  }

  #write(bytes: Uint8Array): number {
    try {
      return fs.writeSync(this.#fd, bytes)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') throw new ReaderGone()
      if (code !== 'EAGAIN') throw new WeirError('WEIR_CANNOT_WRITE', `cannot write: ${message}`)
      // A pipe that somebody made non-blocking is full: wait for its reader.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS)
      return 0
    }
  }
}
