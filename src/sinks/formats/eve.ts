// Suricata's EVE JSON, as its manual describes `flow` and `dns` (docs.suricata.io, EVE JSON format).
import type { Protocol } from '../../records/vocabulary.js'
import { type ClearedDns, type ClearedFlow, type ClearedTraffic, jsonLines } from './format.js'
import { between } from './moments.js'
import { prune } from './prune.js'

/** `2026-11-23T14:19:32.052681+0000` */
const stamp = (time: string): string => `${time.slice(0, -1)}+0000`

/** Where Suricata calls a protocol by another name. */
const APP_PROTOCOLS: Partial<Record<Protocol, string>> = {
  unknown: 'failed',
  https: 'tls',
  starttls: 'tls',
  dot: 'tls',
  doh: 'tls',
  http3: 'quic',
  doq: 'quic',
  postgresql: 'pgsql',
}

function head(record: ClearedTraffic): object {
  return {
    timestamp: stamp(record.type === 'flow' ? record.end : record.start),
    flow_id: record.id,
    event_type: record.type,
    src_ip: record.client.ip,
    src_port: record.client.port,
    dest_ip: record.server.ip,
    dest_port: record.server.port,
    proto: record.transport.toUpperCase(),
  }
}

function flowPart(record: ClearedFlow): object {
  const isQuic = record.quicVersion !== null
  const hello = { sni: record.host, version: record.tlsVersion, ja4: record.ja4 }
  return {
    app_proto: APP_PROTOCOLS[record.protocol] ?? record.protocol,
    flow: {
      pkts_toserver: record.packets.up,
      pkts_toclient: record.packets.down,
      bytes_toserver: record.bytes.up,
      bytes_toclient: record.bytes.down,
      start: stamp(record.start),
      end: stamp(record.end),
      age: Math.floor(between(record.start, record.end) / 1_000_000),
      state: record.close === 'fin' || record.close === 'reset' ? 'closed' : 'established',
      reason:
        record.close === 'evicted' ? 'forced' : record.close === 'finish' ? 'shutdown' : 'timeout',
      alerted: record.action === 'block' || record.action === 'warn',
      action: record.verdict,
    },
    tls: record.tlsVersion !== null && !isQuic ? hello : null,
    quic: isQuic ? { version: record.quicVersion, sni: record.host, ja4: record.ja4 } : null,
  }
}

/** Version 2 of Suricata's DNS events: one event, with the answers in it. */
function dnsPart(record: ClearedDns): object {
  return {
    app_proto: 'dns',
    dns: {
      version: 2,
      type: record.rcode === null ? 'query' : 'answer',
      id: record.dnsId,
      rrname: record.query,
      rrtype: record.qtype,
      rcode: record.rcode,
      answers: record.answers.map(({ type, ttl, address, name }) =>
        prune({ rrtype: type, ttl, rdata: address ?? name }),
      ),
    },
  }
}

/** What Suricata says in an event of its own, `alert`, is said here beside the flow. */
function decision(record: ClearedTraffic): object | null {
  if (!record.rule) return null
  return {
    action: record.verdict === 'drop' ? 'blocked' : 'allowed',
    signature: record.rule.text,
    category: record.category,
    source: { list: record.rule.list, line: record.rule.line },
    reason: record.reason,
  }
}

/** One record as an EVE event. */
export function toEve(record: ClearedTraffic): object {
  return prune({
    ...head(record),
    ...(record.type === 'dns' ? dnsPart(record) : flowPart(record)),
    weir: decision(record),
  })
}

export const eve = jsonLines(toEve)
