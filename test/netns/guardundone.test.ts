import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Namespace, type Program, until } from '../support/namespace.js'

let folder: string
let netns: Namespace
const at = (name: string): string => join(folder, name)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-undone-'))
  netns = await Namespace.open()
})
afterAll(async () => {
  await netns.close()
  rmSync(folder, { recursive: true })
})
/** An interface that nothing has happened to yet. */
beforeEach(() => {
  netns.run('sh', '-c', 'ip link del eth0; ip link del br0; true')
  netns.ip('link add eth0 type veth peer name peer0')
  netns.run('sh', '-c', 'echo 1 | tee /proc/sys/net/ipv6/conf/*0/disable_ipv6')
  netns.ip('addr add 10.9.0.1/24 dev eth0')
  netns.ip('link set eth0 up')
  netns.ip('link set peer0 up')
})

const tc = (line: string): string => netns.run('tc', ...line.split(' '))
const guard = (...args: string[]): Program =>
  netns.weir('guard', '--interface', 'eth0', '--socket', at('guard.sock'), ...args)
const guarded = (): Promise<Program> => guard().says('eth0 is guarded')
const run = (): Program => {
  const all = ['--route', '0.0.0.0/0', '--route', '::/0', '--socket', at('run.sock')]
  return netns.weir('run', ...all)
}

/** All of links, addresses, routes, rules, qdiscs and filters. */
const everything = (): string =>
  [
    ...['link', 'addr', 'route show table all', '-6 route show table all', 'rule', '-6 rule'].map(
      (line) => netns.ip(`-o ${line}`),
    ),
    tc('qdisc'),
    tc('filter show dev eth0 ingress'),
    tc('filter show dev eth0 egress'),
  ]
    .join('')
    .replace(
      / state \S+|NO-CARRIER,| linkdown|valid_lft.*|expires \S+| (installed|used|firstused) \d+ sec/g,
      '',
    )

describe('a guard leaves nothing', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('after %s', async (signal) => {
    const before = everything()
    const program = await guarded()
    expect(everything()).not.toBe(before)
    // A reload is no end.
    program.child.kill(signal)
    if (signal === 'SIGHUP') {
      await program.says('0 rules')
      program.child.kill('SIGTERM')
    }
    expect(await program.end).toMatchObject({ code: 0 })
    expect(everything()).toBe(before)
  })

  it('nor when its rules cannot be read', async () => {
    const before = everything()
    expect(await guard('--rules', at('none.yaml')).end).toMatchObject({ code: 4 })
    expect(everything()).toBe(before)
  })

  it('after SIGKILL by the next start, whichever it is, or by the doctor', async () => {
    const before = everything()
    const starts = [guarded, () => run().says('weir0 is up')]
    for (const start of starts) {
      await (await guarded()).stop('SIGKILL')
      expect(tc('filter show dev eth0 egress')).toMatch(/Mirror to device \*/)
      const sick = await netns.weir('doctor').end
      expect(sick).toMatchObject({ code: 7 })
      expect(sick.out).toMatch(/^NO {2}leftovers .*: eth0; weir doctor --clean/m)
      const next = await start()
      expect(tc('filter show dev eth0 egress')).not.toMatch(/Mirror to device \*/)
      await next.stop()
      expect(everything()).toBe(before)
    }
    await (await guarded()).stop('SIGKILL')
    const cleaned = await netns.weir('doctor', '--clean').end
    expect(cleaned).toMatchObject({ code: 0 })
    expect(cleaned.out).toMatch(/^ok {2}leftovers .*taken away: .* eth0$/m)
    expect(everything()).toBe(before)
    expect((await netns.weir('doctor').end).out).toMatch(/^ok {2}leftovers {3}none$/m)
  })
})

