import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { DnsRecord, FlowRecord } from '../../src/records/types.js'
import { Namespace, type Program, until } from '../support/namespace.js'
import { readRecords } from '../support/recordfile.js'
import { expectWebRefused, msToReset } from '../support/refused.js'

const OWN = ['198.18.0.1', 'fd77:6569:7200::1'] as const
/** Of every server that is asked; nobody has it. */
const DNS = ['198.51.100.53', '2001:db8::53'] as const
const WEB = ['198.51.100.80', '2001:db8::80'] as const
const BAD = ['192.0.2.99', '2001:db8:bad::1'] as const
const LISTENER = fileURLToPath(new URL('./listener.mjs', import.meta.url))

const POLICY = `version: 1
profile: a
profiles:
  a:
    # localhost: what gtlsclient says in the hello when it is given an address.
    block: [ads.test, localhost, two.example.test, ${BAD[0]}, "${BAD[1]}"]
    warn: [warn.test]
    audit: [audit.test]
`

let folder: string
let netns: Namespace
const curl: Namespace['curl'] = (...args) => netns.curl(...args)
const dig: Namespace['dig'] = (...args) => netns.dig(...args)
const at = (name: string): string => join(folder, name)

/** Everything goes to the device; another interface is up, and has the way to a neighbour. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-run-'))
  chmodSync(folder, 0o755) // one run is nobody's
  writeFileSync(at('policy.yaml'), POLICY)
  const made = '-x509 -newkey rsa:2048 -nodes -subj /CN=fine.test -days 2'.split(' ')
  const files = ['-keyout', at('key.pem'), '-out', at('cert.pem')]
  execFileSync('openssl', ['req', ...made, ...files], { stdio: 'ignore' })
  netns = await Namespace.open()
  netns.ip('link add out0 type veth peer name out1')
  netns.run('sh', '-c', 'echo 1 | tee /proc/sys/net/ipv6/conf/out?/disable_ipv6')
  netns.ip('addr add 203.0.113.2/24 dev out0')
  netns.ip('link set out0 up')
  netns.ip('link set out1 up')
})
afterAll(async () => {
  await netns.close()
  rmSync(folder, { recursive: true })
})

async function start(...args: string[]): Promise<Program> {
  const common = ['--route', '0.0.0.0/0', '--route', '::/0', '--format', 'none']
  const run = netns.weir('run', ...common, '--socket', at('weir.sock'), ...args)
  return run.says('weir0 is up')
}

/** For one test, whatever becomes of it. */
async function startHere(...args: string[]): Promise<Program> {
  const run = await start(...args)
  onTestFinished(async () => {
    await run.stop('SIGKILL')
  })
  return run
}

const HAIRPIN = ['--hairpin', '8080', '--hairpin', '8080/udp']

/** What allowed flows are sent to: without it no TCP flow begins. */
function listen(): Promise<Program> {
  const files = [at('weir.sock'), at('cert.pem'), at('key.pem')]
  return netns.start(process.execPath, LISTENER, ...files, ...OWN).says('listening')
}

/** Everything about links, routes and rules that could be left behind. */
const everything = (): string =>
  ['link', 'addr', 'route show table all', '-6 route show table all', 'rule', '-6 rule']
    .map((line) => netns.ip(`-o ${line}`).replace(/ state \S+|valid_lft.*|expires \S+/g, ''))
    .join('')

