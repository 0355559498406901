import { setTimeout as sleep } from 'node:timers/promises'
import { WeirError } from '../errors.js'
import type { Validators } from './entry.js'
import { ifRange, Part } from './part.js'
import {
  type Answer,
  type FetchLimits,
  type FetchOptions,
  get,
  PassingFault,
  statusText,
} from './request.js'

export interface Wanted {
  /** http: or https: */
  readonly url: URL
  /** Where the download grows, and is gone on with. */
  readonly part: string
  /** Of the copy that is there already; none where it is wanted in any case. */
  readonly have: Validators
  readonly progress?: ((bytes: number) => void) | undefined
}

/** What came, as it was sent: `encoding` is its Content-Encoding. */
export interface Download {
  readonly bytes: Buffer
  readonly encoding: string
  readonly validators: Validators
}

const PASSING = new Set([408, 425, 429, 500, 502, 503, 504])
const VALIDATOR_MAX = 1024

/**
 * Fetches `wanted`; undefined where what is there already is the latest. What passes is tried again, from where
 * it broke off if the server plays along. The part stays until whoever asked has removed it.
 */
export async function download(
  wanted: Wanted,
  options: FetchOptions,
): Promise<Download | undefined> {
  const { limits } = options
  const signal = AbortSignal.timeout(limits.overallMs)
  for (let attempt = 0; ; attempt++) {
    try {
      return await fetchOnce(wanted, signal, options)
    } catch (error) {
      if (signal.aborted) throw tooLong(wanted, limits)
      if (!(error instanceof PassingFault)) throw error
      if (attempt === limits.retries) throw gaveUp(error, attempt + 1)
      await pause(error, attempt, signal, wanted, limits)
    }
  }
}

async function pause(
  fault: PassingFault,
  attempt: number,
  signal: AbortSignal,
  wanted: Wanted,
  limits: FetchLimits,
): Promise<void> {
  const { retryAfterMs = 0 } = fault
  if (retryAfterMs > limits.retryAfterMs) {
    const seconds = Math.ceil(retryAfterMs / 1000)
    throw new WeirError('WEIR_FETCH_FAILED', `${fault.message}, and asks to wait ${seconds} s`)
  }
  const jitter = Math.random() * limits.backoffMs * 2 ** attempt
  await sleep(retryAfterMs + jitter, undefined, { signal }).catch(() => {
    throw tooLong(wanted, limits)
  })
}

const tooLong = ({ url }: Wanted, { overallMs }: FetchLimits): WeirError =>
  new WeirError('WEIR_FETCH_FAILED', `${url.host}: not done within ${overallMs / 1000} s`)

const gaveUp = (fault: PassingFault, attempts: number): WeirError =>
  new WeirError('WEIR_FETCH_FAILED', `${fault.message} (${attempts} attempts)`, { cause: fault })

async function fetchOnce(
  wanted: Wanted,
  signal: AbortSignal,
  options: FetchOptions,
): Promise<Download | undefined> {
  let part = await Part.resume(wanted.part, wanted.url.href)
  try {
    const answer = await get(wanted.url, headersFor(wanted, part), signal, options)
    try {
      if (answer.status === 304 && hasValidators(wanted.have)) return undefined
      if (answer.status === 206 && part) {
        checkRange(wanted, part, answer)
      } else {
        part = await replaced(part, wanted, answer)
      }
      await receive(wanted, part, answer, options.limits)
    } finally {
      await answer.close()
    }
    const { etag, lastModified, encoding } = part.head
    const validators = { ...defined({ etag, lastModified }), ...validatorsOf(answer) }
    return { bytes: await part.content(), encoding, validators }
  } catch (error) {
    if (error instanceof PartRefused) await part?.remove()
    throw error
  } finally {
    await part?.close().catch(() => undefined)
  }
}

/** The part does not fit what the server has now: it goes, and the next attempt begins anew. */
class PartRefused extends PassingFault {}

const hasValidators = ({ etag, lastModified }: Validators): boolean =>
  etag !== undefined || lastModified !== undefined

