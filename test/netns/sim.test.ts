import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import type { TrafficRecord } from '../../src/records/types.js'
import { Program, until } from '../support/namespace.js'
import { schemaErrors } from '../support/schema.js'
import { startWeir, weir } from '../support/weir.js'

const CAPTURES = fileURLToPath(new URL('../../fixtures/captures', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'weir-simtest-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => join(folder, name)

const captureOf = (name: string): string => join(CAPTURES, name, 'input.pcap')

/** Records apart from their times. */
const untimed = (text: string): string => text.replaceAll(/"(?:start|end)":"[^"]*",/g, '')

describe('a capture through the device gives the records of a replay', () => {
  it.each(readdirSync(CAPTURES))('%s', (name) => {
    const args = [captureOf(name), ...(name === 'blocked' ? RULES : [])]
    const replayed = weir(['replay', ...args, '--format', 'ndjson'])
    const live = weir(['sim', '--fast', '--format', 'ndjson', '--pcap', ...args])
    expect([live.code, live.err]).toEqual([0, expect.stringMatching(/are those of weir replay/)])
    expect(untimed(live.out)).toBe(untimed(replayed.out))
    expect(untimed(live.out)).not.toBe('')
  })

  const RULES = [
    '--rules',
    fileURLToPath(new URL('../../fixtures/lists/demo.json', import.meta.url)),
  ]

  it('as fast as it was captured, and faster', () => {
    const began = Date.now()
    expect(weir(['sim', '--pcap', captureOf('ntp'), '--format', 'none'])).toMatchObject({ code: 0 })
    expect(Date.now() - began).toBeGreaterThan(2200)
    const faster = ['--pcap', captureOf('dhcp'), '--speed', '20', '--format', 'none']
    expect(weir(['sim', ...faster])).toMatchObject({ code: 0 })
  })

  it('and says so where it does not: idle flows take their time', () => {
    writeFileSync(at('idle.pcap'), later(readFileSync(captureOf('ntp')), 300))
    const fast = weir(['sim', '--pcap', at('idle.pcap'), '--fast', '--format', 'none'])
    expect(fast).toMatchObject({ code: 1, err: expect.stringMatching(/expected "idle"/) as string })
    const scaled = weir(['sim', '--pcap', at('idle.pcap'), '--speed', '60', '--format', 'none'])
    expect([scaled.code, scaled.err]).toEqual([
      0,
      expect.stringMatching(/are those of weir replay/),
    ])
  })

  it('of packets that are cut short nothing goes through', () => {
    const whole = readFileSync(captureOf('snmp'))
    writeFileSync(at('cut.pcap'), cut(whole))
    const { code, err } = weir(['sim', '--pcap', at('cut.pcap'), '--fast', '--format', 'none'])
    expect([code, err]).toEqual([0, expect.stringMatching(/1 packets are cut short/)])
  })

  it('is read, or said not to be one', () => {
    expect(weir(['sim', '--pcap', at('none.pcap')])).toMatchObject({ code: 4 })
  })
})

/** The last packet of a pcap file, so many seconds later. */
function later(pcap: Buffer, seconds: number): Buffer {
  const last = placeOfLast(pcap)
  pcap.writeUInt32LE(pcap.readUInt32LE(last) + seconds, last)
  return pcap
}

/** The last packet of a pcap file without its last four bytes, as a snap length leaves it. */
function cut(pcap: Buffer): Buffer {
  const last = placeOfLast(pcap)
  pcap.writeUInt32LE(pcap.readUInt32LE(last + 8) - 4, last + 8)
  return pcap.subarray(0, -4)
}

function placeOfLast(pcap: Buffer): number {
  let at = 24
  for (let next = at; next < pcap.length; next += 16 + pcap.readUInt32LE(next + 8)) at = next
  return at
}

function scenario(name: string, steps: string): string {
  const rules = 'rules: { block: [blocked.test], warn: [warned.test] }'
  writeFileSync(at(name), `version: 1\ntitle: a test\n${rules}\nsteps:\n${steps}`)
  return at(name)
}

const BLOCKED = `  - client: curl
    target: https://blocked.test/
    expect: { client: reset, record: { protocol: https, verdict: drop } }
`

describe('scenarios', () => {
  it('that come with it end as they should, and nothing leaves', () => {
    const records = at('records.ndjson')
    const { code, out } = weir(['sim', '--records', records])
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^\d\d+ as expected, 0 not, \d+ left out$/m),
    ])
    expect(out).toMatch(/^nothing leaves by out0: nothing did$/m)
    expect(out).toMatch(/^curl https:\/\/blocked\.test\/ IPv6 +reset https .* \d+\.\d ms$/m)
    for (const line of readFileSync(records, 'utf8').trimEnd().split('\n')) {
      expect(schemaErrors(JSON.parse(line) as TrafficRecord)).toEqual([])
    }
  })

  it.each([
    ['what the client sees', BLOCKED.replace('reset', 'page'), /the client sees reset/],
    ['the verdict', BLOCKED.replace('drop', 'pass'), /verdict is drop, not pass/],
    ['the protocol', BLOCKED.replace('https,', 'http,'), /protocol is https, not http/],
    ['the time', BLOCKED.replace('reset,', 'reset, within: 0.000001,'), /answered after 0\.\d ms/],
    [
      'what it says',
      BLOCKED.replace('reset,', 'reset, says: welcome,'),
      /it does not say "welcome"/,
    ],
    ['that there is a rule', BLOCKED.replace('blocked', 'other'), /the client sees reached/],
  ])('differ in %s, and exit with 1', (_, steps, said) => {
    const { code, out } = weir(['sim', scenario('wrong.yaml', steps), '--format', 'none'])
    expect([code, out]).toEqual([1, expect.stringMatching(said)])
    expect(out).toMatch(/^0 as expected, 2 not, 0 left out$/m)
  })

  it('in which something leaves the host exit with 1', () => {
    const path = scenario(
      'leak.yaml',
      `  - client: command
    target: https://blocked.test/
    versions: [4]
    command: [${process.execPath}, -e, "require('dgram').createSocket('udp4').send('x', 9, '203.0.113.9', () => process.exit())"]
    expect: { client: exit 0 }
`,
    )
    const { code, out } = weir(['sim', path, '--commands', '--format', 'none'])
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(/nothing leaves by out0: out0: 1 packets/),
    ])
    expect(out).toMatch(/^1 as expected, 0 not/m)
  })

  it('of which nothing can be run do not pass', () => {
    const path = scenario('absent.yaml', BLOCKED)
    const { code, out } = weir(['sim', path, '--client', 'wget'])
    expect([code, out]).toEqual([1, expect.stringMatching(/nothing was tried/)])
  })

  it('leave out clients that are not here, and say so', () => {
    const args = [
      'env',
      `PATH=${folder}:/usr/sbin:/sbin`,
      process.execPath,
      WEIR,
      'sim',
      scenario('absent.yaml', BLOCKED),
    ]
    const tools = ['unshare', 'mount', 'true'].map(
      (name) => `ln -sf "$(which ${name})" ${folder}/${name}`,
    )
    execFileSync('sh', ['-c', tools.join('; ')])
    const run = execFileSync('sh', ['-c', '"$@"; echo "code $?"', 'sh', ...args], {
      encoding: 'utf8',
    })
    expect(run).toMatch(/left out: curl is not here \(Debian: curl\)/)
    expect(run).toMatch(/nothing was tried\ncode 1/)
  })
})

