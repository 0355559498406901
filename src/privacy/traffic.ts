// What of a flow or DNS record may go.
import type { DnsAnswer, DnsRecord, Endpoint, FlowRecord, RuleSource } from '../records/types.js'
import type { AddressLevel, GateName, GateValues, NameLevel } from './gates.js'
import type { Destination } from './inventory.js'
import { addressBy, addressInName, isLocal, type Key, nameBy } from './levels.js'
import type { ClearedDns, ClearedFlow } from './reports.js'

type TrafficRecord = FlowRecord | DnsRecord

/** Ports that say what is spoken, and not to whom. */
const WELL_KNOWN_PORTS = 1024

/** What may go of records of one kind. */
interface Rules {
  readonly names: NameLevel
  readonly addresses: AddressLevel
  /** Addresses of the device and of its network. */
  readonly network: boolean
  readonly details: boolean
  /** Nothing by which the far end could be told. */
  readonly anonymous: boolean
  readonly withheld: readonly GateName[]
}

/** Clears flow and DNS records; null where nothing of one may go. */
export function clearTraffic(
  values: GateValues,
  destination: Destination,
  key: Key,
): (record: TrafficRecord) => ClearedFlow | ClearedDns | null {
  if (destination === 'device') {
    const whole = new Clearer(deviceRules(values), key)
    return (record) => whole.clear(record)
  }
  const protection = values['network-protection']
  if (values.reports === 'off' || protection === 'disabled') return () => null
  const stopped = new Clearer(reportRules(values), key)
  const allowed = allowedClearer(values, stopped, key)
  return (record) => {
    const isStopped = wasStopped(record) || (protection === 'audit' && wasAudited(record))
    return (isStopped ? stopped : allowed)?.clear(record) ?? null
  }
}

/** Clears a host that stands alone, as in the record of an allowed flow to it; null where it may not go. */
export function clearHost(
  values: GateValues,
  destination: Destination,
  key: Key,
): (host: string) => string | null {
  const clearer =
    destination === 'device'
      ? new Clearer(deviceRules(values), key)
      : allowedClearer(values, new Clearer(reportRules(values), key), key)
  const isClosed = destination === 'tenant' && values.reports === 'off'
  return (host) => (isClosed || clearer === null ? null : clearer.host(host))
}

function allowedClearer(values: GateValues, stopped: Clearer, key: Key): Clearer | null {
  switch (values['allowed-flows']) {
    case 'none':
      return null
    case 'anonymous':
      return new Clearer(ANONYMOUS, key)
    case 'full':
      return stopped
  }
}

const ANONYMOUS: Rules = {
  names: 'none',
  addresses: 'none',
  network: false,
  details: false,
  anonymous: true,
  withheld: ['allowed-flows'],
}

function deviceRules(values: GateValues): Rules {
  const [names, addresses] = [values['device-names'], values['device-addresses']]
  return {
    names,
    addresses,
    network: true,
    details: true,
    anonymous: false,
    withheld: [
      ...(names === 'full' ? [] : (['device-names'] as const)),
      ...(addresses === 'full' ? [] : (['device-addresses'] as const)),
    ],
  }
}

function reportRules(values: GateValues): Rules {
  const { names, addresses } = values
  const network = values['network-protection-privacy'] === 'off'
  const details = values['unsafe-site-details'] === 'on'
  return {
    names,
    addresses,
    network,
    details,
    anonymous: false,
    withheld: [
      ...(names === 'full' ? [] : (['names'] as const)),
      ...(addresses === 'full' ? [] : (['addresses'] as const)),
      ...(network ? [] : (['network-protection-privacy'] as const)),
      ...(details ? [] : (['unsafe-site-details'] as const)),
    ],
  }
}

/** Blocked or warned about; what a rule only would have stopped went on. */
const wasStopped = ({ action, reason }: TrafficRecord): boolean =>
  reason === 'default-block' ||
  (reason !== 'audit-mode' && (action === 'block' || action === 'warn'))

const wasAudited = ({ action, reason }: TrafficRecord): boolean =>
  reason === 'audit-mode' || action === 'audit'

class Clearer {
  readonly #name: (name: string) => string | null
  readonly #address: (address: string) => string | null

  constructor(
    private readonly rules: Rules,
    key: Key,
  ) {
    this.#name = nameBy(rules.names, key)
    this.#address = addressBy(rules.addresses)
  }

  clear(record: TrafficRecord): ClearedFlow | ClearedDns {
    return record.type === 'flow' ? this.#flow(record) : this.#dns(record)
  }

