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

  #flow(flow: FlowRecord): ClearedFlow {
    const { hosts, ...rest } = flow
    const { details, anonymous } = this.rules
    return {
      ...rest,
      ...this.#common(flow),
      ...(anonymous ? { packets: rounded(flow.packets), bytes: rounded(flow.bytes) } : {}),
      ...(anonymous ? { quicVersion: null } : {}),
      ...(details && hosts && this.#showsNames ? { hosts: this.#hosts(hosts) } : {}),
      ...(details ? {} : { alpn: [], ja4: null }),
      ...this.#ruled(flow, flow.host),
    }
  }

  #dns(dns: DnsRecord): ClearedDns {
    const { details, network } = this.rules
    return {
      ...dns,
      ...this.#common(dns),
      dnsId: network ? dns.dnsId : null,
      query: this.#nameOf(dns.query),
      answers: details ? dns.answers.map((answer) => this.#answer(answer)) : [],
      ...this.#ruled(dns, dns.host),
    }
  }

  #common(record: TrafficRecord) {
    const { anonymous, withheld, network } = this.rules
    const { client, server, start, end, host } = record
    return {
      ...(anonymous ? { start: minute(start), end: minute(end) } : {}),
      client: network ? this.#endpoint(client) : NOWHERE,
      server: anonymous ? { ip: null, port: wellKnown(server.port) } : this.#endpoint(server),
      host: host === null ? null : this.#nameOf(host),
      ...(withheld.length ? { withheld } : {}),
    }
  }

  #endpoint({ ip, port }: Endpoint) {
    return { ip: this.#addressOf(ip), port }
  }

  #addressOf(address: string): string | null {
    if (!this.rules.network && isLocal(address)) return null
    return this.#address(address)
  }

  /** A name that spells an address is no more open than that. */
  #nameOf(name: string): string | null {
    const address = addressInName(name)
    if (address === null || this.rules.names === 'hash') return this.#name(name)
    return this.rules.addresses === 'full' && this.rules.network ? this.#name(name) : null
  }

  get #showsNames(): boolean {
    return this.rules.names !== 'none'
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
  #ruled({ rule, overruled, category, server }: TrafficRecord, host: string | null) {
    const { names, anonymous, details } = this.rules
    const isShown = (source: RuleSource | null): boolean =>
      source !== null &&
      names === 'full' &&
      (this.#addressOf(server.ip) === server.ip || speaksOfName(source.text, host, server.ip))
    return {
      rule: isShown(rule) ? rule : null,
      overruled: details && isShown(overruled) ? overruled : null,
      category: anonymous ? null : category,
    }
  }
}

const NOWHERE = { ip: null, port: null } as const

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