describe.each([
  ['nxdomain', [], /NXDOMAIN/, ''],
  ['nodata', ['--dns', 'nodata'], /NOERROR.*ANSWER: 0,/s, ''],
  ['null', ['--dns', 'null'], /NOERROR/, '0.0.0.0 ::'],
  ['refused', ['--dns', 'refused'], /REFUSED/, ''],
  [
    'sinkhole',
    [
      '--dns',
      'sinkhole',
      '--sinkhole',
      '203.0.113.7',
      '--sinkhole',
      '2001:db8::7',
      '--dns-ttl',
      '9',
    ],
    /NOERROR/,
    '203.0.113.7 2001:db8::7',
  ],
] as const)('a blocked name, mode %s', (mode, options, head, addresses) => {
  let run: Program
  let listener: Program
  beforeAll(async () => {
    run = await start('--rules', at('policy.yaml'), ...HAIRPIN, ...options)
    listener = await listen()
  })
  afterAll(async () => {
    await listener.stop()
    expect(await run.stop()).toMatchObject({ code: 0 })
  })

  it.each([DNS[0], DNS[1]])('is answered in the place of %s, over UDP and TCP', async (server) => {
    for (const transport of ['+notcp', '+tcp']) {
      for (const [i, type] of ['A', 'AAAA', 'HTTPS', 'TXT'].entries()) {
        const text = await dig(`@${server}`, transport, type, 'ads.test')
        expect(text).toMatch(head)
        expect(text).toMatch(/EDE: 15 \(Blocked\)/)
        const address = addresses.split(' ')[i]
        if (address)
          expect(text).toMatch(new RegExp(`ads\\.test\\.\\s+\\d+\\s+IN\\s+${type}\\s+${address}`))
        else if (mode !== 'refused') expect(text).toMatch(/ANSWER: 0, AUTHORITY: 1.*\sSOA\s/s)
        if (address && mode === 'sinkhole') expect(text).toMatch(/ads\.test\.\s+9\s+IN/)
      }
      const args = [`@${server}`, '+timeout=3', '+retry=0', '+edns', transport, 'x.ads.test']
      const { out } = await netns.ask('kdig', ...args)
      expect(out).toMatch(mode === 'nxdomain' ? /NXDOMAIN/ : /NOERROR|REFUSED/)
      expect(out).toMatch(/EDE: 15/)
    }
  })
})

