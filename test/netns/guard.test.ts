import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { DnsRecord, FlowRecord, TrafficRecord } from '../../src/records/types.js'
import { Namespace, type Program, until } from '../support/namespace.js'
import { readRecords } from '../support/recordfile.js'
import { expectWebRefused, msToReset } from '../support/refused.js'

const CLIENT = ['10.9.0.1', 'fd09::1'] as const
const GATE = ['10.9.0.2', 'fd09::2'] as const
const DNS = ['198.51.100.53', '2001:db8::53'] as const
const WEB = ['198.51.100.80', '2001:db8::80'] as const
const BAD = ['192.0.2.99', '2001:db8:bad::1'] as const
/** Each way: a server's answer is twice as late. */
const DELAY_MS = 25
const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

const POLICY = `version: 1
profile: a
profiles:
  a:
    # localhost: what gtlsclient says in the hello when it is given an address.
    block: [ads.test, localhost, ${BAD[0]}, "${BAD[1]}"]
    warn: [warn.test]
    audit: [audit.test]
`

let folder: string
/** The machine in use, the line, and the server. */
let here: Namespace
let line: Namespace
let there: Namespace
const curl: Namespace['curl'] = (...args) => here.curl(...args)
const dig: Namespace['dig'] = (...args) => here.dig(...args)
const at = (name: string): string => join(folder, name)

function connect(a: Namespace, nameA: string, b: Namespace, nameB: string): void {
  a.ip(`link add ${nameA} type veth peer name ${nameB}`)
  a.ip(`link set ${nameB} netns ${b.inside[2]!}`)
  a.ip(`link set ${nameA} up`)
  b.ip(`link set ${nameB} up`)
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-guard-'))
  writeFileSync(at('policy.yaml'), POLICY)
  const made = '-x509 -newkey rsa:2048 -nodes -subj /CN=fine.test -days 2'.split(' ')
  const files = ['-keyout', at('key.pem'), '-out', at('cert.pem')]
  execFileSync('openssl', ['req', ...made, ...files], { stdio: 'ignore' })
  here = await Namespace.open()
  line = await Namespace.open()
  there = await Namespace.open()
  // Nobody on the line speaks for himself.
  line.run('sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6')
  connect(here, 'eth0', line, 'mid0')
  connect(there, 'eth0', line, 'mid1')
  for (const [netns, own] of [
    [here, CLIENT],
    [there, GATE],
  ] as const) {
    netns.ip(`addr add ${own[0]}/24 dev eth0`)
    netns.ip(`addr add ${own[1]}/64 dev eth0 nodad`)
  }
  // Answers must be taken whatever the host thinks of where they come from.
  here.run('sh', '-c', 'echo 1 | tee /proc/sys/net/ipv4/conf/*/rp_filter')
  for (const gate of GATE) here.ip(`route add default via ${gate}`)
  const addresses = [...DNS, ...WEB, ...BAD]
  for (const address of addresses) {
    there.ip(`addr add ${address}/${address.includes(':') ? '128 nodad' : '32'} dev lo`)
  }
  await line.start('python3', program('delay.py'), `${DELAY_MS}`, 'mid0', 'mid1').says('delaying')
  const server = [program('server.mjs'), at('cert.pem'), at('key.pem'), ...addresses]
  await there.start(process.execPath, ...server).says('listening')
  // Neighbours are found, and IPv6 has its addresses.
  for (const to of DNS)
    expect(await dig('+tries=5', '+time=1', `@${to}`, 'a.test')).toMatch(/203\.0/)
})
afterAll(async () => {
  await Promise.all([here, line, there].map((netns) => netns.close()))
  rmSync(folder, { recursive: true })
})

const start = (...args: string[]): Promise<Program> =>
  here
    .weir(
      ...['guard', '--interface', 'eth0', '--rules', at('policy.yaml'), '--format', 'none'],
      ...['--socket', at('weir.sock'), ...args],
    )
    .says('eth0 is guarded')

async function startHere(...args: string[]): Promise<Program> {
  const guard = await start(...args)
  onTestFinished(async () => {
    await guard.stop('SIGKILL')
    here.run('tc', 'qdisc', 'replace', 'dev', 'eth0', 'clsact')
    here.run('tc', 'qdisc', 'del', 'dev', 'eth0', 'clsact')
  })
  return guard
}

const recordsOf = (name: string): TrafficRecord[] => readRecords(at(name)).seen
const isFlow = (record: TrafficRecord): record is FlowRecord => record.type === 'flow'
const isDns = (record: TrafficRecord): record is DnsRecord => record.type === 'dns'

