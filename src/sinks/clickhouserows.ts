// Cleared records as rows of the fleet's tables; the columns are in clickhouseschema.ts.
import type { ClearedRecord } from '../privacy/gate.js'
import { INVENTORY, type Item, type RecordKind } from '../privacy/inventory.js'
import type { ClearedDns, ClearedFlow, Report } from '../privacy/reports.js'
import type { Table } from './clickhouseschema.js'

export const tableOf = (kind: RecordKind): Table =>
  kind === 'flow' ? 'flows' : kind === 'dns' ? 'lookups' : 'reports'

/** One line of JSONEachRow. What a gate closed is empty: `withheld` says so. */
export const rowOf = (record: ClearedRecord<'tenant'>): string => lineOf(record)

/** Of a record's JSON as a collector was sent it: the device's gate has cleared it. */
export const rowOfReceived = (json: string): string =>
  lineOf(JSON.parse(json) as ClearedFlow | ClearedDns | Report)

function lineOf(record: ClearedFlow | ClearedDns | Report): string {
  if (record.type === 'flow') return JSON.stringify(flowRow(record))
  if (record.type === 'dns') return JSON.stringify(lookupRow(record))
  return JSON.stringify(reportRow(record))
}

/** Seconds, as DateTime takes them, and the microseconds of it. */
function moment(time: string): [seconds: number, micros: number] {
  const seconds = Math.min(Math.max(Math.floor(Date.parse(time) / 1000) || 0, 0), 0xffff_ffff)
  const [, fraction = ''] = /\.(\d{1,6})/.exec(time) ?? []
  return [seconds, Number(fraction.padEnd(6, '0'))]
}

function sharedRow(record: ClearedFlow | ClearedDns) {
  const [start, startUs] = moment(record.start)
  const [end, endUs] = moment(record.end)
  return {
    id: record.id,
    start,
    start_us: startUs,
    end,
    end_us: endUs,
    transport: record.transport,
    client_ip: record.client.ip ?? '',
    client_port: record.client.port ?? 0,
    server_ip: record.server.ip ?? '',
    server_port: record.server.port ?? 0,
    protocol: record.protocol,
    host: record.host ?? '',
    host_source: record.hostSource,
    verdict: record.verdict,
    action: record.action,
    reason: record.reason,
    rule: record.rule?.text ?? '',
    list: record.rule?.list ?? '',
    line: record.rule?.line ?? 0,
    category: record.category ?? '',
    overruled: record.overruled?.text ?? '',
    overruled_list: record.overruled?.list ?? '',
    overruled_line: record.overruled?.line ?? 0,
    withheld: record.withheld ?? [],
  }
}

const flowRow = (flow: ClearedFlow) => ({
  ...sharedRow(flow),
  packets_up: flow.packets.up,
  packets_down: flow.packets.down,
  bytes_up: flow.bytes.up,
  bytes_down: flow.bytes.down,
  close: flow.close,
  via: flow.via ?? '',
  evidence: flow.protocolEvidence,
  hosts: flow.hosts?.map(({ host }) => host) ?? [],
  hosts_source: flow.hosts?.map(({ source }) => source) ?? [],
  name_is_outer: Number(flow.nameIsOuter),
  hint_ambiguous: Number(flow.hintAmbiguous),
  esni: Number(flow.esni),
  ech: Number(flow.ech),
  alpn: flow.alpn,
  tls_version: flow.tlsVersion ?? '',
  quic_version: flow.quicVersion ?? '',
  ja4: flow.ja4 ?? '',
})

const lookupRow = (lookup: ClearedDns) => ({
  ...sharedRow(lookup),
  dns_id: lookup.dnsId ?? 0,
  query: lookup.query ?? '',
  qtype: lookup.qtype,
  query_seen: Number(lookup.querySeen),
  rcode: lookup.rcode ?? '',
  answer_count: lookup.answerCount,
  answers_type: lookup.answers.map(({ type }) => type),
  answers_ttl: lookup.answers.map(({ ttl }) => ttl),
  answers_value: lookup.answers.map(({ address, name }) => name ?? address ?? ''),
})

function reportRow(report: Report) {
  const [time] = moment(report.time)
  return {
    type: report.type,
    time,
    expires: time + DAY * daysOf(report.type),
    report: JSON.stringify(report),
  }
}

const DAY = 86_400

/** Longest that records of a kind are kept, in days, as the inventory says. */
export const daysOf = (kind: RecordKind): number =>
  Math.min(
    ...Object.values<Item>(INVENTORY[kind]).map(({ retention }) =>
      Number(/\d+/.exec(retention)![0]),
    ),
  )