describe('with a listener', () => {
  let run: Program
  let tcpdump: Program
  beforeAll(async () => {
    tcpdump = await netns
      .start('tcpdump', '-i', 'out0', '-nl', '--immediate-mode')
      .says('listening')
    run = await start(
      ...['--rules', at('policy.yaml'), '--records', at('records.ndjson'), ...HAIRPIN],
    )
    await listen()
  })

  afterAll(() => run.stop('SIGKILL'))

  it.each([0, 1])('allowed, audited and warned names over version %i', async (v) => {
    const server = WEB[v]!
    for (const name of ['fine.test', 'audit.test']) {
      expect(await dig(`@${DNS[v]!}`, name)).toMatch(/NOERROR.*ANSWER: 0,/s)
      const plain = await curl(`http://${name}/`, server, 80)
      expect(plain).toMatchObject({ code: 0, out: `reached ${server} 80\n` })
      const secret = await curl(`https://${name}/`, server, 443, '-k')
      expect(secret).toMatchObject({ code: 0, out: `reached ${server} 443\n` })
    }
    expect(await dig(`@${DNS[v]!}`, 'warn.test')).toMatch(/NOERROR.*ANSWER: 0,/s)
    const page = await curl('http://warn.test/', server, 80, '-w', '%{http_code}')
    expect(page.out).toMatch(/warn\.test.*403$/s)
  })

  const bypass = async (...args: string[]) =>
    netns.weir('bypass', ...args, '--socket', at('weir.sock')).end

  it.each([0, 1])('a page that warns leads on, over version %i', async (v) => {
    const server = WEB[v]!
    const page = await curl('http://go.warn.test/secret', server, 80)
    const [, link] = /<a href="(.*?)">/.exec(page.out) ?? []
    expect(link).toMatch(/^\/\.well-known\/weir\/bypass\?t=[\w-]{32}$/)
    const wrong = await curl(`http://go.warn.test${link!.slice(0, -1)}!`, server, 80)
    expect(wrong.out).toMatch(/<a href=/)
    const gone = await curl(
      `http://go.warn.test${link!}`,
      server,
      80,
      '-L',
      '-w',
      '%{url_effective} %{num_redirects}',
    )
    expect(gone.out).toBe(`reached ${server} 80\nhttp://go.warn.test/ 1`)
    expect((await curl('http://go.warn.test/', server, 80, '-i')).out).toMatch(/^HTTP.1.1 200/)
    const secret = await curl('https://go.warn.test/', server, 443, '-k')
    expect(secret.out).toBe(`reached ${server} 443\n`)
    const { out } = await bypass('list')
    expect(out).toMatch(
      /^go\.warn\.test\tuntil \S+\twarnings\t(198\.18\.0\.1|fd77:6569:7200::1)\n$/,
    )

    expect(await bypass('revoke', 'go.warn.test')).toMatchObject({ code: 0, out: '1 revoked\n' })
    const used = await curl(`http://go.warn.test${link!}`, server, 80)
    expect(used.out).toMatch(/<a href=/)
    expect((await curl('https://go.warn.test/', server, 443, '-k')).err).toMatch(/reset by peer/)
  })

  it('a program lets go on what is warned about or blocked', async () => {
    const reached = async (host: string, server: string = WEB[0]) =>
      (await curl(`https://${host}/`, server, 443, '-k')).code === 0
    expect(await bypass('add', 'ads.test', '--over', 'warn')).toMatchObject({ code: 0 })
    expect(await reached('ads.test')).toBe(false)
    expect((await bypass('add', 'ADS.test', '--for', '1h', '--below')).out).toMatch(/goes on until/)
    expect(await reached('ads.test')).toBe(true)
    expect(await reached('x.ads.test')).toBe(true)
    expect(await dig(`@${DNS[0]}`, 'ads.test')).toMatch(/NOERROR/)
    expect((await bypass('add', BAD[0])).code).toBe(0)
    expect(await reached('fine.test', BAD[0])).toBe(true)
    const all = JSON.parse((await bypass('list', '--json')).out) as { host: string }[]
    expect(all).toMatchObject([
      { host: BAD[0], over: 'block', client: null },
      { host: 'ads.test', below: true, over: 'block', client: null },
    ])
    expect((await bypass('add', 'a b')).err).toMatch(/a host name or an address expected/)
    expect((await bypass('add', 'a.test', '--for', '31d')).code).toBe(2)
    expect((await bypass('revoke', '--all')).out).toBe('2 revoked\n')
    expect(await reached('ads.test')).toBe(false)
  })

  it.each([0, 1])('blocked names over version %i', async (v) => {
    await expectWebRefused(netns, 'ads.test', WEB[v]!)
  })

  it.each([0, 1])('the reset follows the hello within 50 ms, version %i', async (v) => {
    expect(await msToReset(netns, 'ads.test', WEB[v]!, 7)).toBeLessThan(50)
  })

  it.each([0, 1])('blocked addresses over version %i', async (v) => {
    const refused = await curl('https://fine.test/', BAD[v]!, 443)
    expect(refused).toMatchObject({ code: 7 })
    expect(refused.err).toMatch(/after \d{1,2} ms/)
    const script = `const s = require('dgram').createSocket('udp${v ? 6 : 4}')
      s.on('error', (e) => (console.log(e.code), s.close()))
      s.connect(9999, '${BAD[v]!}', () => s.send('hello'))`
    const { out } = await netns.ask(process.execPath, '-e', script)
    expect(out).toMatch(v ? /EACCES/ : /EHOSTUNREACH/)
  })

  it.each([0, 1])('a blocked QUIC host over version %i is told to close', async (v) => {
    const { err, out } = await netns.ask('gtlsclient', '--timeout=5s', WEB[v]!, '443', 'https://x/')
    expect(out + err).toMatch(/CONNECTION_CLOSE\(0x1c\) error_code=CONNECTION_REFUSED/)
  })

  it('so is one of version 2 (RFC 9369), whose hello is in two datagrams', async () => {
    const fixture = new URL('../../fixtures/captures/hex-quic-v2/input.pcap', import.meta.url)
    const script = `const b = require('fs').readFileSync('${fileURLToPath(fixture)}')
      const s = require('dgram').createSocket('udp4')
      s.on('message', (m) => m.length > 40 && (console.log(m.toString('hex', 0, 5), m.length), s.close()))
      for (let at = 24 + 16, i = 0; i < 2; i++) {
        const end = at + b.readUInt32LE(at - 8)
        s.send(b.subarray(at + 28, end), 443, '${WEB[0]}')
        at = end + 16
      }`
    // A long header of type 1, which is version 2's Initial.
    expect((await netns.ask(process.execPath, '-e', script)).out).toMatch(/^d.6b3343cf \d\d\n$/)
  })

  it('says how it is', async () => {
    expect(statSync(at('weir.sock')).mode & 0o777).toBe(0o600)
    const get = (path: string, ...more: string[]) =>
      netns.ask('curl', '-sS', '--unix-socket', at('weir.sock'), ...more, `http://weir${path}`)
    expect(await get('/health')).toMatchObject({ code: 0, out: 'ok\n' })
    const { out } = await get('/metrics')
    expect(out).toMatch(
      /^# TYPE weir_engine_packets_total counter\nweir_engine_packets_total [1-9]/m,
    )
    expect(out).toMatch(/^weir_rules 7$/m)
    expect(out).toMatch(/^weir_confined 1$/m)
    expect(out).toMatch(/^weir_loop_turned_total [1-9]/m)
    expect((await get('/nothing')).out).toMatch(/there is \/health/)
    expect((await get('/health', '-X', 'POST', '-d', 'x')).out).toBe('only GET\n')
    expect((await get('/health', '-H', `x: ${'x'.repeat(9000)}`, '-i')).out).toMatch(/ 431 /)
    const status = await netns.weir('status', '--socket', at('weir.sock')).end
    expect(status).toMatchObject({ code: 0 })
    expect(status.out).toMatch(/^device {14}weir0\n.*^rules {15}7, generation \d+\n.*^reads /ms)
    const second = await netns.weir('run', '--socket', at('weir.sock'), '--device', 'w1').end
    expect(second.code).toBe(7)
    expect(second.err).toMatch(/another weir has it/)
    expect(await netns.weir('status', '--socket', at('none')).end).toMatchObject({ code: 4 })
  })

  it('and nothing has left, and the records are right', async () => {
    expect(await run.stop()).toMatchObject({ code: 0 })
    const sent = netns.sent('out0')
    // That the counter and the capture see what leaves: this does, as ARP.
    await netns.ask('dig', '+tries=1', '+time=1', '@203.0.113.9', 'x.test')
    const after = netns.sent('out0')
    await tcpdump.says('203.0.113.9')
    expect([sent, after > 0]).toEqual([0, true])
    expect((await tcpdump.stop()).out).not.toMatch(/198\.51\.100|192\.0\.2|2001:db8|198\.18\./)

    const text = readFileSync(at('records.ndjson'), 'utf8')
    expect(text).not.toMatch(/secret/)
    const { seen: records, done } = readRecords(at('records.ndjson'))
    const shown = new Set(
      done.filter(({ action }) => action === 'page-shown').map(({ by, host }) => `${by} ${host}`),
    )
    expect([...shown].sort()).toEqual(['weir ads.test', 'weir go.warn.test', 'weir warn.test'])
    const flows = records.filter((r): r is FlowRecord => r.type === 'flow')
    const of = (protocol: string, host: string | null) =>
      flows.filter((f) => f.protocol === protocol && f.host === host)
    for (const server of WEB) {
      const there = (protocol: string, host: string) =>
        of(protocol, host).find((f) => f.server.ip === server && f.reason !== 'bypass')
      expect(there('http', 'fine.test')).toMatchObject({ verdict: 'pass', close: 'fin' })
      expect(there('https', 'fine.test')).toMatchObject({ verdict: 'pass', hostSource: 'tls-sni' })
      expect(there('https', 'audit.test')).toMatchObject({ verdict: 'pass', action: 'audit' })
      expect(there('http', 'warn.test')).toMatchObject({ verdict: 'drop', action: 'warn' })
      expect(there('http', 'ads.test')).toMatchObject({ verdict: 'drop', reason: 'rule-block' })
      expect(there('https', 'ads.test')).toMatchObject({ verdict: 'drop', close: 'reset' })
      expect(flows.find((f) => f.host === 'localhost' && f.server.ip === server)).toMatchObject({
        protocol: 'http3',
        hostSource: 'quic-sni',
        verdict: 'drop',
      })
    }
    for (const server of BAD)
      expect(flows.find((f) => f.server.ip === server && f.reason === 'rule-block')).toMatchObject({
        verdict: 'drop',
        rule: { line: 6 },
      })
    for (const server of WEB) {
      const gone = flows.filter((f) => f.server.ip === server && f.reason === 'bypass')
      expect(gone.find((f) => f.protocol === 'http')).toMatchObject({
        host: 'go.warn.test',
        verdict: 'pass',
        action: 'warn',
        rule: { text: 'warn.test' },
      })
    }
    expect(readFileSync(at('records.ndjson'), 'latin1')).not.toMatch(/secret|well-known/)
    const dns = records.filter((r): r is DnsRecord => r.type === 'dns')
    expect(dns.filter((r) => r.verdict === 'pass')).toHaveLength(7)
    expect(dns.filter((r) => r.reason === 'rule-warn')).toHaveLength(2)
  })
})

