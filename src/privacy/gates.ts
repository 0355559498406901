// Gates: what decides whether a field leaves. Values stand from the strictest to the most open.

/** Who may set a gate. */
export type Party = 'admin' | 'user'

interface GateDefinition {
  /** The strictest first. */
  readonly values: readonly [string, ...string[]]
  readonly default: string
  /** Who may open it; the other can only make it stricter. */
  readonly opens: Party
  readonly purpose: string
}

const NAME_LEVELS = ['none', 'hash', 'domain', 'full'] as const
const ADDRESS_LEVELS = ['none', 'prefix', 'full'] as const
const SWITCH = ['off', 'on'] as const

export const GATES = {
  reports: {
    values: SWITCH,
    default: 'on',
    opens: 'admin',
    purpose: 'whether anything at all goes to the tenant',
  },
  'network-protection': {
    values: ['disabled', 'enabled', 'audit'],
    default: 'enabled',
    opens: 'admin',
    purpose:
      'flows and lookups in reports: none; those blocked or warned about by name; what audit mode would have stopped as well',
  },
  'allowed-flows': {
    values: ['none', 'anonymous', 'full'],
    default: 'anonymous',
    opens: 'user',
    purpose:
      'allowed flows in reports: none; without names and addresses, coarse times and sizes; as blocked ones',
  },
  names: {
    values: NAME_LEVELS,
    default: 'full',
    opens: 'admin',
    purpose: 'names in reports; none excludes them',
  },
  addresses: {
    values: ADDRESS_LEVELS,
    default: 'full',
    opens: 'admin',
    purpose: "servers' addresses in reports; a prefix is a /24 or a /48",
  },
  'unsafe-site-details': {
    values: SWITCH,
    default: 'off',
    opens: 'user',
    purpose: 'fingerprints, further names, DNS answers of blocked and warned flows in reports',
  },
  'network-protection-privacy': {
    values: ['on', 'off'],
    default: 'on',
    opens: 'user',
    purpose: 'on: addresses of the device and of its own network are in no report',
  },
  'device-names': {
    values: NAME_LEVELS,
    default: 'full',
    opens: 'user',
    purpose: 'names in what is kept on the device',
  },
  'device-addresses': {
    values: ADDRESS_LEVELS,
    default: 'full',
    opens: 'user',
    purpose: 'addresses in what is kept on the device',
  },
  'device-identifier': {
    values: ['none', 'guid', 'wifi-mac'],
    default: 'guid',
    opens: 'admin',
    purpose: 'what a device is called in reports: a random number, or its Wi-Fi MAC',
  },
  'directory-identifiers': {
    values: SWITCH,
    default: 'on',
    opens: 'admin',
    purpose: 'the identifiers of device, user, tenant and organisation that the administrator gave',
  },
  'crash-reports': {
    values: SWITCH,
    default: 'on',
    opens: 'admin',
    purpose: 'crash reports: a stack and versions',
  },
  'optional-data': {
    values: SWITCH,
    default: 'off',
    opens: 'user',
    purpose: 'figures of use, and which features are configured',
  },
  feedback: {
    values: SWITCH,
    default: 'on',
    opens: 'admin',
    purpose: 'feedback that a person sends',
  },
} as const satisfies Readonly<Record<string, GateDefinition>>

export type GateName = keyof typeof GATES
export type GateValue<G extends GateName = GateName> = (typeof GATES)[G]['values'][number]
export type NameLevel = (typeof NAME_LEVELS)[number]
export type AddressLevel = (typeof ADDRESS_LEVELS)[number]

export const GATE_NAMES = Object.keys(GATES) as GateName[]

export const isGate = (text: string): text is GateName => Object.hasOwn(GATES, text)

/** What each gate stands at. */
export type GateValues = { readonly [G in GateName]: GateValue<G> }

const definitionOf = (gate: GateName): GateDefinition => GATES[gate]

/** How open a value is, from 0; -1: the gate has no such value. */
export const openness = (gate: GateName, value: string): number =>
  definitionOf(gate).values.indexOf(value)

export const valuesOf = (gate: GateName): readonly string[] => definitionOf(gate).values

/** Every gate at the strict default. */
export const STRICT = Object.fromEntries(
  GATE_NAMES.map((gate) => [gate, GATES[gate].default]),
) as unknown as GateValues
