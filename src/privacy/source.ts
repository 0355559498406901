import { RecordDecoder, type RuleLookup } from '../records/decode.js'
import type { RecordRun } from '../records/ring.js'
import type { ClearedRecord, ClearedRun, Gate } from './gate.js'
import type { Destination } from './inventory.js'

/** What sees an engine's records: a gate, which is made anew when consent changes. */
export interface Clearance<D extends Destination = Destination> {
  readonly gate: Gate<D>
}

/**
 * An engine's runs behind the gate. Names and answers come before the record that they belong to, so a source remembers
 * them between runs: use one for an engine and a sink, and ask it in one of the two ways for each run.
 */
export class ClearedSource<D extends Destination = Destination> {
  readonly #decoder: RecordDecoder

  constructor(
    private readonly clearance: Clearance<D>,
    rule: RuleLookup,
  ) {
    this.#decoder = new RecordDecoder(rule)
  }

  /** The run as it lies, where the gate closes nothing. */
  whole(run: RecordRun): ClearedRun<D> | null {
    return this.clearance.gate.run(run)
  }

  /** Flows as they were judged, which have not ended; see `RecordDecoder.judged`. */
  judged(run: RecordRun): ClearedRecord<D>[] {
    const { gate } = this.clearance
    return this.#decoder.judged(run).flatMap((record) => gate.clear(record) ?? [])
  }

  /** The records that are complete with this run and may go, in order. */
  records(run: RecordRun): ClearedRecord<D>[] {
    const { gate } = this.clearance
    return this.#decoder.decode(run).flatMap((record) => gate.clear(record) ?? [])
  }
}
