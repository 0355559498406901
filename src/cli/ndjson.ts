import type { Engine } from '../engine/engine.js'
import type { ClearedRecord } from '../privacy/gate.js'
import { ClearedEncoder } from '../privacy/ndjson.js'
import type { Clearance } from '../privacy/source.js'
import type { RecordRun } from '../records/ring.js'
import { EXIT } from './exit.js'
import type { Output } from './output.js'
import type { View } from './view.js'

const FLUSH_AT = 1 << 16

/** One line a record, as they come. */
export class NdjsonView implements View {
  readonly #output: Pick<Output, 'bytes'>
  readonly #encoder: ClearedEncoder

  constructor(output: Pick<Output, 'bytes'>, engine: Engine, clearance: Clearance) {
    this.#output = output
    this.#encoder = new ClearedEncoder(clearance, engine.rule)
  }

  visit(run: RecordRun): void {
    this.#encoder.encode(run)
    if (this.#encoder.size >= FLUSH_AT) this.#output.bytes(this.#encoder.take())
  }

  /** Takes what is no traffic, in its place among it. */
  report(record: ClearedRecord): void {
    this.#encoder.add(record)
  }

  /** Writes what there is so far: a live reader does not wait. */
  flush(): void {
    this.#output.bytes(this.#encoder.take())
  }

  end(): number {
    this.flush()
    return EXIT.ok
  }
}
