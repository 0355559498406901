// The formats by name; a new one is a file, a row here and in names.ts, and its golden files.
import { csv } from './csv.js'
import { ecs } from './ecs.js'
import { eve } from './eve.js'
import type { Format } from './format.js'
import type { FormatName } from './names.js'
import { ndjson } from './ndjson.js'
import { ocsf } from './ocsf.js'
import { zeekJson, zeekTsv } from './zeek.js'

export const FORMATS = {
  ndjson,
  ecs,
  ocsf,
  eve,
  'zeek-conn': zeekTsv('conn'),
  'zeek-dns': zeekTsv('dns'),
  'zeek-ssl': zeekTsv('ssl'),
  'zeek-conn-json': zeekJson('conn'),
  'zeek-dns-json': zeekJson('dns'),
  'zeek-ssl-json': zeekJson('ssl'),
  csv,
} as const satisfies Record<FormatName, Format>
