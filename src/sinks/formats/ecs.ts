// Elastic Common Schema 8: fields of www.elastic.co/guide/en/ecs; what it has no field for is under `weir`.
import { type ClearedDns, type ClearedFlow, type ClearedTraffic, jsonLines } from './format.js'
import { between } from './moments.js'
import { prune } from './prune.js'

const ECS_VERSION = '8.17.0'

const NANOSECONDS = 1000

function event(record: ClearedTraffic): object {
  const isDropped = record.verdict === 'drop'
  return {
    kind: 'event',
    category: ['network'],
    type: [record.type === 'dns' ? 'protocol' : 'connection', isDropped ? 'denied' : 'allowed'],
    action: record.action,
    reason: record.reason,
    dataset: `weir.${record.type}`,
    module: 'weir',
    start: record.start,
    end: record.end,
    duration: between(record.start, record.end) * NANOSECONDS,
  }
}

function network(record: ClearedTraffic): object {
  const ip = record.server.ip ?? record.client.ip
  const flow = record.type === 'flow' ? record : null
  return {
    transport: record.transport,
    protocol: record.protocol,
    type: ip && (ip.includes(':') ? 'ipv6' : 'ipv4'),
    bytes: flow && flow.bytes.up + flow.bytes.down,
    packets: flow && flow.packets.up + flow.packets.down,
  }
}

/** ECS has `tls.version` as a number alone, and the protocol beside it. */
function tls({ tlsVersion, hostSource, host }: ClearedFlow): object {
  const version = /^(SSL|TLS|DTLS) (\d\.\d)/.exec(tlsVersion ?? '')
  return {
    version: version?.[2],
    version_protocol: version?.[1]?.toLowerCase(),
    client: { server_name: hostSource === 'tls-sni' || hostSource === 'quic-sni' ? host : null },
  }
}

function dns(record: ClearedDns): object {
  const answers = record.answers.map(({ type, ttl, address, name }) =>
    prune({ type, ttl, data: address ?? name }),
  )
  return {
    id: record.dnsId === null ? null : String(record.dnsId),
    type: record.rcode === null ? 'query' : 'answer',
    question: { name: record.query, type: record.qtype },
    response_code: record.rcode,
    answers,
    resolved_ip: record.answers.flatMap(({ address }) => address ?? []),
  }
}

function side(end: ClearedTraffic['client'], record: ClearedTraffic, way: 'up' | 'down'): object {
  const flow = record.type === 'flow' ? record : null
  return { ...end, address: end.ip, bytes: flow?.bytes[way], packets: flow?.packets[way] }
}

/** `rule.id` is the line, which with the list names it. */
function rule({ rule: source, category }: ClearedTraffic): object {
  return {
    name: source?.text,
    ruleset: source?.list,
    id: source && String(source.line),
    category,
  }
}

/** One record as an ECS document. */
export function toEcs(record: ClearedTraffic): object {
  const client = side(record.client, record, 'up')
  const end = side(record.server, record, 'down')
  const server = record.type === 'flow' ? { ...end, domain: record.host } : end
  return prune({
    '@timestamp': record.start,
    ecs: { version: ECS_VERSION },
    event: event(record),
    source: client,
    client,
    destination: server,
    server,
    network: network(record),
    rule: rule(record),
    tls: record.type === 'flow' && record.tlsVersion !== null ? tls(record) : null,
    dns: record.type === 'dns' ? dns(record) : null,
    related: {
      ip: [record.client.ip, record.server.ip].filter((ip) => ip !== null),
      hosts: record.host === null ? [] : [record.host],
    },
    weir: {
      flow: record.id,
      verdict: record.verdict,
      host_source: record.hostSource,
      ja4: record.type === 'flow' ? record.ja4 : null,
      alpn: record.type === 'flow' ? record.alpn : null,
      quic_version: record.type === 'flow' ? record.quicVersion : null,
      close: record.type === 'flow' ? record.close : null,
    },
  })
}

export const ecs = jsonLines(toEcs)
