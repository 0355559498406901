import { createSocket, type Socket as Udp } from 'node:dgram'
import { createServer as createHttp } from 'node:http'
import { createSecureServer, createServer as createHttp2 } from 'node:http2'
import { createServer, type Server, type Socket } from 'node:net'
import type { EventEmitter } from 'node:events'
import type { Live } from '../tun/live.js'
import type { Identity } from './certificate.js'
import { MARK } from './clients.js'
import { answerDns } from './dns.js'
import type { Http3 } from './http3.js'

const DNS = 53
const SSH = 22
const TLS_HANDSHAKE = 0x16
/** How HTTP/2 without TLS begins (RFC 9113 3.4); no method of HTTP/1 does. */
const H2_PREFACE = 'PRI'
const BODY = `${MARK}\n`

/** The flow that a socket of the origin belongs to: whom its client asked for. */
type Original = (transport: 'tcp' | 'udp', address: string, port: number) => number | undefined

/**
 * In the place of every server that clients ask for, on this host: DNS, HTTP/1, HTTP/2 and TLS over TCP; DNS, and HTTP/3 where
 * there is a server for it, over UDP; the first line of an SSH server.
 */
export class Origin {
  readonly #servers: Server[] = []
  readonly #sockets: Udp[] = []
  readonly #open = new Set<Socket>()
  readonly #known = new Map<string, readonly string[]>()
  #live: Live | undefined
  readonly #plain: EventEmitter
  readonly #plain2: EventEmitter
  readonly #secure: EventEmitter

  private constructor(
    { key, cert }: Identity,
    private readonly elsewhere: readonly string[],
    readonly http3: Http3 | undefined,
  ) {
    const respond = (_: unknown, response: { end(text: string): void }): void => response.end(BODY)
    this.#plain = createHttp(respond)
    this.#plain2 = createHttp2(respond)
    this.#secure = createSecureServer({ key, cert, allowHTTP1: true }, respond)
    for (const server of [this.#plain, this.#plain2, this.#secure]) {
      for (const event of ['sessionError', 'clientError', 'tlsClientError']) {
        server.on(event, () => {}) // clients that are refused break off
      }
    }
  }

  /** Listens on `own`; names that it is not told resolve to `elsewhere`. Gives the ports for the hairpin. */
  static async listen(
    own: readonly string[],
    identity: Identity,
    elsewhere: readonly string[],
    http3: Http3 | undefined,
  ): Promise<{ origin: Origin; tcpPort: number; udpPort: number }> {
    const origin = new Origin(identity, elsewhere, http3)
    let [tcpPort, udpPort] = [0, 0]
    for (const host of own) {
      tcpPort = await origin.#listenTcp(host, tcpPort)
      udpPort = await origin.#listenUdp(host, udpPort)
    }
    return { origin, tcpPort, udpPort }
  }

  /** From now on `name` resolves to these. */
  know(name: string, addresses: readonly string[]): void {
    this.#known.set(name, addresses)
  }

  attach(live: Live): void {
    this.#live = live
  }

  close(): void {
    for (const server of this.#servers) server.close()
    for (const socket of this.#open) socket.destroy()
    for (const socket of this.#sockets) socket.close()
  }

  readonly #lookUp = (name: string): readonly string[] => this.#known.get(name) ?? this.elsewhere

  readonly #original: Original = (transport, address, port) =>
    this.#live?.original(transport, address, port)?.server.port

  #listenTcp(host: string, port: number): Promise<number> {
    const server = createServer({ allowHalfOpen: false }, (socket) => this.#take(socket))
    this.#servers.push(server)
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port, exclusive: true }, () =>
        resolve((server.address() as { port: number }).port),
      )
    })
  }

  #listenUdp(host: string, port: number): Promise<number> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    this.#sockets.push(socket)
    socket.on('message', (message, { address, port: from }) => {
      const back = (answer: Uint8Array): void => socket.send(answer, from, address, () => {})
      if (this.#original('udp', address, from) !== DNS) {
        this.http3?.relay(`${address} ${from}`, message, back)
        return
      }
      const answer = answerDns(message, this.#lookUp)
      if (answer) back(answer)
    })
    return new Promise((resolve, reject) => {
      socket.once('error', reject)
      socket.bind({ address: host, port, exclusive: true }, () => resolve(socket.address().port))
    })
  }

  #take(socket: Socket): void {
    const { remoteAddress, remotePort } = socket
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
    socket.on('error', () => {})
    // Without an address: its client was reset meanwhile.
    const port = remoteAddress && this.#original('tcp', remoteAddress, remotePort ?? 0)
    if (port === SSH) socket.end(`SSH-2.0-${MARK}\r\n`)
    else if (port === DNS) this.#answerTcp(socket)
    else if (!port) socket.destroy()
    else socket.once('readable', () => this.#hand(socket))
  }

  /** To the server that the first bytes are for. */
  #hand(socket: Socket): void {
    const first = socket.read() as Buffer | null
    if (!first?.length) return
    socket.unshift(first)
    const isHttp2 = first.toString('latin1', 0, H2_PREFACE.length) === H2_PREFACE
    const server = first[0] === TLS_HANDSHAKE ? this.#secure : isHttp2 ? this.#plain2 : this.#plain
    server.emit('connection', socket)
  }

  /** Messages with their length in front (RFC 1035 4.2.2). */
  #answerTcp(socket: Socket): void {
    let rest = Buffer.alloc(0)
    socket.on('data', (data: Buffer) => {
      rest = Buffer.concat([rest, data])
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        const answer = answerDns(rest.subarray(2, 2 + rest.readUInt16BE(0)), this.#lookUp)
        rest = rest.subarray(2 + rest.readUInt16BE(0))
        if (answer)
          socket.write(Buffer.concat([Buffer.of(answer.length >> 8, answer.length & 255), answer]))
      }
    })
  }
}
