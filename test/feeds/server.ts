import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A server on 127.0.0.1 that does what it is told, and remembers what it was asked. */
export class FeedServer implements AsyncDisposable {
  readonly requests: IncomingMessage[] = []
  #handlers = new Map<string, Handler>()
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => {
      this.requests.push(request)
      const handler = this.#handlers.get(request.url ?? '')
      if (handler) handler(request, response)
      else response.writeHead(404).end('nothing here')
    })
  }

  static async start(): Promise<FeedServer> {
    const server = new FeedServer()
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  on(path: string, handler: Handler): void {
    this.#handlers.set(path, handler)
  }

  /** The first request gets the first handler, and so on; the last stays. */
  inTurn(path: string, ...handlers: readonly Handler[]): void {
    let next = 0
    this.on(path, (request, response) => {
      handlers[Math.min(next++, handlers.length - 1)]!(request, response)
    })
  }

  /** `path` as the server's address. */
  url(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

export type Headers = Readonly<Record<string, string>>

/** Answers with `body`, and 304 to whoever has that ETag. */
export const serve =
  (body: string | Buffer, headers: Headers = {}): Handler =>
  (request, response) => {
    const { etag } = headers
    if (etag !== undefined && request.headers['if-none-match'] === etag) {
      response.writeHead(304, { etag }).end()
      return
    }
    response.writeHead(200, { 'content-length': Buffer.byteLength(body), ...headers }).end(body)
  }

/** Says that all of `body` follows, and cuts the connection after `bytes` of it. */
export const cutAfter =
  (body: string, bytes: number, headers: Headers = {}): Handler =>
  (_request, response) => {
    response.writeHead(200, { 'content-length': Buffer.byteLength(body), ...headers })
    // Long enough for a busy machine to read what was sent: the end of a connection overtakes it.
    response.write(body.slice(0, bytes), () => {
      setTimeout(() => response.destroy(), 250)
    })
  }

/** Plays along with ranges, if the If-Range is `etag`. */
export const serveRanges =
  (body: string, etag: string): Handler =>
  (request, response) => {
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
    if (!range || request.headers['if-range'] !== etag) {
      serve(body, { etag })(request, response)
      return
    }
    const from = Number(range[1])
    const size = Buffer.byteLength(body)
    response
      .writeHead(206, {
        etag,
        'content-range': `bytes ${from}-${size - 1}/${size}`,
        'content-length': size - from,
      })
      .end(body.slice(from))
  }

export const answer =
  (status: number, headers: Headers = {}, body = ''): Handler =>
  (_request, response) => {
    response.writeHead(status, headers).end(body)
  }
