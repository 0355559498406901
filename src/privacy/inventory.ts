// Everything that a record or report may hold: what is not here leaves nowhere.
import { COUNTERS, PROTECTIONS } from '../records/vocabulary.js'
import type { Counter } from '../records/vocabulary.js'
import type { GateName } from './gates.js'

export type Destination = 'device' | 'tenant'

export type Category =
  | 'connection'
  | 'protocol'
  | 'verdict'
  | 'device'
  | 'device identifier'
  | 'directory identifiers'
  | 'app'
  | 'actions'
  | 'crash'
  | 'memory'
  | 'usage'
  | 'features'
  | 'feedback'
  | 'counters'

/** What a value may be; a list of words: one of them. */
export type ValueType =
  'count' | 'flag' | 'time' | 'text' | 'texts' | 'name' | 'address' | readonly string[]

export interface Item<T extends ValueType = ValueType, Optional extends boolean = boolean> {
  readonly type: T
  /** Absent where there is nothing to say. */
  readonly optional: Optional
  readonly category: Category
  /** Of the service; what is not required is off until a person consents. */
  readonly required: boolean
  readonly purpose: string
  readonly destinations: readonly Destination[]
  /** Longest that it is kept, ISO 8601. */
  readonly retention: string
  readonly gate: GateName
  /** Of texts, whole. */
  readonly pattern?: string
}

type Shared = Pick<Item, 'category' | 'required' | 'destinations' | 'retention' | 'gate'>
type Spec = readonly [type: ValueType, purpose: string, more?: Partial<Item>]
type ItemsOf<S extends Readonly<Record<string, Spec>>> = {
  readonly [K in keyof S]: Item<S[K][0], S[K][2] extends { readonly optional: true } ? true : false>
}

function items<const S extends Readonly<Record<string, Spec>>>(
  shared: Shared,
  specs: S,
): ItemsOf<S> {
  return Object.fromEntries(
    Object.entries(specs).map(([path, [type, purpose, more]]) => [
      path,
      { type, optional: false, ...shared, purpose, ...more },
    ]),
  ) as unknown as ItemsOf<S>
}

const BOTH = ['device', 'tenant'] as const
const ABSENT = { optional: true } as const

const connection = {
  category: 'connection',
  required: true,
  destinations: BOTH,
  retention: 'P30D',
  gate: 'network-protection',
} as const
const protocol = { ...connection, category: 'protocol' } as const
const verdict = { ...connection, category: 'verdict' } as const
const NAMES = { gate: 'names' } as const
const ADDRESSES = { gate: 'addresses' } as const
const NETWORK = { gate: 'network-protection-privacy' } as const
const DETAILS = { gate: 'unsafe-site-details' } as const

/** What flow and DNS records share. */
const traffic = {
  ...items(connection, {
    id: ['count', 'tells flows apart'],
    start: ['time', 'when it began'],
    end: ['time', 'when it ended'],
    transport: ['text', 'TCP, UDP or another transport'],
    'client.ip': ['address', 'which of the device’s addresses it was', NETWORK],
    'client.port': ['count', 'tells flows of one address apart', NETWORK],
    'server.ip': ['address', 'whom the device spoke to', ADDRESSES],
    'server.port': ['count', 'which service it spoke to', ADDRESSES],
    withheld: ['texts', 'which gates closed something in this record', ABSENT],
  }),
  ...items(protocol, {
    protocol: ['text', 'what was spoken'],
    host: ['name', 'which name the verdict is about', NAMES],
    hostSource: ['text', 'which field of the traffic gave the name'],
  }),
  ...items(verdict, {
    verdict: ['text', 'whether it was stopped'],
    action: ['text', 'what the rule asked for'],
    reason: ['text', 'why'],
    'rule.text': ['text', 'which rule decided', NAMES],
    'rule.list': ['text', 'the list that it is from', NAMES],
    'rule.line': ['count', 'its line', NAMES],
    category: ['text', 'what kind of site the rule is about'],
    'overruled.text': ['text', 'which rule lost', DETAILS],
    'overruled.list': ['text', 'the list that it is from', DETAILS],
    'overruled.line': ['count', 'its line', DETAILS],
  }),
} as const

