// Traffic as a table: what CSV and Parquet have in common.
import type { ClearedDns, ClearedFlow, ClearedTraffic } from './format.js'
import { microseconds } from './moments.js'

type Kind = 'text' | 'count' | 'time' | 'flag'
type Cell = string | number | boolean | null

export interface Column {
  readonly name: string
  readonly kind: Kind
  /** Times as records have them; null where the record has no such field, or the gate closed it. */
  readonly value: (record: ClearedTraffic) => Cell
}

const both = (name: string, kind: Kind, value: Column['value']): Column => ({ name, kind, value })
const flow = (name: string, kind: Kind, value: (record: ClearedFlow) => Cell): Column => ({
  name,
  kind,
  value: (record) => (record.type === 'flow' ? value(record) : null),
})
const dns = (name: string, kind: Kind, value: (record: ClearedDns) => Cell): Column => ({
  name,
  kind,
  value: (record) => (record.type === 'dns' ? value(record) : null),
})

/** Order is the format: append only. */
export const COLUMNS: readonly Column[] = [
  both('type', 'text', ({ type }) => type),
  both('id', 'count', ({ id }) => id),
  both('start', 'time', ({ start }) => start),
  both('end', 'time', ({ end }) => end),
  both('transport', 'text', ({ transport }) => transport),
  both('client_ip', 'text', ({ client }) => client.ip),
  both('client_port', 'count', ({ client }) => client.port),
  both('server_ip', 'text', ({ server }) => server.ip),
  both('server_port', 'count', ({ server }) => server.port),
  both('protocol', 'text', ({ protocol }) => protocol),
  both('host', 'text', ({ host }) => host),
  both('host_source', 'text', ({ hostSource }) => hostSource),
  both('verdict', 'text', ({ verdict }) => verdict),
  both('action', 'text', ({ action }) => action),
  both('reason', 'text', ({ reason }) => reason),
  both('rule', 'text', ({ rule }) => rule?.text ?? null),
  both('list', 'text', ({ rule }) => rule?.list ?? null),
  both('line', 'count', ({ rule }) => rule?.line ?? null),
  both('category', 'text', ({ category }) => category),
  flow('packets_up', 'count', ({ packets }) => packets.up),
  flow('packets_down', 'count', ({ packets }) => packets.down),
  flow('bytes_up', 'count', ({ bytes }) => bytes.up),
  flow('bytes_down', 'count', ({ bytes }) => bytes.down),
  flow('tls_version', 'text', ({ tlsVersion }) => tlsVersion),
  flow('quic_version', 'text', ({ quicVersion }) => quicVersion),
  flow('alpn', 'text', ({ alpn }) => alpn.join(' ') || null),
  flow('ja4', 'text', ({ ja4 }) => ja4),
  flow('ech', 'flag', ({ ech }) => ech),
  flow('close', 'text', ({ close }) => close),
  dns('query', 'text', ({ query }) => query),
  dns('qtype', 'text', ({ qtype }) => qtype),
  dns('rcode', 'text', ({ rcode }) => rcode),
  dns('answers', 'text', ({ answers }) =>
    answers.length === 0
      ? null
      : answers.map(({ address, name, type }) => address ?? name ?? type).join(' '),
  ),
]

/** Microseconds since 1970, for formats that have a type for time. */
export const timeOf = (value: Cell): bigint | null =>
  value === null ? null : BigInt(microseconds(String(value)))
