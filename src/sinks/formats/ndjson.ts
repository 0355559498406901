// Weir's own format: the record as it is (records/schema.json), reports included.
import type { Format } from './format.js'

export const ndjson: Format = { encode: (record) => `${JSON.stringify(record)}\n` }
