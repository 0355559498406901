import type { RuleLookup } from '../records/decode.js'
import type { RecordRun } from '../records/ring.js'
import type { ClearedRecord, ClearedRun } from './gate.js'
import type { Destination } from './inventory.js'
import { type Clearance, ClearedSource } from './source.js'

/** What takes runs as they lie, and records one by one. */
export interface Taker<D extends Destination = Destination> {
  run(run: ClearedRun<D>): void
  write(record: ClearedRecord<D>): void
  /** Consent has changed: names and answers that wait for their record are not kept for another one. */
  cut(): void
}

/**
 * Gives an engine's runs to one who takes them, behind the gate: as they lie where the gate closes nothing, and as cleared
 * records where it does. Use one for an engine, as with RecordDecoder.
 */
export class ClearedFeed<D extends Destination = Destination> {
  #source: ClearedSource<D>
  #wasWhole = true

  constructor(
    private readonly clearance: Clearance<D>,
    private readonly rule: RuleLookup,
    private readonly taker: Taker<D>,
  ) {
    this.#source = new ClearedSource(clearance, rule)
  }

  visit(run: RecordRun): void {
    const whole = this.#source.whole(run)
    if ((whole !== null) !== this.#wasWhole) this.#turn()
    if (whole) this.taker.run(whole)
    else for (const record of this.#source.records(run)) this.taker.write(record)
  }

  #turn(): void {
    this.#wasWhole = !this.#wasWhole
    this.#source = new ClearedSource(this.clearance, this.rule)
    this.taker.cut()
  }
}
