// A cleared record as a message of RFC 5424.
import type { ClearedRecord } from '../privacy/gate.js'
import type { ClearedDns, ClearedFlow, Report } from '../privacy/reports.js'

/** local0 (RFC 5424 6.2.1). */
const FACILITY = 16
const SEVERITY = { warning: 4, notice: 5, informational: 6 } as const
/** Private enterprise number of examples (RFC 5612): Weir has none of its own. */
const SD_ID = 'weir@32473'
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/
/** Where the batch and the place in it are put when it is sent: by them a receiver can tell what came twice. */
const UNSENT = ' batch="-"'

/** One line of ASCII but for names: `<PRI>1 TIME - weir - KIND [weir@… …] {the record as JSON}`. No host name: it is in no inventory. */
export function messageOf(record: ClearedRecord<'tenant'>): string {
  const isTraffic = record.type === 'flow' || record.type === 'dns'
  const time = isTraffic ? record.end : record.time
  const params = isTraffic ? trafficParams(record) : reportParams(record)
  const data = params.map(([name, value]) => ` ${name}="${escaped(value)}"`).join('')
  const head = `<${FACILITY * 8 + severityOf(record)}>1 ${TIMESTAMP.test(time) ? time : '-'} - weir - ${record.type}`
  return `${head} [${SD_ID}${UNSENT}${data}] ${ascii(JSON.stringify(record))}`
}

/** The message as it travels: its length in octets before it (RFC 5425 4.3). */
export function framed(text: string, key: string, position: number): Buffer {
  const message = text.replace(UNSENT, ` batch="${key}" position="${position}"`)
  return Buffer.from(`${Buffer.byteLength(message)} ${message}`)
}

function severityOf(record: ClearedFlow | ClearedDns | Report): number {
  if (record.type !== 'flow' && record.type !== 'dns') return SEVERITY.notice
  return record.action === 'none' || record.action === 'allow'
    ? SEVERITY.informational
    : SEVERITY.warning
}

type Param = readonly [name: string, value: string | number | null]

function trafficParams(record: ClearedFlow | ClearedDns): Param[] {
  const params: Param[] = [
    ['id', record.id],
    ['verdict', record.verdict],
    ['action', record.action],
    ['protocol', record.protocol],
    ['host', record.host],
    ['client', record.client.ip],
    ['server', record.server.ip],
    ['port', record.server.port],
    ['rule', record.rule?.text ?? null],
    ['list', record.rule?.list ?? null],
    ['category', record.category],
  ]
  return params.filter(([, value]) => value !== null)
}

const reportParams = (report: Report): Param[] =>
  report.type === 'action' ? [['action', report.action]] : []

/** RFC 5424 6.3.3: these three, and no other, are escaped; control characters are none of ours. */
const escaped = (value: string | number | null): string =>
  String(value)
    .replaceAll(/\p{Cc}/gu, '?')
    .replaceAll(/["\\\]]/g, '\\$&')

/** So that no byte order mark has to say what it is (RFC 5424 6.4). */
const ascii = (json: string): string =>
  json.replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