function headersFor({ have }: Wanted, part: Part | undefined): Record<string, string> {
  return {
    'user-agent': 'weir',
    accept: 'text/plain, */*;q=0.5',
    'accept-encoding': 'gzip, br, deflate',
    ...(have.etag === undefined ? {} : { 'if-none-match': have.etag }),
    ...(have.lastModified === undefined ? {} : { 'if-modified-since': have.lastModified }),
    ...(part ? { range: `bytes=${part.length}-`, 'if-range': ifRange(part.head)! } : {}),
  }
}

/** A new part for an answer with the whole; throws for any other answer. */
async function replaced(part: Part | undefined, wanted: Wanted, answer: Answer): Promise<Part> {
  const { status, headers } = answer
  const said = `${wanted.url.host} answers ${statusText(status)}`
  if (part && (status === 416 || status === 206)) throw new PartRefused(said)
  if (PASSING.has(status)) throw new PassingFault(said, retryAfter(headers['retry-after']))
  if (status !== 200) throw new WeirError('WEIR_FETCH_FAILED', said)
  await part?.remove()
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? ''
  return Part.begin(wanted.part, { url: wanted.url.href, encoding, ...partValidators(answer) })
}

/** Throws PartRefused where what comes is not what the part lacks (RFC 9110 14.4, 15.3.7). */
function checkRange({ url }: Wanted, part: Part, { headers }: Answer): void {
  const range = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(headers['content-range'] ?? '')
  const refuse = (why: string): never => {
    throw new PartRefused(`${url.host} sends ${why} than the part that is missing`)
  }
  if (!range || Number(range[1]) !== part.length) return refuse('other bytes')
  if (range[3] !== '*' && Number(range[2]) + 1 !== Number(range[3])) return refuse('fewer bytes')
  const { etag, lastModified, encoding } = part.head
  const changed = (was: string | undefined, is: string | undefined): boolean =>
    was !== undefined && is !== undefined && was !== is
  if (changed(etag, headers['etag'])) return refuse('another version')
  if (changed(lastModified, headers['last-modified'])) return refuse('another version')
  if (changed(encoding, headers['content-encoding'])) return refuse('another encoding')
}

async function receive(
  { url, progress }: Wanted,
  part: Part,
  { headers, body }: Answer,
  { receivedMax }: FetchLimits,
): Promise<void> {
  const length = headers['content-length']
  const expected = length === undefined ? undefined : part.length + Number(length)
  const tooBig = async (): Promise<never> => {
    await part.remove()
    const most = `the most that is taken is ${receivedMax} bytes`
    throw new WeirError('WEIR_FETCH_FAILED', `${url.host} sends too much: ${most}`)
  }
  if (expected !== undefined && expected > receivedMax) return tooBig()
  for await (const chunk of body) {
    if (part.length + chunk.length > receivedMax) return tooBig()
    await part.append(chunk)
    progress?.(chunk.length)
  }
  if (expected !== undefined && part.length !== expected) {
    throw new PassingFault(`${url.host} sends ${part.length} bytes of ${expected}`)
  }
}

function validatorsOf({ headers }: Answer): Validators {
  const { etag, 'last-modified': lastModified } = headers
  return defined({
    etag: isValidator(etag) ? etag : undefined,
    lastModified: isValidator(lastModified) ? lastModified : undefined,
  })
}

const defined = ({ etag, lastModified }: Record<keyof Validators, string | undefined>) => ({
  ...(etag === undefined ? {} : { etag }),
  ...(lastModified === undefined ? {} : { lastModified }),
})

const isValidator = (value: string | undefined): value is string =>
  value !== undefined && value !== '' && value.length <= VALIDATOR_MAX && !/\p{Cc}/u.test(value)

/**
 * For a part, a Last-Modified counts only where the answer is at least a second younger: else there may
 * have been another version within that second (RFC 9110 8.8.2.2).
 */
function partValidators(answer: Answer): Validators {
  const { lastModified, ...rest } = validatorsOf(answer)
  const age = Date.parse(answer.headers['date'] ?? '') - Date.parse(lastModified ?? '')
  return age >= 1000 && lastModified !== undefined ? { ...rest, lastModified } : rest
}

/** Seconds, or a date (RFC 9110 10.2.3), as milliseconds from now. */
function retryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  const seconds = Number(value)
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(wait) ? Math.max(wait, 0) : undefined
}
