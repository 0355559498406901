import type { Engine } from '../engine/engine.js'
import { checked, type LiveHandle, native } from '../engine/native.js'
import { prefixBytes } from '../engine/prefix.js'
import { RecordRun } from '../records/ring.js'

/** The device that `Live` makes, and what goes through it. */
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
}

const DEFAULT_MTU = 1500
const DEFAULT_RECORDS = 8192

const prefixes = (texts: readonly string[] = []): Uint8Array =>
  Buffer.concat(texts.map(prefixBytes))

/**
 * A TUN device of this host and the native thread that reads it. Packets that rules refuse are answered,
 * all others are counted and go nowhere: nothing ever leaves the host. The device and its routes
 * go with the process, however that ends. Linux only; needs CAP_NET_ADMIN.
 */
export class Live {
  readonly #handle: LiveHandle
  readonly #run: RecordRun
  readonly #place = new Float64Array(1)
  /** As the kernel has it. */
  readonly name: string
  #open = true

  /**
   * From here on `engine` is the thread's: rules may be changed and counters read, but it takes no packets
   * from elsewhere until `close`. `onRecords` is called when records wait, to be taken with `drain`; what is not
   * taken in time is lost, and counted. `maxRecords` is a power of two.
   */
  constructor(
    engine: Engine,
    device: DeviceOptions,
    onRecords: () => void,
    maxRecords = DEFAULT_RECORDS,
  ) {
    const { name = '', mtu = DEFAULT_MTU, addresses, routes, offloads = true } = device
    const addon = native()
    this.#handle = checked('', () =>
      addon.liveOpen(name, offloads, mtu, prefixes(addresses), prefixes(routes)),
    )
    this.name = addon.liveDevice(this.#handle).name
    this.#run = new RecordRun(
      checked('', () => addon.liveStart(this.#handle, engine.handle, maxRecords, onRecords)),
    )
  }

  /** Takes all records that wait, in place: `visit` sees each run of entries, which is released when it returns. */
  drain(visit: (run: RecordRun) => void): void {
    const addon = native()
    for (;;) {
      this.#run.count = addon.liveRecords(this.#handle, this.#place)
      if (!this.#run.count) return
      this.#run.offset = this.#place[0]!
      visit(this.#run)
      addon.liveRelease(this.#handle, this.#run.count)
    }
  }

  get counters(): LiveCounters {
    const figures = new Float64Array(5)
    native().liveCounters(this.#handle, figures)
    const [reads, writes, answersLost, recordsLost, wakeups] = figures as unknown as number[]
    return {
      reads: reads!,
      writes: writes!,
      answersLost: answersLost!,
      recordsLost: recordsLost!,
      wakeups: wakeups!,
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
