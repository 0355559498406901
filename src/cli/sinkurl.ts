// --sink URL: where records go that leave the device.
import { readFileSync } from 'node:fs'
import { WeirError } from '../errors.js'
import type { TlsFiles } from '../sinks/httpoptions.js'
import type { Transport } from '../sinks/spoolsink.js'
import { UsageError } from './exit.js'

export interface SinkAccess {
  readonly token?: string | undefined
  readonly tls: TlsFiles
}

/** Files of --sink-token, --sink-ca, --sink-cert and --sink-key. */
export interface AccessFiles {
  readonly token?: string | undefined
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

/** Throws WEIR_CANNOT_READ. */
export function readAccess({ token, ca, cert, key }: AccessFiles): SinkAccess {
  return { token: read(token)?.trim(), tls: { ca: read(ca), cert: read(cert), key: read(key) } }
}

function read(path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new WeirError('WEIR_CANNOT_READ', `${path}: ${(cause as Error).message}`, { cause })
  }
}

/** Throws UsageError, and WEIR_BAD_ARGUMENT as the sink's own. */
export async function transportOf(text: string, access: SinkAccess): Promise<Transport> {
  const { token, tls } = access
  const scheme = /^([a-z+]+):\/\/./.exec(text)?.[1]
  if (scheme === undefined || !URL.canParse(text)) throw unknown(text)
  switch (scheme) {
    case 'https':
    case 'http': {
      const { HttpTransport } = await import('../sinks/http.js')
      return new HttpTransport({ url: new URL(text), token, tls })
    }
    case 'clickhouse': {
      const { ClickHouseTransport } = await import('../sinks/clickhouse.js')
      return new ClickHouseTransport({ url: clickHouseUrl(text), password: token, tls })
    }
    case 'syslog+tls': {
      const { SyslogTransport } = await import('../sinks/syslog.js')
      return new SyslogTransport({ url: new URL(text), tls })
    }
    case 'otlp+https':
    case 'otlp+http': {
      const { OtlpTransport } = await import('../sinks/otlp.js')
      return new OtlpTransport({ url: new URL(text.replace('otlp+', '')), token, tls })
    }
    default:
      throw unknown(text)
  }
}

/** Its HTTP interface: with TLS, except on this host itself. */
export function clickHouseUrl(text: string): URL {
  if (!/^clickhouse:\/\/./.test(text) || !URL.canParse(text)) throw unknown(text)
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(new URL(text).hostname)
  const url = new URL(text.replace('clickhouse:', isLocal ? 'http:' : 'https:'))
  if (url.password) throw new UsageError('no password on the command line: it is in a file')
  if (!url.port) url.port = isLocal ? '8123' : '8443'
  return url
}

const unknown = (text: string): UsageError =>
  new UsageError(
    `--sink ${text.slice(0, 60)}: https://, clickhouse://, syslog+tls:// or otlp+https://, and a host`,
  )
