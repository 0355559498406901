// Batches as OpenTelemetry logs, over HTTP, by its SDK.
import { SeverityNumber } from '@opentelemetry/api-logs'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { LoggerProvider, type ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { ClearedRecord } from '../privacy/gate.js'
import { type HttpSinkOptions, refuseUnsafe } from './httpoptions.js'
import type { Batch } from './spool.js'
import type { SpoolEntry } from './spoolsegment.js'
import { NotNow, Refused } from './spoolretry.js'
import type { Transport } from './spoolsink.js'

export type OtlpOptions = Pick<HttpSinkOptions, 'url' | 'tls' | 'token' | 'compression'>

const TIMEOUT_MS = 60_000
/** What of OTLP's answers will be the same each time; others may pass. */
const FOR_GOOD = new Set([400, 405, 406, 413, 414, 415, 422])

export class OtlpTransport implements Transport {
  readonly name: string
  readonly #exporter: OTLPLogExporter
  readonly #provider: LoggerProvider
  #emitted: ReadableLogRecord[] = []

  /** `url` is the receiver's own, of logs: https://HOST:4318/v1/logs. Throws WEIR_BAD_ARGUMENT. */
  constructor(private readonly options: OtlpOptions) {
    refuseUnsafe(options)
    const { url, token, tls = {}, compression = 'gzip' } = options
    this.name = `otlp+${url.origin}${url.pathname}`
    this.#exporter = new OTLPLogExporter({
      url: url.href,
      timeoutMillis: TIMEOUT_MS,
      concurrencyLimit: 1,
      compression: (compression === 'none' ? 'none' : 'gzip') as never,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      httpAgentOptions: { keepAlive: true, ...defined(tls) },
    })
    this.#provider = new LoggerProvider({
      // No host, no process: what the SDK could find out itself is in no inventory.
      resource: resourceFromAttributes({ 'service.name': 'weir' }),
      processors: [
        {
          onEmit: (record) => void this.#emitted.push(record),
          forceFlush: () => Promise.resolve(),
          shutdown: () => Promise.resolve(),
        },
      ],
    })
  }

  encode(record: ClearedRecord<'tenant'>): string {
    return JSON.stringify(record)
  }

  async send({ key, entries }: Batch, signal: AbortSignal): Promise<void> {
    const records = this.#recordsOf(key, entries)
    const { error } = await new Promise<{ error?: Error }>((resolve) => {
      signal.addEventListener('abort', () => resolve({ error: new Error('broken off') }), {
        once: true,
      })
      this.#exporter.export(records, (result) =>
        resolve(result.error ? { error: result.error } : {}),
      )
    })
    if (!error) return
    const { code } = error as { code?: unknown }
    const { host } = this.options.url
    const said = typeof code === 'number' ? `${host} answers ${code}` : `${host} does not take logs`
    throw typeof code === 'number' && FOR_GOOD.has(code) ? new Refused(said) : new NotNow(said)
  }

  async close(): Promise<void> {
    await this.#exporter.shutdown()
    await this.#provider.shutdown()
  }

  /** Batch and position tell a receiver what came twice. */
  #recordsOf(key: string, entries: readonly SpoolEntry[]): ReadableLogRecord[] {
    const logger = this.#provider.getLogger('weir')
    this.#emitted = []
    entries.forEach(({ kind, text }, position) => {
      const record = JSON.parse(text) as Readonly<Record<string, unknown>>
      const { end, time, action, verdict } = record
      const isWarning = typeof action === 'string' && verdict !== undefined && !HARMLESS.has(action)
      logger.emit({
        eventName: `weir.${kind}`,
        timestamp: new Date(String(end ?? time)),
        severityNumber: isWarning ? SeverityNumber.WARN : SeverityNumber.INFO,
        body: text,
        attributes: { 'weir.batch': key, 'weir.position': position, ...attributesOf(record) },
      })
    })
    return this.#emitted
  }
}

const HARMLESS: ReadonlySet<string> = new Set(['none', 'allow'])

/** What logs are searched by; the body has all of it. */
function attributesOf(record: Readonly<Record<string, unknown>>): Record<string, string> {
  const attributes = new Map<string, string>()
  for (const name of ['verdict', 'action', 'protocol', 'host', 'category']) {
    const value = record[name]
    if (typeof value === 'string') attributes.set(`weir.${name}`, value)
  }
  return Object.fromEntries(attributes)
}

const defined = ({
  ca,
  cert,
  key,
}: {
  ca?: string | undefined
  cert?: string | undefined
  key?: string | undefined
}) => ({
  ...(ca === undefined ? {} : { ca }),
  ...(cert === undefined ? {} : { cert, key: key! }),
})
