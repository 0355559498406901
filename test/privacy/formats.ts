import type { ClearedRecord } from '../../src/privacy/gate.js'
import { FORMATS as ENCODERS } from '../../src/sinks/formats/index.js'

/** A format as the property test sees it: one row each. What it cannot say of a record is an empty text. */
export interface FormatRow {
  readonly name: string
  readonly encode: (record: ClearedRecord) => string
}

export const FORMATS: readonly FormatRow[] = Object.entries(ENCODERS).map(([name, { encode }]) => ({
  name,
  encode,
}))