describe('rules', () => {
  it('of a policy follow its file; a broken edit leaves them', async () => {
    writeFileSync(at('live.yaml'), POLICY)
    const run = await startHere('--rules', at('live.yaml'), '--user', 'nobody:nogroup')
    expect(await dig(`@${DNS[0]}`, 'ads.test')).toMatch(/NXDOMAIN/)
    writeFileSync(at('live.yaml'), POLICY.replace('    block: ', '    dns: refused\n    block: '))
    await run.says('profile a, protection block: 7 rules\nweir: allowed')
    await until(() => run.err.split('7 rules').length > 2)
    expect(await dig(`@${DNS[0]}`, 'ads.test')).toMatch(/REFUSED/)
    writeFileSync(at('live.yaml'), POLICY.replace('    block: ', '    blok: '))
    await run.says('live.yaml:6:5')
    await run.says('the rules in force stay')
    expect(await dig(`@${DNS[0]}`, 'ads.test')).toMatch(/REFUSED/)
    expect(await run.stop()).toMatchObject({ code: 0 })
  })

  it('of a list are read again on SIGHUP; a page is whose it is', async () => {
    writeFileSync(at('list.txt'), '0.0.0.0 ads.test\n')
    const run = await startHere('--rules', at('list.txt'))
    expect(await dig(`@${DNS[0]}`, 'new.test')).toMatch(/no servers could be reached/)
    writeFileSync(at('list.txt'), '0.0.0.0 ads.test\n0.0.0.0 new.test\n')
    run.child.kill('SIGHUP')
    await run.says('2 rules')
    expect(await dig(`@${DNS[0]}`, 'new.test')).toMatch(/NXDOMAIN/)
    rmSync(at('list.txt'))
    run.child.kill('SIGHUP')
    await run.says('the rules in force stay')
    expect(await dig(`@${DNS[0]}`, 'new.test')).toMatch(/NXDOMAIN/)
    expect(await run.stop()).toMatchObject({ code: 0 })
  })
})

