// From a record to a row and back.
import type { ClearedTraffic } from '../formats/format.js'
import { microseconds } from '../formats/moments.js'
import type { Cell } from './rows.js'
import { timeText } from '../../records/time.js'

/** Gives a text its number; and a number its text. */
export interface Texts {
  number(text: string, day: number): number
  text(number: number): string
}

export const HOUR_US = 3_600_000_000
export const DAY_US = 24 * HOUR_US

const COLUMNS = [
  ...['start', 'duration', 'type', 'flow', 'transport', 'protocol'],
  ...['client', 'client_port', 'server', 'server_port', 'host', 'verdict', 'action', 'reason'],
  ...['rule', 'list', 'line', 'category'],
  ...['packets_up', 'packets_down', 'bytes_up', 'bytes_down', 'detail'],
] as const

/** To be followed by the values that `addRow` gives. */
export const INSERT = `INSERT INTO record (${COLUMNS.join()})`

/** A row as SQLite gives it. */
export interface Row {
  readonly id: number
  readonly start: number
  readonly duration: number
  readonly type: number
  readonly flow: number
  readonly transport: number
  readonly protocol: number
  readonly client: number | null
  readonly client_port: number | null
  readonly server: number | null
  readonly server_port: number | null
  readonly host: number | null
  readonly verdict: number
  readonly action: number
  readonly reason: number
  readonly rule: number | null
  readonly list: number | null
  readonly line: number | null
  readonly category: number | null
  readonly packets_up: number | null
  readonly packets_down: number | null
  readonly bytes_up: number | null
  readonly bytes_down: number | null
  readonly detail: string
}

/** Where the cells lie that figures are made of. */
export const CELL = Object.fromEntries(COLUMNS.map((name, at) => [name, at])) as Readonly<
  Record<(typeof COLUMNS)[number], number>
>

/** Puts a record's cells behind those that are there, in the order of `INSERT`. */
export function addRow(cells: Cell[], record: ClearedTraffic, texts: Texts): void {
  const at = microseconds(record.start)
  const day = Math.floor(at / DAY_US)
  const optional = (text: string | null | undefined): number | null =>
    text === null || text === undefined ? null : texts.number(text, day)
  const { client, server, rule } = record
  cells.push(at, Math.max(0, microseconds(record.end) - at))
  cells.push(texts.number(record.type, day), record.id)
  cells.push(texts.number(record.transport, day), texts.number(record.protocol, day))
  cells.push(optional(client.ip), client.port, optional(server.ip), server.port)
  cells.push(optional(record.host), texts.number(record.verdict, day))
  cells.push(texts.number(record.action, day), texts.number(record.reason, day))
  cells.push(optional(rule?.text), optional(rule?.list), rule?.line ?? null)
  cells.push(optional(record.category))
  if (record.type === 'flow') {
    const { packets, bytes } = record
    cells.push(packets.up, packets.down, bytes.up, bytes.down)
  } else {
    cells.push(null, null, null, null)
  }
  cells.push(detailCell(record, texts, day))
}

/** Fields that have a column, or follow from one. */
const IN_COLUMNS: ReadonlySet<string> = new Set([
  ...['type', 'id', 'start', 'end', 'transport', 'protocol', 'client', 'server', 'host'],
  ...['verdict', 'action', 'reason', 'rule', 'category', 'packets', 'bytes'],
])

/** The record's other fields as JSON. */
export function detailOf(record: ClearedTraffic): string {
  const rest: Record<string, unknown> = {}
  for (const key in record) {
    if (!IN_COLUMNS.has(key)) rest[key] = (record as unknown as Record<string, unknown>)[key]
  }
  return JSON.stringify(rest)
}

/** Those of flows are alike, so they are a text of the dictionary, and this is its number; all others are their own. */
export function detailCell(record: ClearedTraffic, texts: Texts, day: number): string {
  const json = detailOf(record)
  const isOwn = record.type === 'dns' || record.hosts !== undefined
  return isOwn ? json : String(texts.number(json, day))
}

const detail = (text: string, texts: Texts): object =>
  JSON.parse(text.startsWith('{') ? text : texts.text(Number(text))) as object

/** The record that a row was made of; its fields may lie in another order. */
export function recordOf(row: Row, texts: Texts): ClearedTraffic {
  const text = (number: number): string => texts.text(number)
  const optional = (number: number | null): string | null =>
    number === null ? null : texts.text(number)
  const { rule, list, line } = row
  const counts = row.packets_up !== null && {
    packets: { up: row.packets_up, down: row.packets_down },
    bytes: { up: row.bytes_up, down: row.bytes_down },
  }
  return {
    type: text(row.type),
    id: row.flow,
    start: timeText(row.start),
    end: timeText(row.start + row.duration),
    transport: text(row.transport),
    client: { ip: optional(row.client), port: row.client_port },
    server: { ip: optional(row.server), port: row.server_port },
    ...counts,
    protocol: text(row.protocol),
    host: optional(row.host),
    verdict: text(row.verdict),
    action: text(row.action),
    reason: text(row.reason),
    rule:
      rule === null || list === null || line === null
        ? null
        : { text: text(rule), list: text(list), line },
    category: optional(row.category),
    ...detail(row.detail, texts),
  } as unknown as ClearedTraffic
}
