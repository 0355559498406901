import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Protocol } from '../../src/records/vocabulary.js'
import type { DnsRecord, FlowRecord } from '../../src/records/types.js'
import {
  type Judgement,
  JUDGEMENTS,
  RESOLVER,
  Scene,
  VERSIONS,
  type Version,
} from '../support/scene.js'
import { answeredIn } from '../support/scenepackets.js'
import { schemaErrors } from '../support/schema.js'
import type { Run } from '../support/weir.js'

/** Milliseconds from a flow's first telling packet to Weir's answer, as the device's packets have it. */
const AT_ONCE = 50

/** What a client sees: its exit code, and what it writes. */
type Seen = readonly [code: number, text: RegExp]

interface Client {
  readonly name: string
  readonly args: (host: string, version: Version) => readonly string[]
  /** Of the flow that decides; `resolve` clients have a DNS flow before it. */
  readonly protocol: Protocol
  readonly transport: 'tcp' | 'udp'
  readonly resolves?: boolean
  readonly reached: Seen
  readonly warned: Seen
  readonly blocked: Seen
}

let scene: Scene

const REFUSED = /CONNECTION_CLOSE\(0x1c\) error_code=CONNECTION_REFUSED\(0x2\).*reason=\[blocked\]/
const NXDOMAIN = /status: NXDOMAIN[,;] .*EDE: 15 \(Blocked\).*\sSOA\s/s
const DATA = /status: NOERROR[,;] .*\s60\s+IN\s+A+\s/s
const BLOCKED = /<h1>[^<]*blocked.*<b>HOST<.*403/s
const WARNED = /<b>HOST<.*<a href="\/\.well-known\/weir\/bypass\?t=[\w-]{32}">.*403/s
const PAGE = {
  transport: 'tcp',
  protocol: 'http',
  reached: [0, /reached HOST HTTP\/1\.1/],
} as const
const TLS = { transport: 'tcp', protocol: 'https' } as const
const dns = {
  protocol: 'dns',
  reached: [0, DATA],
  warned: [0, DATA],
  blocked: [0, NXDOMAIN],
} as const
const stopped = (...seen: Seen) => ({ warned: seen, blocked: seen })

const curl =
  (scheme: string, ...more: string[]) =>
  (host: string, version: Version) => [
    ...['curl', '-sSik', `-${version}`, '--max-time', '8', '-w', '%{http_code}', ...more],
    `${scheme}://${host}/`,
  ]
const wget = (scheme: string) => (host: string, version: Version) => [
  ...['wget', '-nv', '-O-', `-${version}`, '-t1', '-T8', '--no-check-certificate'],
  ...['--content-on-error', `${scheme}://${host}/`],
]
const dig =
  (program: string, ...more: string[]) =>
  (host: string, version: Version) => [program, `@${RESOLVER[version]}`, ...more, '+edns', host]
const DIG = ['+tries=1', '+time=8']
const KDIG = ['+retry=0', '+timeout=8']
const GET =
  'printf "GET / HTTP/1.1\\r\\nHost: $1\\r\\nConnection: close\\r\\n\\r\\n" |' +
  ' openssl s_client -quiet -connect "$1:443" -servername "$1"'
const ssh = (host: string, version: Version) => [
  ...['ssh', `-${version}`, '-i', scene.at('userkey'), '-o', 'StrictHostKeyChecking=no'],
  ...['-o', 'UserKnownHostsFile=/dev/null', '-o', 'BatchMode=yes', `root@${host}`],
]

