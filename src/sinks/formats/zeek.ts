// Zeek's conn.log, dns.log and ssl.log, as TSV and as JSON (docs.zeek.org, Log Files). What Weir does not
// know, such as bytes without headers, is unset: `-` in TSV, absent in JSON.
import type { Protocol } from '../../records/vocabulary.js'
import { dnsRcodeNumber, dnsTypeNumber } from '../../records/registries.js'
import {
  type ClearedDns,
  type ClearedFlow,
  type ClearedTraffic,
  type Format,
  isTraffic,
  jsonLines,
} from './format.js'
import { between, microseconds, seconds } from './moments.js'

/** A time or an interval: TSV has all six digits of it, JSON a number. */
class Seconds {
  constructor(readonly us: number) {}
}
type Cell = string | number | boolean | Seconds | readonly (string | number)[] | null
/** A column: its name, Zeek's type of it, and its value; null is unset. */
type Column<R> = readonly [name: string, type: string, value: (record: R) => Cell]

const COMMON: readonly Column<ClearedTraffic>[] = [
  ['ts', 'time', ({ start }) => new Seconds(microseconds(start))],
  ['uid', 'string', ({ id }) => `W${String(id)}`],
  ['id.orig_h', 'addr', ({ client }) => client.ip],
  ['id.orig_p', 'port', ({ client }) => client.port],
  ['id.resp_h', 'addr', ({ server }) => server.ip],
  ['id.resp_p', 'port', ({ server }) => server.port],
]

/** Zeek's names of services where they are not ours. */
const SERVICES: Partial<Record<Protocol, string | null>> = {
  unknown: null,
  https: 'ssl',
  tls: 'ssl',
  starttls: 'ssl',
  dot: 'ssl',
  doh: 'ssl',
  dtls: 'ssl',
  http2: 'http',
  websocket: 'http',
  http3: 'quic',
  doq: 'quic',
  kerberos: 'krb',
}
const PROTOS = new Set(['tcp', 'udp', 'icmp'])

function service({ protocol }: ClearedFlow): string | null {
  const name = SERVICES[protocol]
  return name === undefined ? protocol : name
}

/** Only what both of Zeek's endings and Weir's say: who sent a reset is not recorded. */
const connState = ({ close, packets }: ClearedFlow): string | null =>
  close === 'fin' ? 'SF' : packets.down === 0 && packets.up > 0 ? 'S0' : 'OTH'

const CONN: readonly Column<ClearedFlow>[] = [
  ['proto', 'enum', ({ transport }) => (PROTOS.has(transport) ? transport : 'unknown_transport')],
  ['service', 'string', service],
  ['duration', 'interval', ({ start, end }) => new Seconds(between(start, end))],
  ['orig_bytes', 'count', () => null],
  ['resp_bytes', 'count', () => null],
  ['conn_state', 'string', connState],
  ['local_orig', 'bool', () => null],
  ['local_resp', 'bool', () => null],
  ['missed_bytes', 'count', () => null],
  ['history', 'string', () => null],
  ['orig_pkts', 'count', ({ packets }) => packets.up],
  ['orig_ip_bytes', 'count', ({ bytes }) => bytes.up],
  ['resp_pkts', 'count', ({ packets }) => packets.down],
  ['resp_ip_bytes', 'count', ({ bytes }) => bytes.down],
  ['tunnel_parents', 'set[string]', () => null],
]

const DNS: readonly Column<ClearedDns>[] = [
  ['proto', 'enum', ({ transport }) => transport],
  ['trans_id', 'count', ({ dnsId }) => dnsId],
  [
    'rtt',
    'interval',
    ({ start, end, rcode, querySeen }) =>
      rcode !== null && querySeen ? new Seconds(between(start, end)) : null,
  ],
  ['query', 'string', ({ query }) => query],
  ['qclass', 'count', () => 1],
  ['qclass_name', 'string', () => 'C_INTERNET'],
  ['qtype', 'count', ({ qtype }) => dnsTypeNumber(qtype)],
  ['qtype_name', 'string', ({ qtype }) => qtype],
  ['rcode', 'count', ({ rcode }) => (rcode === null ? null : dnsRcodeNumber(rcode))],
  ['rcode_name', 'string', ({ rcode }) => rcode],
  ['AA', 'bool', () => null],
  ['TC', 'bool', () => null],
  ['RD', 'bool', () => null],
  ['RA', 'bool', () => null],
  ['Z', 'count', () => null],
  [
    'answers',
    'vector[string]',
    ({ answers }) =>
      answers.length === 0
        ? null
        : answers.map(({ address, name, type }) => address ?? name ?? type),
  ],
  [
    'TTLs',
    'vector[interval]',
    ({ answers }) => (answers.length === 0 ? null : answers.map(({ ttl }) => ttl)),
  ],
  ['rejected', 'bool', ({ verdict }) => verdict === 'drop'],
]