describe('what is somebody else’s stays', () => {
  it('a clsact without filters', async () => {
    tc('qdisc add dev eth0 clsact')
    const before = everything()
    await (await guarded()).stop()
    expect(everything()).toBe(before)
    await (await guarded()).stop('SIGKILL')
    expect((await netns.weir('doctor', '--clean').end).code).toBe(0)
    expect(everything()).toBe(before)
  })

  it('filters, and a clsact of ours that they came to', async () => {
    const filter = 'prio 7 protocol ip u32 match ip dport 9 0xffff flowid 1:1'
    const program = await guarded()
    tc(`filter add dev eth0 egress ${filter}`)
    await program.stop()
    expect(tc('qdisc show dev eth0')).toMatch(/clsact/)
    expect(tc('filter show dev eth0 egress')).toMatch(/pref 7 .*0009/s)
    expect(tc('filter show dev eth0 egress')).not.toMatch(/mirred/)
    const before = everything()
    await (await guarded()).stop('SIGKILL')
    expect((await netns.weir('doctor', '--clean').end).code).toBe(0)
    expect(everything()).toBe(before)
  })

  it('a mirror at work, of another guard', async () => {
    netns.ip('addr add 10.7.0.1/24 dev peer0')
    const other = netns.weir('guard', '--interface', 'peer0', '--socket', at('other.sock'))
    await other.says('peer0 is guarded')
    await (await guarded()).stop()
    expect((await netns.weir('doctor', '--clean').end).code).toBe(0)
    expect(tc('filter show dev peer0 egress').match(/Mirror to device weirg/g)).toHaveLength(2)
    await other.stop()
  })

  it('an ingress qdisc', async () => {
    tc('qdisc add dev eth0 ingress')
    const before = everything()
    const end = await guard().end
    expect(end).toMatchObject({ code: 7 })
    expect(end.err).toMatch(/eth0 has an ingress qdisc/)
    expect(everything()).toBe(before)
  })
})

describe('a guard that has come to nothing says so and ends', () => {
  it.each([
    ['has gone', () => netns.ip('link del eth0')],
    ['lost its mirror', () => tc('filter del dev eth0 egress')],
    ['lost its mirror', () => tc('qdisc del dev eth0 clsact')],
    [
      'became a port of another interface',
      () => {
        netns.ip('link add br0 type bridge')
        netns.ip('link set eth0 master br0')
      },
    ],
  ])('%s', async (what, happen) => {
    const program = await guarded()
    happen()
    const end = await program.end
    expect(end).toMatchObject({ code: 7 })
    expect(end.err).toMatch(new RegExp(`weir: eth0 ${what}`))
    expect(netns.run('tc', 'qdisc')).not.toMatch(/clsact/)
  })
})

describe('a guard that cannot be says why', () => {
  it.each([
    ['none0', 2, /there is no interface none0/],
    ['lo', 2, /lo is the loopback/],
    ['peer0', 2, /peer0 is a port of another interface/],
  ])('%s', async (name, code, text) => {
    netns.ip('link add br0 type bridge')
    netns.ip('link set peer0 master br0')
    const before = everything()
    const end = await netns.weir('guard', '--interface', name, '--socket', at('guard.sock')).end
    expect(end).toMatchObject({ code })
    expect(end.err).toMatch(text)
    expect(everything()).toBe(before)
  })

  it('without the capability, and so does the doctor', async () => {
    const weir = netns.weir('--version').child.spawnargs.at(-2)!
    const poor = ['setpriv', '--bounding-set', '-all', '--inh-caps', '-all', process.execPath, weir]
    const end = await netns.start(...poor, 'guard', '--interface', 'eth0', '--socket', at('s')).end
    expect(end).toMatchObject({ code: 7 })
    expect(end.err).toMatch(/needs CAP_NET_ADMIN: .*unshare -rn/)
    const sick = await netns.start(...poor, 'doctor').end
    expect(sick).toMatchObject({ code: 7 })
    expect(sick.out).toMatch(/^NO {2}capability {2}CAP_NET_ADMIN is missing: .*unshare -rn/m)
  })

  it('and so does a wrong command line', async () => {
    for (const args of [[], ['--interface'], ['--interface', 'eth0', '--user', 'nobody']]) {
      expect(await netns.weir('guard', ...args).end).toMatchObject({ code: 2 })
    }
  })
})

/** At first early, then anywhere in the beginning of a life. */
const moments = Array.from({ length: 14 }, (_, i) => 40 + i * 25 + Math.random() * 25)

it.each([
  ['guard', guard],
  ['run', run],
] as const)(
  'killed at any moment, weir %s leaves nothing after the next start',
  async (_, begin) => {
    const before = everything()
    for (const moment of moments) {
      const program = begin()
      await new Promise((resolve) => setTimeout(resolve, moment))
      await program.stop('SIGKILL')
    }
    const next = begin()
    await until(() => / is (up|guarded)/.test(next.err))
    await next.stop()
    expect(everything()).toBe(before)
  },
)
