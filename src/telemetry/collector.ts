// The collector for tests and small teams: takes what devices send, checks it, and keeps it.
import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import rateLimit from '@fastify/rate-limit'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { WeirError } from '../errors.js'
import type { Collected, Sender } from './collected.js'
import type { Elsewhere } from './elsewhere.js'
import { DEVICE_NAME } from './devicename.js'
import { BadLine, LineReader } from './lines.js'
import { Answer, BODY_MAX, ENCODINGS, unpack } from './unpack.js'

export interface CollectorTls {
  /** PEM. */
  readonly cert: string
  readonly key: string
  /** PEM: a device that shows a certificate of these needs no token; its common name is the device's. */
  readonly clientCa?: string | undefined
}

export interface CollectorOptions {
  readonly host: string
  /** 0: any. */
  readonly port: number
  readonly tls?: CollectorTls | undefined
  /** Requests that a device may make in a minute. */
  readonly perMinute?: number
  /** Where records go instead; devices, tokens and keys stay. Closed with the collector. */
  readonly elsewhere?: Elsewhere | undefined
}

export const PER_MINUTE = 600
const ENROLMENTS_PER_MINUTE = 10
const TIMEOUT_MS = 60_000
const CONNECTIONS_MAX = 1000
const KEY = /^[\w-]{8,64}$/
/** Beside what devices wait by themselves. */
const RETRY_S = 5
const PRUNE_MS = 3_600_000

declare module 'fastify' {
  interface FastifyRequest {
    sender: Sender | null
  }
}

/** A collector that listens. */
export class Collector {
  readonly #prune: NodeJS.Timeout

  private constructor(
    private readonly app: FastifyInstance,
    private readonly kept: Collected,
    readonly url: URL,
    private readonly elsewhere: Elsewhere | undefined,
  ) {
    this.#prune = setInterval(() => kept.prune(), PRUNE_MS).unref()
  }

  /** `kept` is closed with the collector. Throws WEIR_BAD_ARGUMENT where records would go over a network in the clear. */
  static async listen(kept: Collected, options: CollectorOptions): Promise<Collector> {
    const { host, port, tls } = options
    if (!tls && !isLoopback(host)) {
      throw new WeirError(
        'WEIR_BAD_ARGUMENT',
        `${host} is reached over a network: give --cert and --key`,
      )
    }
    kept.prune()
    const app = await appOf(kept, options)
    const address = await app.listen({ host, port }).catch((cause: unknown) => {
      throw new WeirError('WEIR_BAD_ARGUMENT', `cannot listen: ${(cause as Error).message}`, {
        cause,
      })
    })
    return new Collector(app, kept, new URL(address), options.elsewhere)
  }

  async close(): Promise<void> {
    clearInterval(this.#prune)
    await this.app.close()
    await this.elsewhere?.close()
    this.kept.close()
  }
}

export const isLoopback = (host: string): boolean =>
  host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

async function appOf(kept: Collected, options: CollectorOptions): Promise<FastifyInstance> {
  const app = make(options)
  const lines = await LineReader.open()
  app.server.maxConnections = CONNECTIONS_MAX
  app.decorateRequest('sender', null)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-ndjson', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  )
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  )
  app.setErrorHandler(answerError)
  app.get('/healthz', () => ({ status: 'ok', ...kept.counts() }))
  await app.register(async (records) => {
    // Before the limit, which is each device's own; and before a body is read.
    records.addHook('onRequest', (request, _reply, done) => {
      request.sender = senderOf(request, kept)
      done()
    })
    await records.register(rateLimit, {
      max: options.perMinute ?? PER_MINUTE,
      keyGenerator: (request: FastifyRequest) => String(request.sender?.id),
    })
    records.post('/v1/records', (request) => takeRecords(request, kept, lines, options.elsewhere))
  })
  await app.register(async (enrolment) => {
    await enrolment.register(rateLimit, { max: ENROLMENTS_PER_MINUTE })
    enrolment.post('/v1/enrol', (request) => enrol(request, kept))
  })
  await app.ready()
  return app
}

function make({ tls }: CollectorOptions): FastifyInstance {
  const common = {
    bodyLimit: BODY_MAX,
    connectionTimeout: TIMEOUT_MS,
    requestTimeout: TIMEOUT_MS,
    forceCloseConnections: 'idle',
  } as const
  if (!tls) return Fastify(common)
  const { cert, key, clientCa } = tls
  const client = clientCa === undefined ? {} : { ca: clientCa, requestCert: true }
  const https = { cert, key, minVersion: 'TLSv1.2', rejectUnauthorized: false, ...client } as const
  return Fastify({ ...common, https })
}

/** By its certificate, or by its token (RFC 6750). */
function senderOf({ raw, headers }: FastifyRequest, kept: Collected): Sender {
  const socket = raw.socket as Partial<TLSSocket>
  const name = socket.authorized ? socket.getPeerCertificate?.().subject.CN : undefined
  if (typeof name === 'string' && DEVICE_NAME.test(name)) return kept.device(name)
  const [, token] = /^Bearer ([\w\-.~+/]{1,256}=*)$/i.exec(headers.authorization ?? '') ?? []
  const sender = token === undefined ? undefined : kept.senderOf(token)
  if (!sender) throw new Answer(401, 'a token of this collector is needed: weir enrol')
  return sender
}

async function takeRecords(
  { headers, body, sender }: FastifyRequest,
  kept: Collected,
  lines: LineReader,
  elsewhere: Elsewhere | undefined,
): Promise<object> {
  const key = headers['idempotency-key']
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw new Answer(400, 'an Idempotency-Key of 8 to 64 letters is needed')
  }
  if (!Buffer.isBuffer(body)) throw new Answer(415, 'this collector takes application/x-ndjson')
  if (kept.has(sender!, key)) return { records: 0, isRepeat: true }
  const records = lines.read(await unpack(body, headers['content-encoding']))
  return (elsewhere ?? kept).take(sender!, key, records)
}

function enrol({ body }: FastifyRequest, kept: Collected): object {
  const enrolled = kept.enrol(codeOf(body))
  if (!enrolled) throw new Answer(403, 'that code was used, has expired, or never was one')
  return enrolled
}

function codeOf(body: unknown): string {
  try {
    const { code } = JSON.parse(String(body)) as { code?: unknown }
    if (typeof code === 'string' && code.length <= 256) return code
  } catch {
    // Not JSON, or not an object.
  }
  throw new Answer(400, 'a body {"code": "…"} is needed')
}

/** Nothing of what was sent is in an answer. */
function answerError(error: unknown, _request: FastifyRequest, reply: FastifyReply): void {
  if (error instanceof BadLine) {
    reply.code(422).send({ error: error.message, line: error.line })
    return
  }
  const { statusCode, message } = error as { statusCode?: number; message: string }
  const status = error instanceof Answer ? error.status : (statusCode ?? 500)
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  if (status === 503) reply.header('retry-after', String(RETRY_S))
  if (status === 415) reply.header('accept-encoding', ENCODINGS)
  // A disk that is full may not be so for ever: the device tries again.
  reply
    .code(status)
    .send({ error: status < 500 || error instanceof Answer ? message : 'the collector failed' })
}
