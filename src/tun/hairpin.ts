import { createServer, type Server, type Socket } from 'node:net'
import { addressOctets } from '../engine/prefix.js'
import { WeirError } from '../errors.js'
import { addressText } from '../records/address.js'
import type { Device } from './device.js'
import type { HairpinOptions, Live, OriginalFlow } from './live.js'
import { type OnUdpFlow, UdpFlows } from './udpflows.js'

/** Takes an allowed TCP flow: `socket` is the client's, `flow` says whom it asked for. */
export type OnFlow = (socket: Socket, flow: OriginalFlow) => void

/** Where somebody listens on a device's own addresses; a transport without a port is dropped. */
export type ListenerPorts = Pick<HairpinOptions, 'tcpPort' | 'udpPort'>

/** The address behind another: where clients begin to seem to be. */
function next(address: string): string {
  const octets = Uint8Array.from(addressOctets(address))
  for (let at = octets.length - 1; at >= 0; at--) {
    octets[at]! += 1
    if (octets[at]) break // no carry
  }
  return addressText(octets, 0, !address.includes(':'))
}

/** For a listener on the first IPv4 and the first IPv6 address of the device. */
export function hairpinOf(device: Device, ports: ListenerPorts): HairpinOptions {
  const hosts = device.addresses.map((text) => text.split('/')[0]!)
  const own = [hosts.find((h) => !h.includes(':')), hosts.find((h) => h.includes(':'))].filter(
    (host) => host !== undefined,
  )
  if (!own.length) throw new WeirError('WEIR_BAD_ARGUMENT', `${device.name} has no address`)
  return { own, masks: own.map(next), ...ports }
}

/**
 * Listens on a device's own addresses for the flows that rules allow, in the place of every server. The addresses
 * behind the device's own, as many as `HairpinOptions.masks` says, must be in its network.
 */
export class Hairpin {
  readonly #servers: readonly Server[]
  /** For `Live`. */
  readonly options: HairpinOptions
  readonly #datagrams: UdpFlows | undefined
  #live: Live | undefined

  private constructor(
    servers: readonly Server[],
    datagrams: UdpFlows | undefined,
    options: HairpinOptions,
  ) {
    this.#servers = servers
    this.#datagrams = datagrams
    this.options = options
  }

  /**
   * One port of each transport on the first IPv4 and the first IPv6 address of the device. Without `onUdpFlow`, UDP flows are
   * dropped.
   */
  static async listen(device: Device, onFlow: OnFlow, onUdpFlow?: OnUdpFlow): Promise<Hairpin> {
    const servers: Server[] = []
    let port = 0
    const take = (socket: Socket): void => hairpin.#take(socket, onFlow)
    const datagrams = onUdpFlow && new UdpFlows(onUdpFlow, (): Live | undefined => hairpin.#live)
    for (const host of hairpinOf(device, {}).own) {
      await datagrams?.listen(host)
      const server = createServer({ allowHalfOpen: true }, take)
      await listening(server, host, port)
      port = (server.address() as { port: number }).port
      servers.push(server)
    }
    const ports = { tcpPort: port, ...(datagrams && { udpPort: datagrams.port }) }
    const hairpin: Hairpin = new Hairpin(servers, datagrams, hairpinOf(device, ports))
    return hairpin
  }

  /** From when the device is read; before it, no flow comes. */
  attach(live: Live): void {
    this.#live = live
  }

  close(): void {
    for (const server of this.#servers) server.close()
    this.#datagrams?.close()
  }

  #take(socket: Socket, onFlow: OnFlow): void {
    const { remoteAddress, remotePort } = socket
    const flow =
      remoteAddress === undefined || remotePort === undefined
        ? null
        : (this.#live?.original('tcp', remoteAddress, remotePort) ?? null)
    // Somebody on this host who was not sent here, or a flow that is over already.
    if (flow === null) socket.destroy()
    else onFlow(socket, flow)
  }
}

/** An IPv6 address may take a moment before it can be used. */
function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new WeirError('WEIR_DEVICE_FAILED', `cannot listen on ${host}: ${cause.message}`, {
          cause,
        }),
      ),
    )
    server.listen({ host, port, exclusive: true }, resolve)
  })
}
