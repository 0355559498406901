import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Protocol } from '../../src/records/vocabulary.js'
import { JUDGEMENTS, RESOLVER, Scene, VERSIONS, type Version } from '../support/scene.js'
import { AT_ONCE, type Case, judged, judgedFlow, Seen } from '../support/scenecases.js'
import type { Run } from '../support/weir.js'

/** What a client sees: its exit code, and what it writes. */
type Outcome = readonly [code: number, text: RegExp]

interface Client {
  readonly name: string
  readonly args: (host: string, version: Version) => readonly string[]
  /** Of the flow that decides; `resolve` clients have a DNS flow before it. */
  readonly protocol: Protocol
  readonly transport: 'tcp' | 'udp'
  readonly resolves?: boolean
  readonly reached: Outcome
  readonly warned: Outcome
  readonly blocked: Outcome
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
const stopped = (...seen: Outcome) => ({ warned: seen, blocked: seen })

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

const CASES: readonly Case<Client>[] = CLIENTS.flatMap((client) =>
  VERSIONS.flatMap((version) =>
    JUDGEMENTS.map((judgement) => {
      return { client, version, judgement, host: `${client.name}-${version}.${judgement}.test` }
    }),
  ),
)

/** DESIGN.md's table: whether the flow that decides is stopped. A query for what is warned about goes on. */
const isStopped = ({ client, judgement }: Case<Client>): boolean =>
  judgement === 'blocked' || (judgement === 'warned' && client.protocol !== 'dns')

/** Of a client that asks DNS first, a blocked name is answered there, and no other flow begins. */
const decidesInDns = ({ client, judgement }: Case<Client>): boolean =>
  client.protocol === 'dns' || (client.resolves === true && judgement === 'blocked')

const runs = new Map<string, Run>()
let seen: Seen

/** Every client runs once with every host, one after the other; the tests look at what is left of that. */
beforeAll(async () => {
  const hosts = CASES.map(({ client, host }) => ({ name: host, inDns: client.resolves === true }))
  scene = await Scene.open(hosts)
  await scene.startHttp3()
  for (const { client, version, host } of CASES)
    runs.set(host, await scene.ask(version, ...client.args(host, version)))
  seen = await Seen.of(scene)
}, 180_000)
afterAll(() => scene.close())

function expectedFlow(each: Case<Client>): object {
  const { client, version, judgement, host } = each
  const isDns = decidesInDns(each)
  const ip = isDns ? RESOLVER[version] : scene.address(host, version)
  const protocol = isDns ? 'dns' : client.protocol
  const transport = isDns && client.resolves ? 'udp' : client.transport
  return { ...judgedFlow(judgement, isStopped(each), protocol, ip), transport }
}

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
    const found = seen.flows(each.host)
    const deciding = found.filter((flow) => (flow.protocol === 'dns') === decidesInDns(each))
    expect(deciding.length).toBeGreaterThan(0)
    for (const flow of deciding) expect(flow).toMatchObject(expectedFlow(each))
    const asked = seen.queries(each.host)
    expect(asked.length > 0).toBe(client.protocol === 'dns' || client.resolves === true)
    const isBlocked = each.judgement === 'blocked'
    for (const query of asked)
      expect(query).toMatchObject({
        ...judged(each.judgement, isBlocked),
        rcode: isBlocked ? 'NXDOMAIN' : 'NOERROR',
      })
  })

  /** From packets, not from the clients' times: how long a program takes to start is not Weir's. */
  it.each(own.filter(isStopped))(`is told of $host within ${AT_ONCE} ms`, ({ host }) => {
    expect(Math.max(...seen.answerTimes(host))).toBeLessThan(AT_ONCE)
  })
})
