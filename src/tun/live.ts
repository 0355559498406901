import type { Engine } from '../engine/engine.js'
import { checked, type LiveHandle, native } from '../engine/native.js'
import { addressOctets } from '../engine/prefix.js'
import { addressText } from '../records/address.js'
import { RecordRun } from '../records/ring.js'
import type { Endpoint } from '../records/types.js'

/** A listener on this host to which allowed flows are sent back. */
export interface HairpinOptions {
  /** Its addresses, which the device must have: one of each version that is to be sent back. */
  readonly own: readonly string[]
  /**
   * The first addresses that clients seem to have to it: 16,384 of each version for every 32,768 flows,
   * routed to the device and nobody else's.
   */
  readonly masks: readonly string[]
  /** Its ports; 0 or absent: such flows are dropped. */
  readonly tcpPort?: number
  readonly udpPort?: number
}

/** Whom a client of the listener asked for. */
export interface OriginalFlow {
  readonly transport: 'tcp' | 'udp'
  readonly client: Endpoint
  readonly server: Endpoint
}

/** A `Device` or a `Guard`. */
export interface LiveDevice {
  readonly handle: LiveHandle
}

export interface LiveOptions {
  /** Where allowed flows go; dropped when absent. */
  readonly hairpin?: HairpinOptions
  /** Records that may wait: a power of two. */
  readonly maxRecords?: number
  /** Nothing is answered: packets are judged, and that is all. */
  readonly observe?: boolean
}

/** What the packet thread has done. */
export interface LiveCounters {
  /** Packets read, and answers written. */
  readonly reads: number
  readonly writes: number
  /** Answers that the device did not take. */
  readonly answersLost: number
  /** Records that found the ring full: nobody drained it in time. */
  readonly recordsLost: number
  readonly wakeups: number
  /** Packets sent back to the listener, and from there to clients. */
  readonly turned: number
  /** Of the rules in use: each change of them counts it on. */
  readonly generation: number
  /** 1 where the kernel kills the process should the thread do anything but its work, such as open a socket. */
  readonly confined: number
  /** Blocked packets that the capture of them had no room for. */
  readonly notCaptured: number
}

/** A capture of what is blocked. */
export interface BlockedCapture {
  /** A file open for writing, empty; it is the thread's from here on, and closed by it. */
  readonly fd: number
  /** Whether what the packets carried is written, too; false when absent: their headers only. */
  readonly payload?: boolean
  /** Bytes of the file, at most; 64 MiB when absent. What finds no room is counted. */
  readonly maxBytes?: number
}

const COUNTERS = [
  'reads',
  'writes',
  'answersLost',
  'recordsLost',
  'wakeups',
  'turned',
  'generation',
  'confined',
  'notCaptured',
] as const
const DEFAULT_RECORDS = 8192
const DEFAULT_CAPTURE = 64 << 20

const TRANSPORTS = { tcp: 6, udp: 17 } as const

/** Own and seeming addresses, IPv4 before IPv6; those that are missing are zeros. */
function hairpinBytes({ own, masks }: HairpinOptions): Uint8Array {
  const bytes = new Uint8Array(64)
  for (const [part, addresses] of [own, masks].entries()) {
    for (const address of addresses) {
      bytes.set(addressOctets(address), part * 32 + (address.includes(':') ? 16 : 0))
    }
  }
  return bytes
}

/**
 * The native thread that reads a device. Packets that rules refuse are answered, all others go back to a listener on
 * this host or nowhere: nothing ever leaves it.
 */
export class Live {
  readonly #handle: LiveHandle
  readonly #run: RecordRun
  readonly #place = new Float64Array(1)
  readonly #engine: Engine
  #open = true

  /**
   * From here on `engine` is the thread's: rules may be changed and counters read, but it takes no packets
   * from elsewhere until `close`. `onRecords` is called when records wait, to be taken with `drain`, and must not throw; what is not
   * taken in time is lost, and counted.
   */
  constructor(
    device: LiveDevice,
    engine: Engine,
    onRecords: () => void,
    { hairpin, maxRecords = DEFAULT_RECORDS, observe = false }: LiveOptions = {},
  ) {
    this.#handle = device.handle
    this.#engine = engine
    if (observe) checked('', () => native().liveObserve(device.handle))
    const memory = checked('', () =>
      native().liveStart(
        device.handle,
        engine.handle,
        maxRecords,
        () => this.#open && onRecords(), // the last call may come late
        hairpin ? hairpinBytes(hairpin) : new Uint8Array(0),
        hairpin?.tcpPort ?? 0,
        hairpin?.udpPort ?? 0,
      ),
    )
    this.#run = new RecordRun(memory)
  }

  /** Takes all records that wait, in place: `visit` sees each run of entries, which is released when it returns. */
  drain(visit: (run: RecordRun) => void): void {
    const addon = native()
    for (;;) {
      this.#run.count = addon.liveRecords(this.#handle, this.#place)
      if (!this.#run.count) return
      this.#run.offset = this.#place[0]!
      visit(this.#run)
      this.#engine.tellActions(this.#run)
      addon.liveRelease(this.#handle, this.#run.count)
    }
  }

  /** Writes the packets that rules refuse from now on into a pcap file; once. */
  capture({ fd, payload = false, maxBytes = DEFAULT_CAPTURE }: BlockedCapture): void {
    checked('', () => native().liveCapture(this.#handle, fd, payload, maxBytes))
  }

  /** What became of a guarded interface; anything but 0 is final: see `Guard.watch`. */
  get change(): number {
    return this.#figures().at(-1)!
  }

  #figures(): Float64Array {
    const figures = new Float64Array(COUNTERS.length + 1)
    native().liveCounters(this.#handle, figures)
    return figures
  }

  get counters(): LiveCounters {
    const figures = this.#figures()
    return Object.fromEntries(
      COUNTERS.map((name, i) => [name, figures[i]!]),
    ) as unknown as LiveCounters
  }

  /** Whom a client of the listener, which sees it at `address` and `port`, asked for; null when there is no such flow. */
  original(transport: 'tcp' | 'udp', address: string, port: number): OriginalFlow | null {
    const out = new Uint8Array(32)
    const from = addressOctets(address.replace(/^::ffff:(?=\d+\.)/, ''))
    const ports = native().liveOriginal(this.#handle, TRANSPORTS[transport], from, port, out)
    if (ports === undefined) return null
    const isIpv4 = !address.includes(':') || address.startsWith('::ffff:')
    return {
      transport,
      client: { ip: addressText(out, 0, isIpv4), port: Math.floor(ports / 65_536) },
      server: { ip: addressText(out, 16, isIpv4), port: ports % 65_536 },
    }
  }

  /** Takes the device away and ends all flows; `visit` sees the last records. The engine is free again. */
  close(visit: (run: RecordRun) => void): void {
    if (!this.#open) return
    this.#open = false
    native().liveStop(this.#handle)
    this.drain(visit)
    native().liveClose(this.#handle)
  }
}
