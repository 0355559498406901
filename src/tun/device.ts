import { checked, type LiveHandle, native } from '../engine/native.js'
import { prefixBytes } from '../engine/prefix.js'

/** A device, and what goes through it. */
export interface DeviceOptions {
  /** Its name, 15 characters at most; the kernel chooses one when absent. */
  readonly name?: string
  /** Bytes of the largest packet; 1,500 when absent. */
  readonly mtu?: number
  /** Its own addresses, in CIDR notation. */
  readonly addresses?: readonly string[]
  /** Networks whose packets are sent through it. A route that exists already is an error. */
  readonly routes?: readonly string[]
  /** Whether TCP and UDP come in super-packets without checksums, which is several times faster; true when absent. */
  readonly offloads?: boolean
}

const DEFAULT_MTU = 1500

const prefixes = (texts: readonly string[] = []): Uint8Array =>
  Buffer.concat(texts.map(prefixBytes))

/**
 * A TUN device of this host: packets that are routed to it can be read by `Live`. It and its routes go
 * with the process, however that ends. Linux only; needs CAP_NET_ADMIN.
 */
export class Device {
  /** For `Live`. */
  readonly handle: LiveHandle
  /** As the kernel has it. */
  readonly name: string
  /** The kernel's number of it. */
  readonly index: number
  readonly addresses: readonly string[]

  constructor({ name = '', mtu = DEFAULT_MTU, addresses, routes, offloads = true }: DeviceOptions) {
    const addon = native()
    this.handle = checked('', () =>
      addon.liveOpen(name, offloads, mtu, prefixes(addresses), prefixes(routes)),
    )
    const { name: actual, index } = addon.liveDevice(this.handle)
    this.name = actual
    this.index = index
    this.addresses = addresses ?? []
  }

  /** Takes the device away; a `Live` that reads it does so itself. */
  close(): void {
    native().liveStop(this.handle)
  }
}
