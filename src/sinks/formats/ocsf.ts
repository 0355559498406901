// Open Cybersecurity Schema Framework 1.3 (schema.ocsf.io): Network Activity (4001) and DNS Activity
// (4003), with the profile Security Control. What it has no attribute for is under `unmapped`.
import type { Close } from '../../records/vocabulary.js'
import { transportNumber } from '../../records/registries.js'
import { type ClearedDns, type ClearedFlow, type ClearedTraffic, jsonLines } from './format.js'
import { microseconds } from './moments.js'
import { prune } from './prune.js'

const OCSF_VERSION = '1.3.0'
const NETWORK = 4001
const DNS = 4003

/** OCSF counts time in milliseconds. */
const milliseconds = (time: string): number => Math.floor(microseconds(time) / 1000)

const CLOSES: Partial<Record<Close, { id: number; name: string }>> = {
  fin: { id: 2, name: 'Close' },
  reset: { id: 3, name: 'Reset' },
}

function activity(record: ClearedTraffic): { id: number; name: string } {
  if (record.type === 'flow') {
    if (record.verdict === 'drop') return { id: 5, name: 'Refuse' }
    return CLOSES[record.close] ?? { id: 6, name: 'Traffic' }
  }
  if (record.rcode === null) return { id: 1, name: 'Query' }
  return record.querySeen ? { id: 6, name: 'Traffic' } : { id: 2, name: 'Response' }
}

/** What the security control did. `audit-mode`: it would have denied. */
function control(record: ClearedTraffic): object {
  const isDenied = record.verdict === 'drop'
  const isLogged = record.action === 'audit' || record.reason === 'audit-mode'
  const disposition = isDenied ? [2, 'Blocked'] : isLogged ? [17, 'Logged'] : [1, 'Allowed']
  return {
    action_id: isDenied ? 2 : 1,
    action: isDenied ? 'Denied' : 'Allowed',
    disposition_id: disposition[0],
    disposition: disposition[1],
    firewall_rule: record.rule && {
      name: record.rule.text,
      uid: `${record.rule.list}:${String(record.rule.line)}`,
      category: record.category,
      desc: record.reason,
    },
  }
}

function connection(record: ClearedTraffic): object {
  const ip = record.server.ip ?? record.client.ip
  return {
    uid: String(record.id),
    // Client and server are known; which of them is inside is not.
    direction_id: 0,
    direction: 'Unknown',
    protocol_name: record.transport,
    protocol_num: transportNumber(record.transport),
    protocol_ver_id: ip === null ? 0 : ip.includes(':') ? 6 : 4,
  }
}

function flowPart(record: ClearedFlow): object {
  const { bytes, packets, tlsVersion, host } = record
  return {
    app_name: record.protocol,
    traffic: {
      bytes: bytes.up + bytes.down,
      bytes_out: bytes.up,
      bytes_in: bytes.down,
      packets: packets.up + packets.down,
      packets_out: packets.up,
      packets_in: packets.down,
    },
    tls: tlsVersion === null ? null : { version: tlsVersion, sni: host },
    unmapped: {
      ja4: record.ja4,
      alpn: record.alpn.join(','),
      host_source: record.hostSource,
      close: record.close,
    },
  }
}

/** `rcode_id` and its caption; 99 is for what RFC 6895 does not have. */
const RCODES: readonly (readonly [string, number, string])[] = [
  ['NOERROR', 0, 'NoError'],
  ['FORMERR', 1, 'FormError'],
  ['SERVFAIL', 2, 'ServError'],
  ['NXDOMAIN', 3, 'NXDomain'],
  ['NOTIMP', 4, 'NotImp'],
  ['REFUSED', 5, 'Refused'],
  ['YXDOMAIN', 6, 'YXDomain'],
  ['YXRRSET', 7, 'YXRRSet'],
  ['NXRRSET', 8, 'NXRRSet'],
  ['NOTAUTH', 9, 'NotAuth'],
  ['NOTZONE', 10, 'NotZone'],
  ['DSOTYPENI', 11, 'DSOTYPENI'],
  ['BADVERS', 16, 'BADVERS'],
  ['BADCOOKIE', 23, 'BADCOOKIE'],
]

function dnsPart(record: ClearedDns): object {
  const rcode = RCODES.find(([name]) => name === record.rcode)
  return {
    query: { hostname: record.query, type: record.qtype, packet_uid: record.dnsId },
    query_time: record.querySeen ? milliseconds(record.start) : null,
    response_time: record.rcode === null ? null : milliseconds(record.end),
    rcode_id: record.rcode === null ? null : (rcode?.[1] ?? 99),
    rcode: rcode?.[2] ?? record.rcode,
    answers: record.answers.map(({ type, ttl, address, name }) =>
      prune({ type, ttl, rdata: address ?? name ?? '', packet_uid: record.dnsId }),
    ),
    unmapped: { host_source: record.hostSource },
  }
}

/** One record as an OCSF event. */
export function toOcsf(record: ClearedTraffic): object {
  const uid = record.type === 'dns' ? DNS : NETWORK
  const { id, name } = activity(record)
  return prune({
    class_uid: uid,
    class_name: record.type === 'dns' ? 'DNS Activity' : 'Network Activity',
    category_uid: 4,
    category_name: 'Network Activity',
    activity_id: id,
    activity_name: name,
    type_uid: uid * 100 + id,
    severity_id: 1,
    severity: 'Informational',
    time: milliseconds(record.start),
    start_time: milliseconds(record.start),
    end_time: milliseconds(record.end),
    duration: Math.max(0, milliseconds(record.end) - milliseconds(record.start)),
    metadata: {
      version: OCSF_VERSION,
      product: { name: 'Weir', vendor_name: 'Weir' },
      profiles: ['security_control'],
    },
    src_endpoint: record.client,
    dst_endpoint: { ...record.server, hostname: record.type === 'flow' ? record.host : null },
    connection_info: connection(record),
    ...control(record),
    ...(record.type === 'dns' ? dnsPart(record) : flowPart(record)),
  })
}

export const ocsf = jsonLines(toOcsf)
