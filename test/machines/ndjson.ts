import type { RuleDetail, RuleLookup } from '../../src/records/decode.js'
import { RecordEncoder } from '../../src/records/encode.js'
import { RECORD_SIZE } from '../../src/records/layout.js'
import { RecordRun } from '../../src/records/ring.js'
import type { Action } from '../../src/records/vocabulary.js'

/** Looks rules up in what a machine said of its ruleset: native/test/rule_line.h. */
export function lookupIn(text: string): RuleLookup {
  const lines = text.split('\n')
  const categories = lines.slice(0, lines.indexOf(''))
  const rules = lines.slice(categories.length + 1, -1).map((line) => line.split('\t'))
  return (number, _generation, low = 0, high = 0): RuleDetail | null => {
    const columns = rules[number]
    if (!columns) return null
    const asked = (BigInt(high) << 32n) | BigInt(low) || BigInt(columns[5]!)
    const names = categories.filter((_, bit) => (asked >> BigInt(bit)) & 1n)
    return {
      text: columns.at(-1)!,
      list: columns[6]!,
      line: Number(columns[7]),
      category: names.join(',') || null,
      action: columns[1] as Action,
      title: columns[9]! || null,
      severity: Number(columns[8]),
    }
  }
}

/** The lines that records come to, as `weir replay` writes them. */
export function ndjsonOf(records: Buffer, lookup: RuleLookup): string {
  const run = new RecordRun(new Uint8Array(records).buffer)
  run.count = records.length / RECORD_SIZE
  const encoder = new RecordEncoder(lookup)
  encoder.encode(run)
  return Buffer.from(encoder.take()).toString('latin1')
}