describe('a guarded interface', () => {
  let guard: Program
  let tcpdump: Program
  beforeAll(async () => {
    const capture = ['-i', 'mid0', '-Q', 'in', '-nl', '--immediate-mode', '-A']
    tcpdump = await line.start('tcpdump', ...capture).says('listening')
    guard = await start('--records', at('records.ndjson'))
  })
  afterAll(() => guard.stop('SIGKILL'))

  it.each([0, 1])('lets what is allowed or audited go its way, version %i', async (v) => {
    for (const name of ['fine.test', 'audit.test']) {
      for (const transport of ['+notcp', '+tcp']) {
        expect(await dig(`@${DNS[v]!}`, transport, name)).toMatch(/203\.0\.113\.1/)
      }
      const reached = { code: 0, out: 'reached the server\n' }
      expect(await curl(`http://${name}/`, WEB[v]!, 80)).toMatchObject(reached)
      expect(await curl(`https://${name}/`, WEB[v]!, 443, '-k')).toMatchObject(reached)
    }
  })

  it.each([0, 1])('answers for blocked names before the server does, version %i', async (v) => {
    for (const transport of ['+notcp', '+tcp']) {
      const text = await dig(`@${DNS[v]!}`, transport, 'ads.test')
      expect(text).toMatch(/NXDOMAIN/)
      expect(text).toMatch(/EDE: 15 \(Blocked\)/)
      expect(Number(/Query time: (\d+)/.exec(text)![1])).toBeLessThan(2 * DELAY_MS)
    }
    await expectWebRefused(here, 'ads.test', WEB[v]!)
  })

  it.each([0, 1])('the reset is there before an answer can be, version %i', async (v) => {
    expect(await msToReset(here, 'ads.test', WEB[v]!, 5)).toBeLessThan(2 * DELAY_MS)
  })

  it('ends flows that it has answered: no client and no server is left to argue', async () => {
    await dig(`@${DNS[0]}`, '+tcp', 'ads.test')
    await curl('http://ads.test/', WEB[0], 80)
    for (const netns of [here, there]) {
      await until(() => !/^(?!TIME-WAIT|LISTEN).*198\.51\.100/m.test(netns.run('ss', '-Htan')))
    }
  })

  it.each([0, 1])('warns, and lets people go on, version %i', async (v) => {
    const ask = (path: string) => curl(`http://warn.test${path}`, WEB[v]!, 80)
    const page = await ask('/')
    const link = /href="(\/[^"]+)"/.exec(page.out)?.[1]
    expect(link).toBeDefined()
    expect(await ask('/')).toMatchObject({ out: expect.stringContaining('held back') as string })
    expect(await ask(link!)).toMatchObject({ code: 0, out: '' })
    expect(await ask('/')).toMatchObject({ code: 0, out: 'reached the server\n' })
    const own = ['--socket', at('weir.sock')]
    expect((await here.weir('bypass', 'list', ...own).end).out).toMatch(/warn\.test/)
    await here.weir('bypass', 'revoke', '--all', ...own).end
  })

  it.each([0, 1])('refuses blocked addresses, version %i', async (v) => {
    const refused = await curl('https://fine.test/', BAD[v]!, 443)
    expect(refused).toMatchObject({ code: 7 })
    const script = `const s = require('dgram').createSocket('udp${v ? 6 : 4}')
      s.on('error', (e) => (console.log(e.code), s.close()))
      s.connect(9999, '${BAD[v]!}', () => s.send('hello'))`
    const { out } = await here.ask(process.execPath, '-e', script)
    expect(out).toMatch(v ? /EACCES/ : /EHOSTUNREACH/)
  })

  it.each([0, 1])('tells a QUIC client to close, version %i', async (v) => {
    const { err, out } = await here.ask('gtlsclient', '--timeout=5s', WEB[v]!, '443', 'https://x/')
    expect(out + err).toMatch(/CONNECTION_CLOSE\(0x1c\) error_code=CONNECTION_REFUSED/)
  })

  it('sends nothing itself: a query is one packet, and the true answer still comes', async () => {
    const script = `const s = require('dgram').createSocket('udp4')
      const head = Buffer.from('0001010000010000000000000361647304746573740000010001', 'hex')
      s.on('message', (m) => console.log(m[3] & 15))
      s.bind(0, () => s.send(head, 53, '${DNS[0]}'))
      setTimeout(() => process.exit(), 500)`
    const capture = ['-i', 'mid0', '-Q', 'in', '-nl', '--immediate-mode', 'ip and not tcp']
    const sent = await line.start('tcpdump', ...capture).says('listening')
    const { out } = await here.ask(process.execPath, '-e', script)
    expect(out).toBe('3\n0\n')
    const lines = (await sent.stop()).out.trimEnd().split('\n')
    expect(lines).toEqual([expect.stringMatching(/IP 10\.9\.0\.1.*ads\.test/)])
  })

  it('follows the addresses of this host, and answers nobody else', async () => {
    const ask = (from: string) => dig('-b', from, `@${DNS[0]}`, 'ads.test')
    there.ip('route add 10.8.0.0/16 via 10.9.0.1')
    here.ip('addr add 10.8.0.1/32 dev eth0')
    expect(await ask('10.8.0.1')).toMatch(/NXDOMAIN/)
    // Another machine behind this one, which forwards.
    const other = await Namespace.open()
    onTestFinished(() => other.close())
    connect(here, 'lan0', other, 'lan1')
    here.ip('addr add 10.8.1.1/24 dev lan0')
    here.run('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward')
    other.ip('addr add 10.8.1.2/24 dev lan1')
    other.ip('route add default via 10.8.1.1')
    const args = ['dig', '+tries=3', '+time=1', `@${DNS[0]}`, 'ads.test']
    expect((await other.ask(...args)).out).toMatch(/203\.0\.113\.1/)
    here.ip('addr del 10.8.0.1/32 dev eth0')
    here.ip('link del lan0')
    here.run('sh', '-c', 'echo 0 > /proc/sys/net/ipv4/ip_forward')
  })

  it('says how it is', async () => {
    const status = await here.weir('status', '--socket', at('weir.sock')).end
    expect(status.out).toMatch(/^device {14}weirg0\n.*^packet thread {7}confined\n.*^reads /ms)
    const again = await here.weir('guard', '--interface', 'eth0', '--socket', at('two.sock')).end
    expect(again).toMatchObject({ code: 7 })
    expect(again.err).toMatch(/another weir guards eth0/)
  })

  it('and the line saw nothing of ours, and the records are right', async () => {
    expect(await guard.stop()).toMatchObject({ code: 0 })
    const { out } = await tcpdump.stop()
    const from = [...out.matchAll(/^[\d:.]+ (?:IP|IP6) (\S+) > /gm)].map(([, source]) => source!)
    expect(from.length).toBeGreaterThan(100)
    // Of what is not the client's, there is only what the other machine sent through it.
    const ours = from.filter((s) => !/^(10\.9\.0\.1|fd09::1|fe80:|::|10\.8\.)/.test(s))
    expect(ours).toEqual([])
    expect(out).not.toMatch(/Forbidden|weir\.invalid/)

    const records = recordsOf('records.ndjson')
    const flows = records.filter(isFlow)
    for (const server of WEB) {
      const of = (protocol: string, host: string) =>
        flows.find((f) => f.protocol === protocol && f.host === host && f.server.ip === server)
      expect(of('http', 'fine.test')).toMatchObject({ verdict: 'pass', close: 'fin' })
      expect(of('https', 'audit.test')).toMatchObject({ verdict: 'pass', action: 'audit' })
      expect(of('http', 'ads.test')).toMatchObject({ verdict: 'drop', reason: 'rule-block' })
      expect(of('https', 'ads.test')).toMatchObject({ verdict: 'drop', close: 'reset' })
      expect(of('http3', 'localhost')).toMatchObject({ verdict: 'drop', hostSource: 'quic-sni' })
      expect(CLIENT).toContain(of('https', 'fine.test')!.client.ip)
    }
    for (const server of BAD) {
      const flow = flows.find((f) => f.server.ip === server && f.transport === 'tcp')
      expect(flow).toMatchObject({ verdict: 'drop', rule: { line: 6 }, close: 'reset' })
    }
    const dns = records.filter(isDns)
    expect(dns.filter((r) => r.query === 'ads.test' && r.rcode === 'NXDOMAIN')).not.toEqual([])
  })
})

