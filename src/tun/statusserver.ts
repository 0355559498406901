import { unlinkSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, isIP } from 'node:net'
import { WeirError } from '../errors.js'
import type { Live } from './live.js'
import type { Bypasses } from '../engine/bypasses.js'
import { answerBypasses } from './bypassroutes.js'
import { METRICS_TYPE, metricsText } from './metrics.js'
import type { StatusSource } from './status.js'
import { type Answer, json, line } from './statusanswer.js'

const PATHS = '/health, /status, /metrics, /original and /bypasses'
/** Whoever asks is on this host, and asks for little. */
const LIMITS = {
  maxHeaderSize: 4096,
  headersTimeout: 2000,
  requestTimeout: 2000,
  connectionsCheckingInterval: 1000,
} as const
const CONNECTIONS_MAX = 16

/**
 * HTTP on a Unix socket that only its owner may use: `GET /health`, `/status` (JSON), `/metrics` (Prometheus) and, for a
 * listener that allowed flows are sent to, `/original?transport=tcp&address=198.18.0.2&port=40000`. `/bypasses` is what
 * bypassroutes.ts says.
 */
export class StatusServer {
  #ask: ((method: string, path: string, query: URLSearchParams) => Answer | undefined) | undefined

  private constructor(private readonly server: Server) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      this.#respond(request, response),
    )
  }

  /** What is left of a process that was killed gives way; a socket that somebody listens on does not. */
  static async listen(path: string): Promise<StatusServer> {
    if (await isAlive(path)) {
      throw new WeirError('WEIR_DEVICE_BUSY', `${path}: another weir has it; say --socket PATH`)
    }
    const server = createServer(LIMITS)
    server.maxConnections = CONNECTIONS_MAX
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) =>
        reject(new WeirError('WEIR_CANNOT_WRITE', `${path}: ${cause.message}`, { cause })),
      )
      const mask = process.umask(0o177)
      server.listen(path, resolve)
      process.umask(mask)
    })
    return new StatusServer(server)
  }

  /** From now on it has something to say. */
  attach(source: StatusSource, live: Live, bypasses: Bypasses): void {
    this.#ask = (method, path, query) => {
      if (path === '/bypasses') return answerBypasses(bypasses, method, query)
      if (method !== 'GET') return line('only GET', 405)
      if (path === '/original') return original(live, query)
      const status = source.read()
      if (path === '/health') return line('ok')
      if (path === '/status') return json(status)
      if (path === '/metrics') return { type: METRICS_TYPE, text: metricsText(status) }
      return undefined
    }
  }

  close(): void {
    this.server.close()
    this.server.closeAllConnections()
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('connection', 'close')
    if (!this.#ask) return end(response, 503, 'not up yet')
    const [path = '', query = ''] = (request.url ?? '').split('?')
    const answer = this.#ask(request.method ?? '', path, new URLSearchParams(query))
    if (!answer) return end(response, 404, `there is ${PATHS}`)
    response.statusCode = answer.status ?? 200
    response.setHeader('content-type', answer.type)
    response.end(answer.text)
  }
}

function end(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status
  response.end(`${text}\n`)
}

function original(live: Live, query: URLSearchParams): Answer | undefined {
  const transport = query.get('transport')
  const address = query.get('address') ?? ''
  const port = Number(query.get('port'))
  if (
    (transport !== 'tcp' && transport !== 'udp') ||
    !isIP(address) ||
    !(port > 0 && port < 65_536)
  )
    return undefined
  const flow = live.original(transport, address, Math.trunc(port))
  return flow === null ? undefined : json(flow)
}

/** Whether somebody listens there; what nobody listens on is taken away. */
function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') unlinkSync(path)
      resolve(false)
    })
  })
}
