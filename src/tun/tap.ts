import type { PacketBatch } from '../engine/batch.js'
import { checked, native, type TapHandle } from '../engine/native.js'
import type { Device } from './device.js'
import { readSight, type Sight } from './sight.js'

/** As much as the kernel keeps of a packet: TAP_SEEN_MAX of native/linux/tap.h. */
const SEEN_MAX = 128

/** A TUN device from the host's side, beside its IP stack. Needs CAP_NET_RAW. */
export class Tap {
  readonly #handle: TapHandle
  readonly #bytes = new Uint8Array(SEEN_MAX)
  readonly #figures = new Float64Array(2)

  /** `watches`: what passes from now on can be read with `sights`; else the tap is for sending alone. */
  constructor(device: Device, { watches }: { readonly watches: boolean }) {
    this.#handle = checked(device.name, () => native().tapOpen(device.index, watches))
  }

  /**
   * Sends the packets of a batch from `from` on, as they are, to the reader of the device. Returns where it stopped: below
   * `batch.count` where the reader is behind.
   */
  send(batch: PacketBatch, from = 0, to = batch.count): number {
    const { bytes, arrays } = batch
    return checked('', () => native().tapSend(this.#handle, bytes, arrays, from, to))
  }

  /** What passed since the last call, in order; what is no IP packet is left out. */
  sights(): Sight[] {
    const sights: Sight[] = []
    for (;;) {
      const length = native().tapNext(this.#handle, this.#bytes, this.#figures)
      if (length < 0) return sights
      const sight = readSight(this.#bytes.subarray(0, length))
      const [time, toReader] = this.#figures as unknown as [number, number]
      if (sight) sights.push({ time, toReader: toReader === 1, ...sight })
    }
  }

  /** Packets that passed unseen since the last call: `sights` came too late for them. */
  missed(): number {
    return native().tapMissed(this.#handle)
  }

  close(): void {
    native().tapClose(this.#handle)
  }
}
