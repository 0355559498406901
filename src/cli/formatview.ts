import type { Engine } from '../engine/engine.js'
import { type Clearance, ClearedSource } from '../privacy/source.js'
import type { RecordRun } from '../records/ring.js'
import type { Format } from '../sinks/formats/format.js'
import { EXIT } from './exit.js'
import type { Output } from './output.js'
import type { View } from './view.js'

/** Records in another tool's format, as they come. */
export class FormatView implements View {
  readonly #output: Output
  readonly #source: ClearedSource
  readonly #format: Format

  constructor(output: Output, engine: Engine, clearance: Clearance, format: Format) {
    this.#output = output
    this.#source = new ClearedSource(clearance, engine.rule)
    this.#format = format
    output.text(format.head ?? '')
  }

  visit(run: RecordRun): void {
    for (const record of this.#source.records(run)) this.#output.text(this.#format.encode(record))
  }

  end(): number {
    this.#output.flush()
    return EXIT.ok
  }
}
