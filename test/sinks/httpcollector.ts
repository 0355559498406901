import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { Scratch } from './spoolsupport.js'

/** What a collector does with a request, its body read. `take` counts it as arrived. */
export type Manner = (take: () => void, response: ServerResponse, request: IncomingMessage) => void

export const accept: Manner = (take, response) => {
  take()
  response.writeHead(204).end()
}
export const say =
  (status: number, headers: Readonly<Record<string, string>> = {}): Manner =>
  (_take, response) =>
    response.writeHead(status, headers).end('{"error": "so it is"}')
/** It has the batch, but nobody learns of it. */
export const takeAndCut: Manner = (take, response) => {
  take()
  response.destroy()
}
export const cut: Manner = (_take, response) => response.destroy()
export const garbage: Manner = (_take, response) =>
  response.socket?.end('\0\xff not HTTP at all \r\n\r\n')
export const silence: Manner = () => undefined

/** A collector on 127.0.0.1 that takes each key once. */
export class Collector implements AsyncDisposable {
  /** The lines that arrived, by idempotency key. */
  readonly taken = new Map<string, string[]>()
  readonly requests: { readonly key: string; readonly at: number; readonly body: string }[] = []
  readonly headers: IncomingMessage['headers'][] = []
  /** The first request gets the first manner, and so on; the last stays. */
  manners: Manner[] = [accept]
  decode: (body: Buffer, encoding: string | undefined) => Buffer = (body, encoding) =>
    encoding === 'gzip' ? gunzipSync(body) : body
  readonly server: Server
  readonly #scheme: string

  private constructor(secure?: ServerOptions) {
    const handler = (request: IncomingMessage, response: ServerResponse): void => {
      const chunks: Buffer[] = []
      request.on('error', () => undefined)
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => this.#receive(request, response, Buffer.concat(chunks)))
    }
    this.#scheme = secure ? 'https' : 'http'
    this.server = secure ? createSecureServer(secure, handler) : createServer(handler)
  }

  static async start(secure?: ServerOptions): Promise<Collector> {
    const collector = new Collector(secure)
    await new Promise<void>((resolve) => collector.server.listen(0, '127.0.0.1', resolve))
    return collector
  }

  get url(): URL {
    const { port } = this.server.address() as AddressInfo
    return new URL(`${this.#scheme}://localhost:${port}/v1/records`)
  }

  /** All that arrived. */
  get lines(): string[] {
    return [...this.taken.values()].flat()
  }

  #receive(request: IncomingMessage, response: ServerResponse, sent: Buffer): void {
    const key = String(request.headers['idempotency-key'])
    const body = this.decode(sent, request.headers['content-encoding']).toString()
    this.requests.push({ key, at: performance.now(), body })
    this.headers.push(request.headers)
    const take = (): void => {
      if (!this.taken.has(key)) this.taken.set(key, body.split('\n').slice(0, -1))
    }
    const manner = this.manners.length > 1 ? this.manners.shift()! : this.manners[0]!
    manner(take, response, request)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }
}

/** A certification authority with a certificate for localhost and one for a device, made by OpenSSL. */
export class TestCa implements Disposable {
  readonly #scratch = new Scratch()

  constructor() {
    this.#openssl(
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.pem',
    )
    for (const name of ['localhost', 'device']) this.#issue(name)
  }

  #issue(name: string): void {
    this.#openssl(
      `req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=${name} -addext subjectAltName=DNS:${name} -keyout ${name}.key -out ${name}.csr`,
    )
    this.#openssl(
      `x509 -req -in ${name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -copy_extensions copy -out ${name}.pem`,
    )
  }

  #openssl(line: string): void {
    execFileSync('openssl', line.split(' '), { cwd: this.#scratch.path, stdio: 'pipe' })
  }

  pem(name: string): string {
    return readFileSync(this.path(name), 'utf8')
  }

  path(name: string): string {
    return this.#scratch.join(name)
  }

  [Symbol.dispose](): void {
    this.#scratch[Symbol.dispose]()
  }
}
