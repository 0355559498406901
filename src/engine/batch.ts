import type { Action, Direction, Protocol, Reason, Verdict } from '../records/vocabulary.js'
import { ACTIONS, DIRECTIONS, PROTOCOLS, REASONS, VERDICTS } from '../records/vocabulary.js'
import { WeirError } from '../errors.js'
import { NO_RULE } from '../records/flags.js'

const DEFAULT_BYTES_PER_PACKET = 2048

/** Of one packet, beside its bytes. */
export interface PacketMeta {
  /** Microseconds; chosen by the caller, and may go back. */
  readonly time: number
  readonly direction?: Direction
  /** Bytes on the wire where the packet was cut short. */
  readonly wireLength?: number
}

/** What the engine says of one packet. */
export interface Inspection {
  readonly verdict: Verdict
  readonly reason: Reason
  readonly action: Action
  readonly protocol: Protocol
  /** 0: the packet belongs to no flow. */
  readonly flowId: number
  /** Number of the rule for `Ruleset.rule`, or null. */
  readonly rule: number | null
}

/**
 * Packets that cross into the engine together, and what it says of them: parallel arrays over one
 * buffer. Fill them with `add`, or directly and set `count`. A batch is used again and again:
 * `clear` it after use.
 */
export class PacketBatch {
  /** IP packets without link headers, wherever `offsets` and `lengths` say. */
  bytes: Uint8Array
  /** Packets in the batch, the first `count` of each array. */
  count = 0
  /** Packets that there is room for. */
  readonly capacity: number

  /** Microseconds. */
  readonly times: Float64Array
  readonly flowIds: Float64Array
  readonly offsets: Uint32Array
  readonly lengths: Uint32Array
  /** 0: as long as `lengths` says. */
  readonly wireLengths: Uint32Array
  /** 0xffffffff: none. */
  readonly rules: Uint32Array
  /** Indices of DIRECTIONS. */
  readonly directions: Uint8Array
  /** Indices of VERDICTS, REASONS, ACTIONS and PROTOCOLS. */
  readonly verdicts: Uint8Array
  readonly reasons: Uint8Array
  readonly actions: Uint8Array
  readonly protocols: Uint8Array
  /** The buffer of all arrays, for the addon. */
  readonly arrays: Uint8Array

  #used = 0

  constructor(capacity = 256, bytes = new Uint8Array(capacity * DEFAULT_BYTES_PER_PACKET)) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > 1 << 20) {
      throw new WeirError('WEIR_BAD_ARGUMENT', 'capacity: 1 to 1048576 packets')
    }
    this.bytes = bytes
    this.capacity = capacity
    const buffer = new ArrayBuffer(capacity * 37)
    // Widest first, so that each is aligned; native/addon/addon.c has the same order.
    let at = 0
    const take = <T>(make: (at: number) => T, width: number): T => {
      const array = make(at)
      at += capacity * width
      return array
    }
    this.times = take((o) => new Float64Array(buffer, o, capacity), 8)
    this.flowIds = take((o) => new Float64Array(buffer, o, capacity), 8)
    this.offsets = take((o) => new Uint32Array(buffer, o, capacity), 4)
    this.lengths = take((o) => new Uint32Array(buffer, o, capacity), 4)
    this.wireLengths = take((o) => new Uint32Array(buffer, o, capacity), 4)
    this.rules = take((o) => new Uint32Array(buffer, o, capacity), 4)
    this.directions = take((o) => new Uint8Array(buffer, o, capacity), 1)
    this.verdicts = take((o) => new Uint8Array(buffer, o, capacity), 1)
    this.reasons = take((o) => new Uint8Array(buffer, o, capacity), 1)
    this.actions = take((o) => new Uint8Array(buffer, o, capacity), 1)
    this.protocols = take((o) => new Uint8Array(buffer, o, capacity), 1)
    this.arrays = new Uint8Array(buffer)
  }

  /** Copies one IP packet in; false when there is no room for it. */
  add(packet: Uint8Array, meta: PacketMeta): boolean {
    const i = this.count
    if (i === this.capacity || packet.length > this.bytes.length - this.#used) return false
    this.bytes.set(packet, this.#used)
    this.offsets[i] = this.#used
    this.lengths[i] = packet.length
    this.wireLengths[i] = meta.wireLength ?? 0
    this.times[i] = meta.time
    this.directions[i] = DIRECTIONS.indexOf(meta.direction ?? 'unknown')
    this.#used += packet.length
    this.count++
    return true
  }

  /** The i-th packet's bytes, in place. */
  packet(i: number): Uint8Array {
    const from = this.offsets[i]!
    return this.bytes.subarray(from, from + this.lengths[i]!)
  }

  /** What the engine said of the i-th packet. */
  inspection(i: number): Inspection {
    const rule = this.rules[i]!
    return {
      verdict: VERDICTS[this.verdicts[i]!]!,
      reason: REASONS[this.reasons[i]!]!,
      action: ACTIONS[this.actions[i]!]!,
      protocol: PROTOCOLS[this.protocols[i]!]!,
      flowId: this.flowIds[i]!,
      rule: rule === NO_RULE ? null : rule,
    }
  }

  clear(): void {
    this.count = 0
    this.#used = 0
  }
}
