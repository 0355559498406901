import type { RuleLookup } from '../records/decode.js'
import { RecordEncoder } from '../records/encode.js'
import type { RecordRun } from '../records/ring.js'
import { ClearedFeed } from './feed.js'
import type { ClearedRecord } from './gate.js'
import type { Destination } from './inventory.js'
import type { Clearance } from './source.js'

/**
 * Turns an engine's runs into lines of NDJSON behind the gate: from the bytes of the ring where the gate closes nothing,
 * and to the same lines from cleared records where it does. Use one for an engine, as with RecordEncoder.
 */
export class ClearedEncoder<D extends Destination = Destination> {
  readonly #feed: ClearedFeed<D>
  #encoder: RecordEncoder
  #lines: string[] = []
  #size = 0

  constructor(clearance: Clearance<D>, rule: RuleLookup) {
    this.#encoder = new RecordEncoder(rule)
    this.#feed = new ClearedFeed(clearance, rule, {
      run: (run) => this.#encoder.encode(run),
      write: (record) => this.#keep(`${JSON.stringify(record)}\n`),
      cut: () => {
        this.#keepEncoded()
        this.#encoder = new RecordEncoder(rule)
      },
    })
  }

  /** Adds the records that are complete with this run and may go. */
  encode(run: RecordRun): void {
    this.#feed.visit(run)
  }

  /** Adds a record that is no traffic: a report of what was done. */
  add(record: ClearedRecord<D>): void {
    this.#keepEncoded()
    this.#keep(`${JSON.stringify(record)}\n`)
  }

  #keepEncoded(): void {
    this.#keep(Buffer.from(this.#encoder.take()).toString('utf8'))
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
