import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { EventEmitter } from 'node:events'
import { WeirError } from '../errors.js'
import type { Live, OriginalFlow } from './live.js'

/** Flows at once; the one that was silent longest gives way. */
const FLOWS_MAX = 4096
/** As long as the engine keeps a UDP flow without packets. */
const IDLE_MS = 180_000
const SWEEP_MS = 30_000

/**
 * An allowed UDP flow, in the place of its server: emits `message` with each datagram's bytes, the first included, and `close` when
 * it was silent for three minutes, gave way to another, or was closed.
 */
export class UdpFlowSocket extends EventEmitter<{ message: [Buffer]; close: [] }> {
  /** When it was used last, in milliseconds. */
  usedAt = Date.now()
  #open = true

  constructor(
    private readonly answer: (bytes: Uint8Array) => void,
    private readonly forget: () => void,
  ) {
    super()
  }

  /** A datagram to the client. It may be lost, as any. */
  send(bytes: Uint8Array): void {
    if (!this.#open) return
    this.usedAt = Date.now()
    this.answer(bytes)
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.forget()
    this.emit('close')
  }
}

/** Takes an allowed UDP flow: `socket` is the client's, `flow` says whom it asked for. */
export type OnUdpFlow = (socket: UdpFlowSocket, flow: OriginalFlow) => void

/** Tells apart the flows that come to one port. */
export class UdpFlows {
  readonly #sockets: Socket[] = []
  /** By where clients seem to be; the one used last is the last. */
  readonly #flows = new Map<string, UdpFlowSocket>()
  readonly #sweep = setInterval(() => this.#close(IDLE_MS), SWEEP_MS).unref()
  #port = 0

  constructor(
    private readonly onFlow: OnUdpFlow,
    private readonly live: () => Live | undefined,
  ) {}

  /** Of all addresses that were listened on. */
  get port(): number {
    return this.#port
  }

  /** Listens on one more address. */
  async listen(address: string): Promise<void> {
    const socket = createSocket(
      address.includes(':') ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' },
    )
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (cause) =>
        reject(
          new WeirError('WEIR_DEVICE_FAILED', `cannot listen on ${address}: ${cause.message}`, {
            cause,
          }),
        ),
      )
      socket.bind({ address, port: this.#port, exclusive: true }, resolve)
    })
    socket.removeAllListeners('error').on('error', () => {}) // of a datagram that cannot be sent
    socket.on('message', (bytes, from) => this.#take(socket, bytes, from))
    this.#port = socket.address().port
    this.#sockets.push(socket)
  }

  close(): void {
    clearInterval(this.#sweep)
    this.#close(-1)
    for (const socket of this.#sockets) socket.close()
  }

  #take(socket: Socket, bytes: Buffer, { address, port }: RemoteInfo): void {
    const key = `${address} ${port}`
    const flow = this.#flows.get(key) ?? this.#open(socket, key, address, port)
    if (!flow) return
    flow.usedAt = Date.now()
    this.#flows.delete(key)
    this.#flows.set(key, flow)
    flow.emit('message', bytes)
  }

  /** Undefined for somebody on this host who was not sent here, and for a flow that is over already. */
  #open(socket: Socket, key: string, address: string, port: number): UdpFlowSocket | undefined {
    const original = this.live()?.original('udp', address, port)
    if (!original) return undefined
    const [oldest] = this.#flows.values()
    if (oldest && this.#flows.size >= FLOWS_MAX) oldest.close()
    const flow = new UdpFlowSocket(
      (bytes) => socket.send(bytes, port, address),
      () => this.#flows.delete(key),
    )
    this.#flows.set(key, flow)
    this.onFlow(flow, original)
    return flow
  }

  /** Those that have been silent for longer. */
  #close(silentMs: number): void {
    const before = Date.now() - silentMs
    for (const flow of [...this.#flows.values()]) {
      if (flow.usedAt < before) flow.close()
    }
  }
}
