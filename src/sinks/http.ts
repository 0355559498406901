// Batches to a collector: POST of NDJSON, which the collector has taken when it answers 2xx.
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import type { ClearedRecord } from '../privacy/gate.js'
import {
  type Compression,
  HTTP_TIMEOUTS,
  type HttpSinkOptions,
  proxyOf,
  refuseUnsafe,
} from './httpoptions.js'
import type { Batch } from './spool.js'
import { NotNow, Refused, retryAfterMs } from './spoolretry.js'
import type { Transport } from './spoolsink.js'

/** Of the 4xx, those of which the reason may go away: a token that is renewed, a collector that is not there yet. */
const MAY_PASS = new Set([401, 403, 404, 407, 408, 409, 421, 423, 425, 429])
/** What of an answer is read, to use the connection again. */
const ANSWER_MAX = 1 << 16

export class HttpTransport implements Transport {
  readonly name: string
  readonly #dispatcher: Dispatcher
  readonly #headers: Readonly<Record<string, string>>
  readonly #compress: Compress

  /** Throws WEIR_BAD_ARGUMENT. */
  constructor(private readonly options: HttpSinkOptions) {
    refuseUnsafe(options)
    this.name = options.url.origin + options.url.pathname
    this.#dispatcher = dispatcherOf(options)
    const { encoding, compress } = compressorOf(options.compression ?? 'gzip')
    this.#compress = compress
    this.#headers = {
      'user-agent': 'weir',
      'content-type': 'application/x-ndjson',
      ...(encoding ? { 'content-encoding': encoding } : {}),
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    }
  }

  encode(record: ClearedRecord<'tenant'>): string {
    return JSON.stringify(record)
  }

  async send({ key, entries }: Batch, signal: AbortSignal): Promise<void> {
    const { url, timeouts } = this.options
    const { overallMs } = { ...HTTP_TIMEOUTS, ...timeouts }
    const text = entries.map((entry) => `${entry.text}\n`).join('')
    const response = await this.#dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'POST',
      headers: { ...this.#headers, 'idempotency-key': key },
      body: await this.#compress(Buffer.from(text)),
      signal: AbortSignal.any([signal, AbortSignal.timeout(overallMs)]),
    })
    await response.body.dump({ limit: ANSWER_MAX }).catch(() => undefined)
    this.#judge(response)
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy()
  }

  #judge({ statusCode: status, headers }: Dispatcher.ResponseData): void {
    if (status >= 200 && status < 300) return
    const said = `${this.options.url.host} answers ${status}`
    if (status >= 400 && status < 500 && !MAY_PASS.has(status)) throw new Refused(said)
    throw new NotNow(said, retryAfterMs(one(headers['retry-after']), one(headers['date'])))
  }
}

const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value

function dispatcherOf({ url, tls = {}, proxy, timeouts }: HttpSinkOptions): Dispatcher {
  const { connectMs, headersMs } = { ...HTTP_TIMEOUTS, ...timeouts }
  const secure = {
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert, key: tls.key! }),
  }
  const limits = {
    headersTimeout: headersMs,
    bodyTimeout: headersMs,
    pipelining: 1,
    connections: 1,
  }
  const uri = proxy === undefined ? proxyOf(url) : proxy
  if (uri === undefined || uri === null) {
    return new Agent({ ...limits, connect: { ...secure, timeout: connectMs } })
  }
  return new ProxyAgent({
    ...limits,
    uri,
    requestTls: { ...secure, timeout: connectMs },
    proxyTls: { timeout: connectMs },
    // Through a tunnel always: a proxy sees no records.
    proxyTunnel: true,
  })
}

type Compress = (bytes: Buffer) => Promise<Buffer>

function compressorOf(wanted: Compression): { encoding?: string; compress: Compress } {
  if (wanted === 'none') return { compress: (bytes) => Promise.resolve(bytes) }
  const { zstdCompress } = zlib as { zstdCompress?: typeof zlib.gzip } // Node 22.15 and later
  if (wanted === 'zstd' && zstdCompress) {
    return { encoding: 'zstd', compress: promisify(zstdCompress) }
  }
  return { encoding: 'gzip', compress: promisify(zlib.gzip) }
}
