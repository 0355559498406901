// From a record to a row and back.
import type { ClearedDns, ClearedTraffic } from '../formats/format.js'
import { microseconds } from '../formats/moments.js'
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

export const INSERT = `INSERT INTO record (${COLUMNS.join()}) VALUES (${COLUMNS.map(() => '?').join()})`

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

type Cell = number | string | null

/** The cells of `INSERT`, in its order. */
export function rowOf(record: ClearedTraffic, texts: Texts): Cell[] {
  const at = microseconds(record.start)
  const duration = Math.max(0, microseconds(record.end) - at)
  const day = Math.floor(at / DAY_US)
  const number = (text: string): number => texts.number(text, day)
  const optional = (text: string | null | undefined): number | null =>
    text === null || text === undefined ? null : number(text)
  const { client, server, rule } = record
  const counts = record.type === 'flow' ? record : null
  return [
    ...[at, duration, number(record.type), record.id],
    ...[number(record.transport), number(record.protocol)],
    ...[optional(client.ip), client.port, optional(server.ip), server.port, optional(record.host)],
    ...[number(record.verdict), number(record.action), number(record.reason)],
    ...[optional(rule?.text), optional(rule?.list), rule?.line ?? null, optional(record.category)],
    ...[counts?.packets.up ?? null, counts?.packets.down ?? null],
    ...[counts?.bytes.up ?? null, counts?.bytes.down ?? null],
    JSON.stringify({ ...record, ...IN_COLUMNS }),
  ]
}

/** Fields that have a column, or follow from one: JSON leaves out what is undefined. */
const IN_COLUMNS = Object.fromEntries(
  [
    ...['type', 'id', 'start', 'end', 'transport', 'protocol', 'client', 'server', 'host'],
    ...['verdict', 'action', 'reason', 'rule', 'category', 'packets', 'bytes'],
  ].map((name) => [name, undefined]),
)

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
    ...(JSON.parse(row.detail) as Partial<ClearedDns>),
  } as unknown as ClearedTraffic
}