const flow = {
  ...traffic,
  ...items(connection, {
    'packets.up': ['count', 'how much was said'],
    'packets.down': ['count', 'how much was answered'],
    'bytes.up': ['count', 'how much was said'],
    'bytes.down': ['count', 'how much was answered'],
    close: ['text', 'how it ended'],
  }),
  ...items(protocol, {
    via: ['text', 'what carried the protocol', ABSENT],
    protocolEvidence: ['text', 'what the protocol was told by'],
    'hosts[].host': ['name', 'further names of the flow', { ...DETAILS, ...ABSENT }],
    'hosts[].source': ['text', 'which field gave them', { ...DETAILS, ...ABSENT }],
    nameIsOuter: ['flag', 'the name covers another (ECH)'],
    hintAmbiguous: ['flag', 'the name is one of several of the address'],
    esni: ['flag', 'the name was encrypted (ESNI)'],
    ech: ['flag', 'the name may be encrypted (ECH)'],
    'alpn[]': ['text', 'protocols that the client offered', DETAILS],
    tlsVersion: ['text', 'how old the encryption is'],
    quicVersion: ['text', 'how old the transport is'],
    ja4: ['text', 'which program it may have been', DETAILS],
  }),
} as const

const dns = {
  ...traffic,
  ...items(protocol, {
    dnsId: ['count', 'tells queries apart', NETWORK],
    query: ['name', 'which name was asked for', NAMES],
    qtype: ['text', 'what was asked about it'],
    querySeen: ['flag', 'whether the question was seen'],
    rcode: ['text', 'how it was answered'],
    answerCount: ['count', 'how much was answered'],
    'answers[].type': ['text', 'what was answered', DETAILS],
    'answers[].ttl': ['count', 'for how long', DETAILS],
    'answers[].address': ['address', 'with which address', { ...DETAILS, ...ABSENT }],
    'answers[].name': ['name', 'with which name', { ...DETAILS, ...ABSENT }],
  }),
} as const

const product = {
  category: 'device',
  required: true,
  destinations: BOTH,
  retention: 'P180D',
  gate: 'reports',
} as const
const time = ['time', 'when this was so'] as const
const WORD = '[\\w .,:+()@/-]{1,128}'
const ID = { pattern: '[\\w.:@-]{1,128}' } as const

const device = {
  ...items(product, {
    time,
    osName: ['text', 'which system it is', { pattern: WORD }],
    osVersion: ['text', 'whether it is still supported', { pattern: WORD }],
    osBuild: ['text', 'whether it is patched', { pattern: '[\\w #.,:+()@~/-]{1,256}' }],
    cpuArchitecture: ['text', 'which build it needs', { pattern: WORD }],
    cpuModel: ['text', 'how fast it may be', { pattern: WORD }],
    cpuCores: ['count', 'how much it can do at once'],
  }),
  ...items(
    { ...product, category: 'device identifier', gate: 'device-identifier' },
    {
      deviceId: ['text', 'tells devices apart', { ...ABSENT, ...ID }],
      deviceIdKind: [['guid', 'wifi-mac'], 'what the identifier is', ABSENT],
    },
  ),
  ...items(
    { ...product, category: 'directory identifiers', gate: 'directory-identifiers' },
    {
      directoryDeviceId: ['text', 'the device, in the directory', { ...ABSENT, ...ID }],
      userId: ['text', 'its user, in the directory', { ...ABSENT, ...ID }],
      tenantId: ['text', 'the tenant', { ...ABSENT, ...ID }],
      organisationId: ['text', 'the organisation', { ...ABSENT, ...ID }],
      userPrincipalName: ['text', 'the user’s name at work', { ...ABSENT, ...ID }],
    },
  ),
  ...items(
    { ...product, category: 'app' },
    {
      appPackage: ['text', 'which package it is', ID],
      appVersion: ['text', 'which version of it', ID],
      upgradeStatus: [['current', 'upgraded', 'downgraded', 'pending', 'failed'], 'of the package'],
    },
  ),
} as const

export const ACTION_KINDS = [
  'started',
  'stopped',
  'list-updated',
  'list-failed',
  'list-held',
  'ruleset-swapped',
  'policy-changed',
  'protection-changed',
  'bypass-granted',
  'bypass-revoked',
  'page-shown',
  'consent-changed',
  'consent-withdrawn',
  'device-enrolled',
  'records-lost',
  'reports-purged',
  'reports-lost',
  'feedback-given',
] as const

const action = items(
  { ...product, category: 'actions' },
  {
    time,
    action: [ACTION_KINDS, 'what was done'],
    by: [['admin', 'user', 'weir'], 'who did it', ABSENT],
    host: ['name', 'the name that a bypass or a page is about', { ...ABSENT, ...NAMES }],
    list: ['text', 'the list that it is about', { ...ABSENT, ...NAMES, pattern: '[\\w .-]{1,64}' }],
    gate: ['text', 'the gate that it is about', { ...ABSENT, pattern: '[a-z-]{1,64}' }],
    from: ['text', 'what it was before', { ...ABSENT, pattern: '[\\w-]{1,64}' }],
    to: ['text', 'what it is now', { ...ABSENT, pattern: '[\\w-]{1,64}' }],
    count: ['count', 'how many: rules, records, reports', ABSENT],
    until: ['time', 'when it ends', ABSENT],
  },
)