const CLIENTS: readonly Client[] = [
  { ...dns, name: 'dig', transport: 'udp', args: dig('dig', ...DIG) },
  { ...dns, name: 'dig-tcp', transport: 'tcp', args: dig('dig', '+tcp', '-tAAAA', ...DIG) },
  { ...dns, name: 'kdig', transport: 'udp', args: dig('kdig', ...KDIG) },
  { ...dns, name: 'kdig-tcp', transport: 'tcp', args: dig('kdig', '+tcp', ...KDIG) },
  { ...PAGE, name: 'curl-http', args: curl('http'), warned: [0, WARNED], blocked: [0, BLOCKED] },
  {
    ...{ ...TLS, name: 'curl-https', args: curl('https', '--http1.1') },
    reached: [0, /reached HOST HTTP\/1\.1/],
    ...stopped(35, /reset by peer/),
  },
  {
    ...{ ...TLS, name: 'curl-h2', args: curl('https', '--http2') },
    reached: [0, /reached HOST HTTP\/2\.0/],
    ...stopped(35, /reset by peer/),
  },
  {
    ...{ ...TLS, name: 'curl-resolves', args: curl('https'), resolves: true },
    reached: [0, /reached HOST HTTP\/2\.0/],
    warned: [35, /reset by peer/],
    blocked: [6, /Could not resolve host/],
  },
  { ...PAGE, name: 'wget-http', args: wget('http'), warned: [8, WARNED], blocked: [8, BLOCKED] },
  {
    ...{ ...TLS, name: 'wget-https', args: wget('https') },
    reached: [0, /reached HOST HTTP\/1\.1/],
    ...stopped(4, /Error in the pull function.*Unable to establish SSL connection/s),
  },
  {
    ...{ ...TLS, name: 'openssl', args: (host: string) => ['sh', '-c', GET, 'sh', host] },
    reached: [0, /reached HOST HTTP\/1\.1/],
    ...stopped(1, /errno=104/),
  },
  {
    ...{ ...TLS, name: 'nghttp-tls', args: (host: string) => ['nghttp', `https://${host}/`] },
    reached: [0, /reached HOST HTTP\/2\.0/],
    ...stopped(0, /Some requests were not processed. total=1, processed=0/),
  },
  {
    ...{ name: 'nghttp-clear', args: (host: string) => ['nghttp', `http://${host}/`] },
    ...{ transport: 'tcp', protocol: 'http2', reached: [0, /reached HOST HTTP\/2\.0/] },
    ...stopped(0, /Some requests were not processed. total=1, processed=0/),
  },
  {
    name: 'gtlsclient-h3',
    args: (host: string) => [
      ...['gtlsclient', '--timeout=8s', '--exit-on-all-streams-close', '--no-quic-dump'],
      ...[host, '443', `https://${host}/`],
    ],
    ...{ transport: 'udp', protocol: 'http3', reached: [0, /:status: 200\]/] },
    ...stopped(0, REFUSED),
  },
  {
    ...{ name: 'ssh', args: ssh, resolves: true, transport: 'tcp', protocol: 'ssh' },
    reached: [0, /^reached by ssh$/m],
    warned: [255, /Connection reset by/],
    blocked: [255, /Could not resolve hostname HOST/],
  },
]

interface Case {
  readonly client: Client
  readonly version: Version
  readonly judgement: Judgement
  readonly host: string
}

const CASES: readonly Case[] = CLIENTS.flatMap((client) =>
  VERSIONS.flatMap((version) =>
    JUDGEMENTS.map((judgement) => {
      return { client, version, judgement, host: `${client.name}-${version}.${judgement}.test` }
    }),
  ),
)

const ACTION = { allowed: 'allow', audited: 'audit', warned: 'warn', blocked: 'block' } as const

/** DESIGN.md's table: whether the flow that decides is stopped. A query for what is warned about goes on. */
const isStopped = ({ client, judgement }: Case): boolean =>
  judgement === 'blocked' || (judgement === 'warned' && client.protocol !== 'dns')

/** Of a client that asks DNS first, a blocked name is answered there, and no other flow begins. */
const decidesInDns = ({ client, judgement }: Case): boolean =>
  client.protocol === 'dns' || (client.resolves === true && judgement === 'blocked')

