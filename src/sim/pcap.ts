import { setTimeout as sleep } from 'node:timers/promises'
import type { Capture } from '../capture/capture.js'
import type { PacketBatch } from '../engine/batch.js'
import { Engine, type EngineOptions, REPLAY_SEED } from '../engine/engine.js'
import type { RecordRun } from '../records/ring.js'
import { Device } from '../tun/device.js'
import { Live } from '../tun/live.js'
import { Tap } from '../tun/tap.js'
import { quietDevices } from './quiet.js'

/** How fast packets go: in their captured order always. */
export type Pace =
  | 'fast'
  /** So many times as fast as they were captured; the engine's idle times shrink alike. */
  | number

export interface PcapOptions {
  readonly pace: Pace
  /** As `EngineOptions` has it. */
  readonly home?: readonly string[]
}

/** What became of the packets of a capture. */
export interface PcapOutcome {
  /** IP packets that went through the device. */
  readonly packets: number
  /** Those that the capture had cut short: a device carries no such thing, so they were left out. */
  readonly cut: number
  readonly recordsLost: number
}

/** Packets that may wait in the device; it holds 500 and more. */
const WINDOW = 256
const MTU = 65_535
const POLL_MS = 1
const RECORDS = 1 << 16
/** Seconds, as weir_config_init() has them: what `pace` divides. */
const IDLE = {
  tcpIdleSeconds: 3600,
  tcpOpenSeconds: 60,
  tcpCloseSeconds: 10,
  udpIdleSeconds: 180,
  fragmentSeconds: 30,
} as const

/**
 * The packets of a capture, both ways and in order, through a TUN device of this namespace, whose packet thread judges
 * and answers nothing.
 */
export class PcapThroughDevice {
  /** The device's. */
  readonly engine: Engine
  readonly #device: Device
  readonly #tap: Tap
  readonly #pace: Pace
  #live: Live | undefined
  #sent = 0
  #cut = 0
  #began = 0
  #first: number | undefined

  constructor({ pace, home }: PcapOptions) {
    this.#pace = pace
    this.engine = new Engine({ ...idleTimes(pace), ...(home && { home }), seed: REPLAY_SEED })
    quietDevices(true)
    this.#device = new Device({ name: 'weir0', mtu: MTU })
    this.#tap = new Tap(this.#device, { watches: false })
  }

  /** `visit` sees what the device's engine says; `each` is given the packets that go through, with their captured times. */
  async run(
    capture: Capture,
    visit: (run: RecordRun) => void,
    each: (batch: PacketBatch) => void,
  ): Promise<PcapOutcome> {
    const onRecords = (): void => live.drain(visit)
    const live = new Live(this.#device, this.engine, onRecords, {
      observe: true,
      maxRecords: RECORDS,
    })
    this.#live = live
    try {
      for await (const batch of capture) {
        this.#cut += leaveOutCut(batch)
        each(batch)
        await this.#send(batch, live)
      }
      const { recordsLost } = live.counters
      return { packets: this.#sent, cut: this.#cut, recordsLost }
    } finally {
      live.close(visit)
    }
  }

  /** Takes the device away. */
  close(): void {
    this.#live?.close(() => {})
    this.#tap.close()
    this.#device.close()
  }

  async #send(batch: PacketBatch, live: Live): Promise<void> {
    for (let at = 0; at < batch.count;) {
      at = await this.#sendSome(batch, live, at, await this.#due(batch, at))
    }
    while (live.counters.reads < this.#sent) await sleep(POLL_MS)
  }

  /** Sends up to `to`, and no more than the device holds. */
  async #sendSome(batch: PacketBatch, live: Live, from: number, to: number): Promise<number> {
    const room = WINDOW - (this.#sent - live.counters.reads)
    const reached = this.#tap.send(batch, from, Math.min(to, from + room))
    for (let i = from; i < reached; i++) if (batch.lengths[i]) this.#sent++
    if (reached === from) await sleep(POLL_MS)
    return reached
  }

  /** Up to which packet it is time, when the one at `at` is due. */
  async #due(batch: PacketBatch, at: number): Promise<number> {
    const pace = this.#pace
    if (pace === 'fast') return batch.count
    const time = batch.times[at]!
    if (this.#first === undefined) {
      this.#first = time
      this.#began = performance.now()
    }
    const elapsed = (): number => (performance.now() - this.#began) * pace * 1000
    const wait = time - this.#first - elapsed()
    if (wait > 0) await sleep(wait / 1000 / pace)
    const now = this.#first + elapsed()
    let to = at + 1
    while (to < batch.count && batch.times[to]! <= now) to++
    return to
  }
}

function idleTimes(pace: Pace): EngineOptions {
  if (pace === 'fast' || pace === 1) return {}
  return Object.fromEntries(Object.entries(IDLE).map(([name, s]) => [name, s / pace]))
}

/** Takes the packets that the capture cut short out of a batch; returns how many they were. */
function leaveOutCut(batch: PacketBatch): number {
  let kept = 0
  for (let i = 0; i < batch.count; i++) {
    if (batch.wireLengths[i]! > batch.lengths[i]!) continue
    batch.offsets[kept] = batch.offsets[i]!
    batch.lengths[kept] = batch.lengths[i]!
    batch.wireLengths[kept] = batch.wireLengths[i]!
    batch.times[kept] = batch.times[i]!
    batch.directions[kept] = batch.directions[i]!
    kept++
  }
  const cut = batch.count - kept
  batch.count = kept
  return cut
}
