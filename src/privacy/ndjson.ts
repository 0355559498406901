import type { RuleLookup } from '../records/decode.js'
import { RecordEncoder } from '../records/encode.js'
import type { RecordRun } from '../records/ring.js'
import type { ClearedRecord } from './gate.js'
import type { Destination } from './inventory.js'
import { type Clearance, ClearedSource } from './source.js'

/**
 * Turns an engine's runs into lines of NDJSON behind the gate: from the bytes of the ring where the gate closes nothing,
 * and to the same lines from cleared records where it does. Use one for an engine, as with RecordEncoder.
 */
export class ClearedEncoder<D extends Destination = Destination> {
  #source: ClearedSource<D>
  #encoder: RecordEncoder
  #wasWhole = true
  #lines: string[] = []
  #size = 0

  constructor(
    private readonly clearance: Clearance<D>,
    private readonly rule: RuleLookup,
  ) {
    this.#source = new ClearedSource(clearance, rule)
    this.#encoder = new RecordEncoder(rule)
  }

  /** Adds the records that are complete with this run and may go. */
  encode(run: RecordRun): void {
    const whole = this.#source.whole(run)
    if ((whole !== null) !== this.#wasWhole) this.#turn()
    if (whole) {
      this.#encoder.encode(whole)
      return
    }
    for (const record of this.#source.records(run)) {
      this.#keep(`${JSON.stringify(record)}\n`)
    }
  }

  /** Adds a record that is no traffic: a report of what was done. */
  add(record: ClearedRecord<D>): void {
    this.#keep(Buffer.from(this.#encoder.take()).toString('utf8'))
    this.#keep(`${JSON.stringify(record)}\n`)
  }

  /** Consent has changed: names and answers that wait for their record are not kept for another one. */
  #turn(): void {
    this.#keep(Buffer.from(this.#encoder.take()).toString('utf8'))
    this.#wasWhole = !this.#wasWhole
    this.#source = new ClearedSource(this.clearance, this.rule)
    this.#encoder = new RecordEncoder(this.rule)
  }

  #keep(text: string): void {
    if (text === '') return
    this.#lines.push(text)
    this.#size += text.length
  }

  /** Bytes that wait to be taken, about. */
  get size(): number {
    return this.#encoder.size + this.#size
  }

  /** The whole lines so far; valid until the next call of `encode`. */
  take(): Uint8Array {
    const bytes = this.#encoder.take()
    if (!this.#lines.length) return bytes
    const lines = Buffer.from(this.#lines.join(''))
    this.#lines = []
    this.#size = 0
    return bytes.length ? Buffer.concat([lines, bytes]) : lines
  }
}
