import type { Engine } from '../engine/engine.js'
import { WeirError } from '../errors.js'
import { type Clearance, ClearedSource } from '../privacy/source.js'
import type { RecordRun } from '../records/ring.js'
import type { ClearedTraffic } from '../sinks/formats/format.js'
import { isTraffic } from '../sinks/formats/format.js'
import { HistoryWriter } from '../sinks/history/writer.js'
import type { View } from './view.js'

const BATCH = 2000

/** A replay's records into the local store, in the replay's own thread: it waits, and loses none. */
export class HistoryView implements View {
  readonly #writer: HistoryWriter
  readonly #source: ClearedSource
  #records: ClearedTraffic[] = []

  /** Throws WEIR_BAD_HISTORY. */
  constructor(
    private readonly path: string,
    engine: Engine,
    clearance: Clearance,
  ) {
    this.#writer = new HistoryWriter(path)
    this.#source = new ClearedSource(clearance, engine.rule)
  }

  visit(run: RecordRun): void {
    this.#records.push(...this.#source.records(run).filter(isTraffic))
    if (this.#records.length >= BATCH) this.#write()
  }

  end(): number {
    this.#write()
    this.#writer.close()
    return 0
  }

  #write(): void {
    try {
      this.#writer.write(this.#records)
    } catch (cause) {
      throw new WeirError('WEIR_CANNOT_WRITE', `${this.path}: ${(cause as Error).message}`, {
        cause,
      })
    }
    this.#records = []
  }
}
