import type { ClearedRecord } from '../../src/privacy/gate.js'

/** A sink as the canary test sees it: one row each. */
export interface SinkRow {
  readonly name: string
  /** Writes the records, closes the sink, and gives all that it then holds: files, requests, logs. */
  readonly write: (
    records: readonly ClearedRecord<'tenant'>[],
  ) => Promise<readonly (Uint8Array | string)[]>
}

export const SINKS: readonly SinkRow[] = [
  {
    name: 'a line of JSON each',
    write: (records) => Promise.resolve(records.map((record) => JSON.stringify(record))),
  },
]
