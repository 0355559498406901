// Comma-separated values (RFC 4180), one row a record of traffic.
import { COLUMNS } from './columns.js'
import { type Format, isTraffic } from './format.js'

/**
 * A cell that a spreadsheet would take for a formula gets an apostrophe in front: names come from
 * whoever sent the packet.
 */
function cell(value: string | number | boolean | null): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export const csv: Format = {
  head: `${COLUMNS.map(({ name }) => name).join()}\r\n`,
  encode: (record) =>
    isTraffic(record) ? `${COLUMNS.map(({ value }) => cell(value(record))).join()}\r\n` : '',
}
