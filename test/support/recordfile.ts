import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { ActionRecord } from '../../src/privacy/reports.js'
import type { TrafficRecord } from '../../src/records/types.js'
import { schemaErrors } from './schema.js'

/** What a file of NDJSON says was seen, each record as its schema has it, and what Weir did beside it. */
export function readRecords(path: string): { seen: TrafficRecord[]; done: ActionRecord[] } {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  const records = lines.map((line) => JSON.parse(line) as TrafficRecord | ActionRecord)
  const done = records.filter((record) => record.type === 'action')
  const seen = records.filter((record) => record.type !== 'action')
  for (const record of seen) expect(schemaErrors(record)).toEqual([])
  return { seen, done }
}