it.each([
  [[], false],
  [['--pcap-payload'], true],
] as const)('a capture of what is blocked, with %j', async (more, payload) => {
  const run = await startHere('--rules', at('policy.yaml'), '--pcap', at('blocked.pcap'), ...more)
  await dig(`@${DNS[0]}`, 'ads.test')
  await dig(`@${DNS[1]}`, 'ads.test')
  await dig(`@${DNS[0]}`, 'fine.test')
  await netns.ask('curl', '-sS', `http://${BAD[0]}/`)
  await run.stop()
  expect(statSync(at('blocked.pcap')).mode & 0o777).toBe(0o600)
  const { out } = await netns.ask('tcpdump', '-nr', at('blocked.pcap'))
  const lines = out.trim().split('\n')
  expect(lines).toHaveLength(3)
  expect(lines[0]).toContain(`> ${DNS[0]}.53`)
  expect(lines[1]).toContain(`> ${DNS[1]}.53`)
  expect(lines[2]).toMatch(/> 192\.0\.2\.99\.80: Flags \[S\]/)
  expect(readFileSync(at('blocked.pcap'), 'latin1').includes('ads')).toBe(payload)
})

it('says why a device cannot be had, and ends', async () => {
  await startHere()
  const args = ['run', '--format', 'none', '--socket', at('other.sock')]
  const second = await netns.weir(...args).end
  expect(second).toMatchObject({ code: 7 })
  expect(second.err).toMatch(/the device weir0 is in use/)
  const third = await netns.weir(...args, '--device', 'w1', '--rules', at('none.yaml')).end
  expect(third.code).toBe(4)
})

