import { lookup as resolve } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { STATUS_CODES } from 'node:http'
import { Client, type Dispatcher } from 'undici'
import { WeirError } from '../errors.js'
import { type Address, chooseRoute, literalAddress, type RouteFacts } from './route.js'

/** How long, how much, how often. Times are in milliseconds. */
export interface FetchLimits {
  readonly connectMs: number
  readonly headersMs: number
  /** Between two pieces of a body. */
  readonly bodyMs: number
  /** For one list with all redirects, attempts and waits. */
  readonly overallMs: number
  /** Bytes of a body as it is received. */
  readonly receivedMax: number
  /** Bytes of a list, uncompressed. */
  readonly listMax: number
  readonly redirects: number
  /** Attempts after the first. */
  readonly retries: number
  /** The first wait is up to this, each further one up to twice as long. */
  readonly backoffMs: number
  /** A server that asks for a longer wait is left alone until the next update. */
  readonly retryAfterMs: number
}

export const LIMITS: FetchLimits = {
  connectMs: 10_000,
  headersMs: 30_000,
  bodyMs: 30_000,
  overallMs: 300_000,
  receivedMax: 1 << 27,
  listMax: 1 << 28,
  redirects: 5,
  retries: 3,
  backoffMs: 1000,
  retryAfterMs: 60_000,
}

export interface FetchOptions {
  readonly limits: FetchLimits
  /** Interface to send by, instead of what the kernel chooses. */
  readonly by?: string | undefined
  readonly facts?: RouteFacts | undefined
}

/** A fault that may pass: worth another attempt. */
export class PassingFault extends Error {
  constructor(
    message: string,
    /** What the server asked for, milliseconds. */
    readonly retryAfterMs?: number,
  ) {
    super(message)
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Uint8Array>
  /** To be called in the end; the connection is not used again. */
  close(): Promise<void>
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** GET, redirects followed: the way to each hop is looked at before a connection is made. */
export async function get(
  address: URL,
  headers: Record<string, string>,
  signal: AbortSignal,
  options: FetchOptions,
): Promise<Answer> {
  let url = address
  for (let hop = 0; hop <= options.limits.redirects; hop++) {
    const answer = await getOnce(url, headers, signal, options)
    if (!REDIRECTS.has(answer.status)) return answer
    await answer.close()
    url = nextHop(url, answer.headers['location'])
  }
  throw new WeirError(
    'WEIR_FETCH_FAILED',
    `${address.host} redirects more than ${options.limits.redirects} times`,
  )
}

/** Where a redirect leads. Throws WEIR_FETCH_FAILED for where it must not lead. */
export function nextHop(from: URL, location: string | undefined): URL {
  const refuse = (why: string): never => {
    throw new WeirError('WEIR_FETCH_FAILED', `${from.host} redirects ${why}`)
  }
  if (location === undefined || !URL.canParse(location, from.href)) return refuse('to nowhere')
  const to = new URL(location, from)
  if (to.protocol === 'http:' && from.protocol === 'https:') return refuse('from https to http')
  if (to.protocol !== 'http:' && to.protocol !== 'https:') return refuse(`to ${to.protocol}`)
  if (to.username || to.password) return refuse('to an address with a password')
  return to
}

async function getOnce(
  url: URL,
  headers: Record<string, string>,
  signal: AbortSignal,
  options: FetchOptions,
): Promise<Answer> {
  const { limits, by, facts } = options
  const peers = await within(signal, resolveHost(url))
  const { addresses, from } = await within(signal, chooseRoute(url.host, peers, by, facts))
  const client = new Client(url.origin, {
    connect: {
      timeout: limits.connectMs,
      lookup: answerWith(addresses),
      ...(from === undefined ? {} : { localAddress: from }),
    },
    headersTimeout: limits.headersMs,
    bodyTimeout: limits.bodyMs,
    pipelining: 1,
  })
  const close = (): Promise<void> => client.destroy()
  try {
    const path = url.pathname + url.search
    const response = await client.request({ method: 'GET', path, headers, signal })
    const { statusCode: status, body } = response
    return { status, headers: joined(response.headers), body: guarded(url, signal, body), close }
  } catch (error) {
    await close()
    throw faultOf(url, signal, error)
  }
}

async function resolveHost(url: URL): Promise<readonly Address[]> {
  const literal = literalAddress(url.hostname)
  if (literal) return [literal]
  try {
    const found = await resolve(url.hostname, { all: true })
    return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EAI_AGAIN') throw new PassingFault(`no name server answers for ${url.host}`)
    throw new WeirError('WEIR_FETCH_FAILED', `there is no host ${url.hostname} (${code ?? ''})`)
  }
}

/** What was looked at is what is connected to: names are not resolved again. */
function answerWith(addresses: readonly Address[]): LookupFunction {
  return (_host, { all }, done) => {
    if (all) done(null, [...addresses])
    else done(null, addresses[0]!.address, addresses[0]!.family)
  }
}

function joined(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]): [string, string] => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ])
  return Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(entries))
}

async function* guarded(
  url: URL,
  signal: AbortSignal,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    throw faultOf(url, signal, error)
  }
}

/** Rejects when the time is over, whatever `promise` does. */
export async function within<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  let stop: (() => void) | undefined
  const over = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([promise, over])
  } finally {
    signal.removeEventListener('abort', stop!)
  }
}

const PASSING: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses connections',
  ECONNRESET: 'cut the connection',
  EPIPE: 'cut the connection',
  ETIMEDOUT: 'does not answer',
  EHOSTUNREACH: 'is not reached',
  ENETUNREACH: 'is not reached',
  UND_ERR_CONNECT_TIMEOUT: 'does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'accepts the connection and then says nothing',
  UND_ERR_BODY_TIMEOUT: 'stops in the middle',
  UND_ERR_SOCKET: 'cut the connection',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'sends another length than it says',
}

/** What undici or node threw, as a sentence. */
function faultOf(url: URL, signal: AbortSignal, error: unknown): unknown {
  if (signal.aborted || error instanceof WeirError || error instanceof PassingFault) return error
  const { code = '', message } = error as NodeJS.ErrnoException
  const said = Object.hasOwn(PASSING, code) ? PASSING[code] : undefined
  if (said !== undefined) return new PassingFault(`${url.host} ${said}`)
  return new WeirError('WEIR_FETCH_FAILED', `${url.host}: ${message}`, { cause: error })
}

/** How a status is told to people: "404 Not Found". */
export const statusText = (status: number): string =>
  `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd()