  // Field by field and not by spreading, which costs ten times as much.
  #flow(flow: FlowRecord): ClearedFlow {
    const { details, anonymous, withheld } = this.rules
    const { via, hosts } = flow
    const cleared: Open<ClearedFlow> = {
      type: 'flow',
      id: flow.id,
      start: anonymous ? minute(flow.start) : flow.start,
      end: anonymous ? minute(flow.end) : flow.end,
      transport: flow.transport,
      client: this.#client(flow.client),
      server: this.#server(flow.server),
      packets: anonymous ? rounded(flow.packets) : flow.packets,
      bytes: anonymous ? rounded(flow.bytes) : flow.bytes,
      protocol: flow.protocol,
      protocolEvidence: flow.protocolEvidence,
      host: flow.host === null ? null : this.#nameOf(flow.host),
      hostSource: flow.hostSource,
      nameIsOuter: flow.nameIsOuter,
      hintAmbiguous: flow.hintAmbiguous,
      esni: flow.esni,
      ech: flow.ech,
      alpn: details ? flow.alpn : NOTHING,
      tlsVersion: flow.tlsVersion,
      quicVersion: anonymous ? null : flow.quicVersion,
      ja4: details ? flow.ja4 : null,
      verdict: flow.verdict,
      action: flow.action,
      reason: flow.reason,
      rule: this.#shown(flow.rule, flow),
      category: anonymous ? null : flow.category,
      overruled: details ? this.#shown(flow.overruled, flow) : null,
      close: flow.close,
    }
    if (via !== undefined) cleared.via = via
    if (details && hosts && this.rules.names !== 'none') cleared.hosts = this.#hosts(hosts)
    if (withheld.length) cleared.withheld = withheld
    return cleared
  }

  #dns(dns: DnsRecord): ClearedDns {
    const { details, network, anonymous, withheld } = this.rules
    const cleared: Open<ClearedDns> = {
      type: 'dns',
      id: dns.id,
      start: anonymous ? minute(dns.start) : dns.start,
      end: anonymous ? minute(dns.end) : dns.end,
      transport: dns.transport,
      client: this.#client(dns.client),
      server: this.#server(dns.server),
      protocol: dns.protocol,
      dnsId: network ? dns.dnsId : null,
      query: this.#nameOf(dns.query),
      host: dns.host === null ? null : this.#nameOf(dns.host),
      hostSource: dns.hostSource,
      qtype: dns.qtype,
      querySeen: dns.querySeen,
      rcode: dns.rcode,
      answerCount: dns.answerCount,
      answers: details ? dns.answers.map((answer) => this.#answer(answer)) : NOTHING,
      verdict: dns.verdict,
      action: dns.action,
      reason: dns.reason,
      rule: this.#shown(dns.rule, dns),
      category: anonymous ? null : dns.category,
      overruled: details ? this.#shown(dns.overruled, dns) : null,
    }
    if (withheld.length) cleared.withheld = withheld
    return cleared
  }

  #client(client: Endpoint): ClearedFlow['client'] {
    return this.rules.network ? this.#endpoint(client) : NOWHERE
  }

  #server(server: Endpoint): ClearedFlow['server'] {
    if (this.rules.anonymous) return { ip: null, port: wellKnown(server.port) }
    return this.#endpoint(server)
  }

  #endpoint({ ip, port }: Endpoint) {
    return { ip: this.#addressOf(ip), port }
  }

  #addressOf(address: string): string | null {
    if (!this.rules.network && isLocal(address)) return null
    return this.#address(address)
  }

  host(host: string): string | null {
    return this.#nameOf(host)
  }

  /** A name that spells an address is no more open than that. */
  #nameOf(name: string): string | null {
    const address = addressInName(name)
    if (address === null || this.rules.names === 'hash') return this.#name(name)
    return this.rules.addresses === 'full' && this.rules.network ? this.#name(name) : null
  }

  #hosts(hosts: NonNullable<FlowRecord['hosts']>) {
    return hosts.flatMap(({ host, source }) => {
      const name = this.#nameOf(host)
      return name === null ? [] : [{ host: name, source }]
    })
  }

  #answer({ type, ttl, address, name }: DnsAnswer): DnsAnswer {
    const [shownAddress, shownName] = [
      address === undefined ? null : this.#addressOf(address),
      name === undefined ? null : this.#nameOf(name),
    ]
    return {
      type,
      ttl,
      ...(shownAddress === null ? {} : { address: shownAddress }),
      ...(shownName === null ? {} : { name: shownName }),
    }
  }

  /** A rule's text holds the name or the address that it speaks of, and its line leads to it. */
  #shown(rule: RuleSource | null, { host, server: { ip } }: TrafficRecord): RuleSource | null {
    if (rule === null || this.rules.names !== 'full') return null
    return this.#addressOf(ip) === ip || speaksOfName(rule.text, host, ip) ? rule : null
  }
}

const NOWHERE = { ip: null, port: null } as const
const NOTHING: readonly never[] = []

/** While it is made. */
type Open<T> = { -readonly [K in keyof T]: T[K] }

/** The rule's text is about this name, and not about the address. */
function speaksOfName(text: string, host: string | null, address: string): boolean {
  if (host === null || addressInName(host) !== null || text.includes(address)) return false
  const labels = host.split('.')
  return labels.some((_, i) => i < labels.length - 1 && text.includes(labels.slice(i).join('.')))
}

const wellKnown = (port: number): number | null => (port < WELL_KNOWN_PORTS ? port : null)

/** `2026-11-23T19:03:00.000000Z`: the minute that a time lies in. */
const minute = (time: string): string => `${time.slice(0, 16)}:00.000000Z`

const powerOfTwo = (figure: number): number =>
  figure === 0 ? 0 : 2 ** Math.ceil(Math.log2(figure))

const rounded = ({ up, down }: FlowRecord['bytes']) => ({
  up: powerOfTwo(up),
  down: powerOfTwo(down),
})