const WEIR = fileURLToPath(new URL('../../dist/cli/weir.js', import.meta.url))

describe('without root', () => {
  const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--']

  it('a user namespace will do', async () => {
    const path = scenario('user.yaml', BLOCKED)
    chmodSync(folder, 0o755)
    // /dev/net/tun as systems have it that let everybody open it.
    const tun = `mknod -m 666 ${at('tun')} c 10 200; mount --bind ${at('tun')} /dev/net/tun; exec "$@"`
    const through = ['unshare', '-m', 'sh', '-c', tun, 'sh', ...NOBODY]
    const { end } = startWeir(['sim', path, '--format', 'none'], { through })
    expect(await end).toMatchObject({
      code: 0,
      out: expect.stringMatching(/2 as expected, 0 not/) as string,
    })
  })

  it('and without user namespaces it says what is missing', async () => {
    const forbid = ['unshare', '-Ur', 'sh', '-c']
    const script = 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"'
    const through = [...forbid, script, 'sh', 'setpriv', '--bounding-set=-all', '--']
    const { code, err } = await startWeir(['sim', 'web'], { through }).end
    expect([code, err]).toEqual([
      7,
      expect.stringMatching(/no network namespace can be made.*user namespace/),
    ])
  })
})

describe('however it ends, nothing is left', () => {
  const seconds = `7.${process.pid}`
  const SLOW = `  - client: command
    target: https://blocked.test/
    command: [sleep, "${seconds}"]
    expect: { client: exit 0 }
`

  /** Processes of the run: a namespace goes with the last of its own. */
  const processes = (): string[] =>
    readdirSync('/proc').filter((pid) => {
      if (!/^\d+$/.test(pid) || pid === `${process.pid}`) return false
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        return command.includes(at('slow.yaml')) || command.includes(seconds)
      } catch {
        return false // it has ended meanwhile
      }
    })
  const OURS = readlinkSync('/proc/self/ns/net')
  const folders = (): string[] =>
    readdirSync(tmpdir()).filter((name) => name.startsWith('weir-sim-'))

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('%s', async (signal) => {
    const path = scenario('slow.yaml', SLOW)
    const before = folders()
    const run = new Program(startWeir(['sim', path, '--commands']).process)
    await until(() => processes().length > 3) // two of weir, unshare and sleep
    const inner = processes().find((pid) => readlinkSync(`/proc/${pid}/ns/net`) !== OURS)
    expect(inner).toBeDefined()
    expect(folders()).not.toEqual(before)
    await run.stop(signal)
    await until(() => !processes().length)
    await until(() => folders().join() === before.join())
  })
})
