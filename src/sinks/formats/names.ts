/** Formats of text; apart from the formats themselves, which are loaded when one is asked for. */
export const FORMAT_NAMES = [
  'ndjson',
  'ecs',
  'ocsf',
  'eve',
  'zeek-conn',
  'zeek-dns',
  'zeek-ssl',
  'zeek-conn-json',
  'zeek-dns-json',
  'zeek-ssl-json',
  'csv',
] as const
export type FormatName = (typeof FORMAT_NAMES)[number]