const SSL: readonly Column<ClearedFlow>[] = [
  ['version', 'string', ({ tlsVersion }) => tlsVersion && tlsVersion.replace(/[ .]/g, '')],
  ['cipher', 'string', () => null],
  ['curve', 'string', () => null],
  [
    'server_name',
    'string',
    ({ host, hostSource }) => (hostSource === 'tls-sni' || hostSource === 'quic-sni' ? host : null),
  ],
  ['resumed', 'bool', () => null],
  ['last_alert', 'string', () => null],
  ['next_protocol', 'string', () => null],
  ['established', 'bool', () => null],
  ['ssl_history', 'string', () => null],
  ['ja4', 'string', ({ ja4 }) => ja4],
]

/** Separators, what cannot be printed, and a text that would read as unset or empty: `\xHH`. */
function escaped(text: string): string {
  if (text === '-') return '\\x2d'
  if (text === '') return '(empty)'
  if (text === '(empty)') return '\\x28empty)'
  return text.replace(/[^ -~]|[\\,]/g, (character) =>
    [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
  )
}

function cellText(value: Cell): string {
  if (value === null) return '-'
  if (value instanceof Seconds) return seconds(value.us)
  if (typeof value === 'boolean') return value ? 'T' : 'F'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return escaped(value)
  return value
    .map((part) => (typeof part === 'number' ? seconds(part * 1e6) : escaped(part)))
    .join()
}

const cellJson = (value: Cell): unknown =>
  value instanceof Seconds ? Number(seconds(value.us)) : value

/** A log of Zeek's: its path, the records that belong in it, and its columns. */
interface Log {
  readonly path: string
  readonly takes: (record: ClearedTraffic) => boolean
  readonly columns: readonly Column<never>[]
}

const LOGS = {
  conn: {
    path: 'conn',
    takes: ({ type }) => type === 'flow',
    columns: [...COMMON, ...CONN] as readonly Column<never>[],
  },
  dns: {
    path: 'dns',
    takes: ({ type }) => type === 'dns',
    columns: [...COMMON, ...DNS] as readonly Column<never>[],
  },
  ssl: {
    path: 'ssl',
    takes: (record) => record.type === 'flow' && record.tlsVersion !== null,
    columns: [...COMMON, ...SSL] as readonly Column<never>[],
  },
} as const satisfies Record<string, Log>
export type ZeekLog = keyof typeof LOGS

/** Zeek's tab-separated log. It has no `#open` line: the same records give the same bytes. */
export function zeekTsv(log: ZeekLog): Format {
  const { path, takes, columns } = LOGS[log] as Log
  const names = columns.map(([name]) => name).join('\t')
  const types = columns.map(([, type]) => type).join('\t')
  return {
    head: `#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t${path}\n#fields\t${names}\n#types\t${types}\n`,
    encode(record) {
      if (!isTraffic(record) || !takes(record)) return ''
      return `${columns.map(([, , value]) => cellText(value(record as never))).join('\t')}\n`
    },
  }
}

/** The same as JSON lines, with Zeek's dotted names. */
export function zeekJson(log: ZeekLog): Format {
  const { path, takes, columns } = LOGS[log] as Log
  return jsonLines((record) => {
    if (!takes(record)) return null
    const cells = columns.map(
      ([name, , value]) => [name, cellJson(value(record as never))] as const,
    )
    return Object.fromEntries([['_path', path], ...cells.filter(([, cell]) => cell !== null)])
  })
}
