import type { Engine } from '../engine/engine.js'
import type { RecordRun } from '../records/ring.js'

/** Takes records in place, and has the last word. */
export interface View {
  visit(run: RecordRun): void
  /** After the last record: an exit code of its own, 0 where all is well. */
  end(engine: Engine): number
}
