// Batches to a syslog receiver over TLS (RFC 5425), a connection for each.
import { connect, type TLSSocket } from 'node:tls'
import { WeirError } from '../errors.js'
import type { ClearedRecord } from '../privacy/gate.js'
import type { TlsFiles } from './httpoptions.js'
import type { Batch } from './spool.js'
import { NotNow } from './spoolretry.js'
import type { Transport } from './spoolsink.js'
import { framed, messageOf } from './syslogmessage.js'

export interface SyslogOptions {
  /** syslog+tls://HOST[:PORT], 6514 where it has none. */
  readonly url: URL
  readonly tls?: TlsFiles
  /** For one batch in all, milliseconds. */
  readonly overallMs?: number
}

const PORT = 6514
const OVERALL_MS = 60_000

/**
 * Syslog has no acknowledgement. What comes nearest to it is the end of a TLS session: a receiver answers our close_notify
 * when it has read all before it (RFC 5425 4.4). A batch has arrived then; each message says which one it is of.
 */
export class SyslogTransport implements Transport {
  readonly name: string
  readonly #host: string
  readonly #port: number

  /** Throws WEIR_BAD_ARGUMENT. */
  constructor(private readonly options: SyslogOptions) {
    const { url, tls = {} } = options
    this.#host = url.hostname.replace(/^\[|\]$/g, '')
    this.#port = Number(url.port || PORT)
    this.name = `syslog+tls://${url.host}`
    if (!this.#host || (tls.cert === undefined) !== (tls.key === undefined)) {
      throw new WeirError(
        'WEIR_BAD_ARGUMENT',
        `${this.name}: a host, and a client certificate with its key or none`,
      )
    }
  }

  encode(record: ClearedRecord<'tenant'>): string {
    return messageOf(record)
  }

  async send({ key, entries }: Batch, signal: AbortSignal): Promise<void> {
    const bytes = Buffer.concat(entries.map(({ text }, i) => framed(text, key, i)))
    const limit = AbortSignal.timeout(this.options.overallMs ?? OVERALL_MS)
    const socket = this.#connect()
    const stop = (): void => void socket.destroy(new Error('no answer in time'))
    const either = AbortSignal.any([signal, limit])
    either.addEventListener('abort', stop)
    try {
      if (either.aborted) stop()
      await handedOver(socket, bytes)
    } catch (error) {
      throw new NotNow(`${this.options.url.host}: ${(error as Error).message}`)
    } finally {
      either.removeEventListener('abort', stop)
      socket.destroy()
    }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #connect(): TLSSocket {
    const { ca, cert, key } = this.options.tls ?? {}
    return connect({
      host: this.#host,
      port: this.#port,
      servername: /^[\d.]+$|:/.test(this.#host) ? '' : this.#host,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert, key }),
      minVersion: 'TLSv1.2',
    })
  }
}

/** Resolves when the receiver has read all of it, and closed its side. */
const handedOver = (socket: TLSSocket, bytes: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    let isWritten = false
    socket.once('error', reject)
    socket.once('secureConnect', () => {
      socket.write(bytes, () => (isWritten = true))
      socket.end()
    })
    socket.on('end', () => {
      if (isWritten) resolve()
      else reject(new Error('the receiver closed the connection'))
    })
    socket.on('close', () => reject(new Error('the connection was cut')))
    socket.resume()
  })
