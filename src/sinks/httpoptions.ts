// How a collector is reached, and what it is shown.
import { WeirError } from '../errors.js'

export const COMPRESSIONS = ['gzip', 'zstd', 'none'] as const
export type Compression = (typeof COMPRESSIONS)[number]

export interface TlsFiles {
  /** PEM: who may have signed the collector's certificate, instead of whom Node trusts. */
  readonly ca?: string | undefined
  /** PEM: the client's certificate and its key. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

export interface HttpSinkOptions {
  /** https:, or http: to this host itself. */
  readonly url: URL
  readonly tls?: TlsFiles
  /** Bearer token (RFC 6750). */
  readonly token?: string | undefined
  /** gzip; zstd where Node has it, else gzip. */
  readonly compression?: Compression
  /** Of the proxy; undefined: as HTTPS_PROXY, HTTP_PROXY and NO_PROXY say; null: none. */
  readonly proxy?: string | null
  readonly timeouts?: Partial<HttpTimeouts>
}

/** Milliseconds. */
export interface HttpTimeouts {
  readonly connectMs: number
  /** Until the collector answers. */
  readonly headersMs: number
  /** For one batch in all. */
  readonly overallMs: number
}

export const HTTP_TIMEOUTS: HttpTimeouts = {
  connectMs: 10_000,
  headersMs: 60_000,
  overallMs: 120_000,
}

const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Throws WEIR_BAD_ARGUMENT where records would go over a network in the clear, or secrets stand in the address. */
export function refuseUnsafe({ url, token, tls = {} }: HttpSinkOptions): void {
  const refuse = (why: string): never => {
    throw new WeirError('WEIR_BAD_ARGUMENT', `${url.host}: ${why}`)
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') refuse('a collector is at https://')
  if (url.protocol === 'http:' && !LOCAL.has(url.hostname)) {
    refuse('http:// is for a collector on this host only: use https://')
  }
  if (url.username || url.password) refuse('no password in the address: use a token')
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    refuse('a client certificate and its key go together')
  }
  if (token !== undefined && !/^[\w\-.~+/]+=*$/.test(token)) refuse('that is no bearer token')
}

/** The proxy for an address by the environment (as curl has it): undefined for none. */
export function proxyOf(url: URL, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const said = (name: string): string | undefined =>
    env[name.toLowerCase()] ?? (name === 'HTTP_PROXY' ? undefined : env[name])
  if (isExempt(url, said('NO_PROXY') ?? '')) return undefined
  const proxy = said(url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY') ?? said('ALL_PROXY')
  return proxy === '' ? undefined : proxy
}

/** A name or an address, the one of IPv6 in brackets where a port follows. */
const ITEM = /^(\[[^\]]*\](?=:|$)|[^:]*(?=:\d+$|$)|.*)(?::(\d+))?$/

/** NO_PROXY: names with all below them, a port behind them or not, and * for all. */
function isExempt({ hostname, port, protocol }: URL, list: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  const ownPort = port || (protocol === 'https:' ? '443' : '80')
  return list.split(/[\s,]+/).some((item) => {
    const [, name = '', itsPort] = ITEM.exec(item.toLowerCase()) ?? []
    if (name === '*') return true
    if (itsPort !== undefined && itsPort !== ownPort) return false
    const suffix = name.replace(/^\*?\./, '').replace(/^\[|\]$/g, '')
    return suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`))
  })
}