const runs = new Map<string, Run>()
const flows = new Map<string, FlowRecord[]>()
const queries = new Map<string, DnsRecord[]>()
let packets: Awaited<ReturnType<Scene['end']>>['packets']

function keep<T>(map: Map<string, T[]>, key: string | null, value: T): void {
  if (key !== null) map.set(key, [...(map.get(key) ?? []), value])
}

/** Every client runs once with every host, one after the other; the tests look at what is left of that. */
beforeAll(async () => {
  const hosts = CASES.map(({ client, host }) => ({ name: host, inDns: client.resolves === true }))
  scene = await Scene.open(hosts)
  await scene.startHttp3()
  for (const { client, version, host } of CASES)
    runs.set(host, await scene.ask(version, ...client.args(host, version)))
  const { records, packets: all } = await scene.end()
  packets = all
  for (const record of records) {
    expect(schemaErrors(record)).toEqual([])
    if (record.type === 'flow') keep(flows, record.host, record)
    else keep(queries, record.host, record)
  }
}, 180_000)
afterAll(() => scene.close())

const HOST_SOURCE: Partial<Record<Protocol, string>> = {
  http: 'http-host',
  http2: 'http-host',
  https: 'tls-sni',
  http3: 'quic-sni',
  ssh: 'dns-hint',
}

function judged({ judgement }: Case, isDropped: boolean): object {
  const action = ACTION[judgement]
  return {
    verdict: isDropped ? 'drop' : 'pass',
    action,
    reason: `rule-${action}`,
    rule: { text: `${judgement}.test`, list: 'policy.yaml' },
  }
}

function expectedFlow(each: Case): object {
  const { client, version, host } = each
  const protocol = decidesInDns(each) ? 'dns' : client.protocol
  const ip = protocol === 'dns' ? RESOLVER[version] : scene.address(host, version)
  const transport = decidesInDns(each) && client.resolves ? 'udp' : client.transport
  const hostSource = HOST_SOURCE[protocol] ?? 'dns-qname'
  return { ...judged(each, isStopped(each)), protocol, transport, hostSource, server: { ip } }
}

const end = ({ ip, port }: FlowRecord['client']): string => `${ip} ${port}`

describe.each(CLIENTS)('$name', (client) => {
  const own = CASES.filter((each) => each.client === client)

  it.each(own)('sees what the table says of $host', ({ judgement, host }) => {
    const [code, text] =
      judgement === 'warned' || judgement === 'blocked' ? client[judgement] : client.reached
    const { code: seenCode, out, err } = runs.get(host)!
    expect(out + err).toMatch(new RegExp(text.source.replaceAll('HOST', host), text.flags))
    expect(seenCode).toBe(code)
  })

  it.each(own)('has its records of $host', (each) => {
    const found = flows.get(each.host) ?? []
    const deciding = found.filter((flow) => (flow.protocol === 'dns') === decidesInDns(each))
    expect(deciding.length).toBeGreaterThan(0)
    for (const flow of deciding) expect(flow).toMatchObject(expectedFlow(each))
    const asked = queries.get(each.host) ?? []
    expect(asked.length > 0).toBe(client.protocol === 'dns' || client.resolves === true)
    const isBlocked = each.judgement === 'blocked'
    for (const query of asked)
      expect(query).toMatchObject({
        ...judged(each, isBlocked),
        rcode: isBlocked ? 'NXDOMAIN' : 'NOERROR',
      })
  })

  /** From packets, not from the clients' times: how long a program takes to start is not Weir's. */
  it.each(own.filter(isStopped))(`is told of $host within ${AT_ONCE} ms`, (each) => {
    const found = flows.get(each.host)!.filter((flow) => flow.verdict === 'drop')
    const times = found.map((flow) => answeredIn(packets, end(flow.client), end(flow.server)))
    expect(Math.max(...times)).toBeLessThan(AT_ONCE)
  })
})