const memory = items(
  { ...product, category: 'memory', retention: 'P30D' },
  {
    time,
    resident: ['count', 'bytes in use'],
    peak: ['count', 'bytes in use, at most'],
    limit: ['count', 'bytes that the system allows', ABSENT],
    pressure: [['none', 'some', 'critical'], 'whether the system is short of memory', ABSENT],
  },
)

/** `place (file:line:column)`, the file relative to the package, or of Node itself; native: `module+0x1f`. */
const FRAME =
  '[\\w$.<>\\[\\] #]{0,128} ?\\((weir|node):[\\w./-]{1,128}(:\\d{1,7}){0,2}\\)|[\\w.-]{1,64}\\+0x[0-9a-f]{1,16}'

const crash = items(
  { ...product, category: 'crash', retention: 'P90D', gate: 'crash-reports' },
  {
    time,
    kind: [['javascript', 'native'], 'what failed'],
    name: ['text', 'the kind of error', { pattern: '[A-Za-z]\\w{0,63}' }],
    code: ['text', 'its stable code', { ...ABSENT, pattern: '[A-Z][A-Z0-9_]{0,63}' }],
    signal: ['text', 'the signal that ended it', { ...ABSENT, pattern: 'SIG[A-Z0-9]{1,16}' }],
    frames: ['texts', 'where it failed', { pattern: FRAME }],
    appVersion: ['text', 'which version failed', ID],
    nodeVersion: ['text', 'on which Node', ID],
    osName: ['text', 'on which system', { pattern: WORD }],
    osVersion: ['text', 'on which version of it', { pattern: WORD }],
    cpuArchitecture: ['text', 'on which processor', { pattern: WORD }],
    uptime: ['count', 'seconds since the start'],
  },
)

const optional = { ...product, required: false, retention: 'P30D', gate: 'optional-data' } as const

const usage = items(
  { ...optional, category: 'usage' },
  {
    time,
    from: ['time', 'when the figures began'],
    uptime: ['count', 'seconds since the start'],
    cpuUser: ['count', 'milliseconds of processor time'],
    cpuSystem: ['count', 'milliseconds of processor time in the system'],
    networkUp: ['count', 'bytes inspected, to the network'],
    networkDown: ['count', 'bytes inspected, from the network'],
    packets: ['count', 'packets inspected'],
    flows: ['count', 'flows inspected'],
    commands: ['texts', 'commands in use', { pattern: '[a-z -]{1,64}' }],
    starts: ['count', 'times that it was started', ABSENT],
  },
)

const features = items(
  { ...optional, category: 'features' },
  {
    time,
    features: ['texts', 'what the administrator configured', { pattern: '[a-z0-9.-]{1,64}' }],
    protection: [PROTECTIONS, 'whether rules are in force'],
    lists: ['count', 'lists in use'],
    rules: ['count', 'rules in use'],
  },
)

const feedback = items(
  { ...product, category: 'feedback', required: false, gate: 'feedback' },
  {
    time,
    feedback: [['smile', 'frown', 'idea'], 'what it is'],
    comment: ['text', 'what the person wrote', { ...ABSENT, pattern: '[^\\0]{1,4000}' }],
    email: [
      'text',
      'to answer; only if given',
      { ...ABSENT, pattern: '[^\\s@]{1,64}@[^\\s@]{1,190}' },
    ],
  },
)

const counter: readonly [ValueType, string] = ['count', 'how the engine is doing']

const counters = {
  ...items({ ...product, category: 'counters', retention: 'P30D' }, { time }),
  ...(items(
    { ...product, category: 'counters', retention: 'P30D' },
    Object.fromEntries(COUNTERS.map((name) => [name, counter])),
  ) as unknown as Readonly<Record<Counter, Item<'count', false>>>),
} as const

const summary = items(
  { ...product, category: 'counters', retention: 'P30D' },
  {
    time,
    from: ['time', 'when the figures began'],
    flows: ['count', 'flows seen'],
    lookups: ['count', 'DNS transactions seen'],
    blocked: ['count', 'flows that were stopped'],
    warned: ['count', 'flows that were warned about'],
    audited: ['count', 'flows that audit mode would have stopped'],
    allowed: ['count', 'flows that went on'],
  },
)

export const INVENTORY = {
  flow,
  dns,
  action,
  device,
  memory,
  crash,
  usage,
  features,
  feedback,
  counters,
  summary,
} as const

export type Inventory = typeof INVENTORY
/** What a record calls its `type`. */
export type RecordKind = keyof Inventory
export const RECORD_TYPES = Object.keys(INVENTORY) as RecordKind[]
