import { native, type TallyHandle } from '../engine/native.js'
import type { RecordRun } from '../records/ring.js'
import { ACTIONS, PROTOCOLS, VERDICTS } from '../records/vocabulary.js'

export interface TallyFigures {
  readonly flows: number
  readonly dns: number
  /** Different hosts of flows that were counted. */
  readonly hosts: number
  /** Flows whose host was new when there was no room for more. */
  readonly hostsLeftOut: number
  /** Flows, by the index of each vocabulary. */
  readonly protocols: Float64Array
  readonly verdicts: Float64Array
  readonly actions: Float64Array
}

/** Counts records where they lie: a large capture has too many for an object or a string each. */
export class Tally {
  readonly #handle: TallyHandle

  /** `maxHosts`: 1 to 2^20. */
  constructor(maxHosts: number) {
    // Nobody can make captures whose names collide: the seed is another one each time. It never
    // leaves the process, so that Math.random will do, which loads nothing.
    const seed = new Uint8Array(Float64Array.of(Math.random(), Math.random()).buffer)
    this.#handle = native().tallyCreate(maxHosts, seed)
  }

  add(run: RecordRun): void {
    native().tallyAdd(this.#handle, run.bytes, run.offset, run.count)
  }

  get figures(): TallyFigures {
    const all = new Float64Array(4 + PROTOCOLS.length + VERDICTS.length + ACTIONS.length)
    native().tallyFigures(this.#handle, all)
    const [flows, dns, hosts, hostsLeftOut] = all as unknown as [number, number, number, number]
    let at = 4
    const next = (length: number): Float64Array => all.subarray(at, (at += length))
    return {
      flows,
      dns,
      hosts,
      hostsLeftOut,
      protocols: next(PROTOCOLS.length),
      verdicts: next(VERDICTS.length),
      actions: next(ACTIONS.length),
    }
  }

  /** The `n` most frequent hosts, at most 1,000; of equal ones, those that sort first. */
  top(n: number): [host: string, flows: number][] {
    return native().tallyTop(this.#handle, n)
  }
}
