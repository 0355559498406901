// What every format is: a pure function from a cleared record to text.
import type { Cleared, ClearedRecord } from '../../privacy/gate.js'
import type { ClearedDns, ClearedFlow } from '../../privacy/reports.js'

/** Records of traffic, behind the gate. */
export type ClearedTraffic = Cleared<ClearedFlow | ClearedDns>
export type { ClearedDns, ClearedFlow }

export interface Format {
  /** Written once, before the first record; absent where a format has no head. */
  readonly head?: string
  /**
   * The record as one line with its end; '' for a kind of record that the format has no word for: a
   * report of Weir itself, or a DNS transaction in a log of flows.
   */
  readonly encode: (record: ClearedRecord) => string
}

/** Whether a record is of traffic, and not of Weir itself. */
export const isTraffic = (record: ClearedRecord): record is ClearedTraffic =>
  record.type === 'flow' || record.type === 'dns'

/** A format of JSON lines for traffic only. */
export function jsonLines(convert: (record: ClearedTraffic) => object | null): Format {
  return {
    encode(record) {
      const value = isTraffic(record) ? convert(record) : null
      return value ? `${JSON.stringify(value)}\n` : ''
    },
  }
}
