import type { ClearedDns, ClearedFlow } from '../privacy/reports.js'
import { cut, endpointText, hostText, plain, protocolText, ruleText } from './table.js'

/** One line: a flow, or a DNS transaction. */
export interface LiveRow {
  readonly cells: Readonly<Record<Column, string>>
  readonly isStopped: boolean
  readonly isWarned: boolean
}

type Column = 'time' | 'verdict' | 'protocol' | 'host' | 'client' | 'rule' | 'packets' | 'bytes'

/** In their order, each with the least width of a terminal that shows it; `host` and `rule` share what is left. */
const COLUMNS: readonly { name: Column; width: number; from: number; right?: true }[] = [
  { name: 'time', width: 8, from: 0 },
  { name: 'verdict', width: 7, from: 0 },
  { name: 'protocol', width: 10, from: 0 },
  { name: 'host', width: 0, from: 0 },
  { name: 'client', width: 21, from: 116 },
  { name: 'rule', width: 0, from: 70 },
  { name: 'packets', width: 8, from: 80, right: true },
  { name: 'bytes', width: 8, from: 60, right: true },
]
const HOST_SHARE = 0.5
const HOST_MAX = 48

/** `isLive`: it goes on, and its figures are those when it was judged. */
export function flowRow(flow: ClearedFlow, isLive: boolean): LiveRow {
  const { packets, bytes } = flow
  const more = isLive ? '+' : ''
  return rowOf(flow, {
    protocol: protocolText(flow),
    host: hostText(flow),
    packets: `${short(packets.up + packets.down)}${more}`,
    bytes: `${short(bytes.up + bytes.down)}${more}`,
  })
}

export function dnsRow(dns: ClearedDns): LiveRow {
  const { protocol, query, qtype } = dns
  const host = query === null ? qtype : `${query} ${qtype}`
  return rowOf(dns, { protocol, host, packets: '', bytes: '' })
}

type Own = Pick<LiveRow['cells'], 'protocol' | 'host' | 'packets' | 'bytes'>

function rowOf(record: ClearedFlow | ClearedDns, own: Own): LiveRow {
  const cells = {
    ...own,
    time: new Date(record.start).toTimeString().slice(0, 8),
    verdict: record.verdict,
    client: endpointText(record.client),
    rule: ruleText(record),
  }
  return { cells, isStopped: record.verdict === 'drop', isWarned: record.action === 'warn' }
}

/** The heading of a table `width` characters wide, and what makes a line of it from a row. */
export function layOut(width: number): { heading: string; line: (row: LiveRow) => string } {
  const shown = COLUMNS.filter(({ from }) => width >= from)
  const left = width - shown.reduce((sum, column) => sum + column.width, 0) - 2 * (shown.length - 1)
  const hasRule = shown.some(({ name }) => name === 'rule')
  const host = Math.max(8, hasRule ? Math.min(HOST_MAX, Math.floor(left * HOST_SHARE)) : left)
  const widths: Partial<Record<Column, number>> = { host, rule: Math.max(8, left - host) }
  const put = (cells: Readonly<Record<Column, string>>): string => {
    const texts = shown.map(({ name, width: own, right }) => {
      const room = widths[name] ?? own
      const text = cut(plain(cells[name]), room)
      return right ? text.padStart(room) : text.padEnd(room)
    })
    return cut(texts.join('  ').trimEnd(), width)
  }
  const names = Object.fromEntries(COLUMNS.map(({ name }) => [name, name]))
  return { heading: put(names as Record<Column, string>), line: ({ cells }) => put(cells) }
}

const UNITS = ['', 'k', 'M', 'G', 'T']

/** `1234`, `12.3k`, `123k`: five characters at most, up to the last unit's 9999. */
export function short(count: number): string {
  let [value, unit] = [count, 0]
  while (value >= (unit ? 999.5 : 9999.5) && unit + 1 < UNITS.length)
    [value, unit] = [value / 1000, unit + 1]
  return `${unit && value < 99.95 ? value.toFixed(1) : Math.round(value)}${UNITS[unit]!}`
}