it('--observe writes nothing and stops nothing; records say what would have been', async () => {
  const guard = await startHere('--observe', '--records', at('observed.ndjson'))
  expect(guard.err).toMatch(/observing: nothing is answered/)
  for (const v of [0, 1]) {
    expect(await dig(`@${DNS[v]!}`, 'ads.test')).toMatch(/203\.0\.113\.1/)
    const page = await curl('http://ads.test/', WEB[v]!, 80)
    expect(page).toMatchObject({ code: 0, out: 'reached the server\n' })
    const secret = await curl('https://fine.test/', BAD[v]!, 443, '-k')
    expect(secret).toMatchObject({ code: 0, out: 'reached the server\n' })
  }
  const [link] = JSON.parse(here.ip('-j -s link show weirg0')) as {
    stats64: { rx: { packets: number }; tx: { packets: number } }
  }[]
  expect(link!.stats64.rx.packets).toBe(0)
  expect(link!.stats64.tx.packets).toBeGreaterThan(30)
  const end = await guard.stop()
  expect(end).toMatchObject({ code: 0 })
  expect(end.err).toMatch(/packets: 0 answered/)
  const flows = recordsOf('observed.ndjson').filter(isFlow)
  for (const server of WEB) {
    const flow = flows.find((f) => f.server.ip === server && f.host === 'ads.test')
    expect(flow).toMatchObject({ verdict: 'pass', action: 'block', reason: 'audit-mode' })
  }
})