it('whose reader goes away ends', async () => {
  const args = ['run', '--route', '0.0.0.0/0', '--rules', at('policy.yaml'), '--format', 'ndjson']
  const run = await netns.weir(...args, '--socket', at('weir.sock')).says('weir0 is up')
  run.child.stdout!.destroy()
  for (let i = 0; i < 2; i++) await dig(`@${DNS[0]}`, 'ads.test')
  expect((await run.end).err).not.toMatch(/Error|Warning/)
})

it('a service manager is told, and of the packet thread too', async () => {
  const script = `import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('${at('notify.sock')}')
print('bound', flush=True)
while True: print(s.recv(99).decode(), flush=True)`
  const manager = await netns.start('python3', '-c', script).says('bound')
  const env = ['env', `NOTIFY_SOCKET=${at('notify.sock')}`, 'WATCHDOG_USEC=200000']
  const command = fileURLToPath(new URL('../../dist/cli/weir.js', import.meta.url))
  const args = ['run', '--format', 'none', '--socket', at('weir.sock')]
  const run = netns.start(...env, process.execPath, command, ...args)
  await manager.says('READY=1\nWATCHDOG=1\nWATCHDOG=1\n')
  await run.stop()
  await manager.says('STOPPING=1')
  await manager.stop()
})

it('a blocked event loop loses no packet', async () => {
  const COUNT = 3000
  const common = ['--route', '0.0.0.0/0', '--socket', at('weir.sock'), '--rules', at('policy.yaml')]
  const run = await netns.weir('run', ...common, '--format', 'ndjson').says('weir0 is up')
  onTestFinished(async () => {
    await run.stop('SIGKILL')
  })
  run.child.stdout!.pause() // soon it is full, and who writes to it waits
  const script = `const s = require('dgram').createSocket('udp4')
    const name = Buffer.from('\\x03ads\\x04test\\0\\0\\x01\\0\\x01', 'latin1')
    let got = 0, sent = 0
    const next = () => {
      if (sent === ${COUNT}) return
      const head = Buffer.alloc(12)
      head.writeUInt16BE(sent++, 0), head.writeUInt16BE(1, 4)
      s.send(Buffer.concat([head, name]), 53, '${DNS[0]}')
    }
    s.on('message', () => (got++, next()))
    s.bind(0, () => next())
    setTimeout(() => (console.log(got), process.exit()), 6000)`
  const { out } = await netns.ask(process.execPath, '-e', script)
  expect(Number(out)).toBe(COUNT)
  const health = ['-sS', '--max-time', '1', '--unix-socket', at('weir.sock'), 'http://weir/health']
  expect(await netns.ask('curl', ...health)).toMatchObject({ code: 28 }) // it is blocked indeed
  run.child.stdout!.resume()
  const end = await run.stop()
  expect(end).toMatchObject({ code: 0 })
  expect(end.out.match(/"type":"dns"/g)).toHaveLength(COUNT)
})

describe('however it ends, nothing is left', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)('%s', async (signal) => {
    const before = everything()
    const run = await startHere('--rules', at('policy.yaml'))
    expect(everything()).not.toBe(before)
    await dig(`@${DNS[0]}`, 'ads.test')
    await run.stop(signal)
    expect(everything()).toBe(before)
  })
})
