import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Namespace, type Program } from '../support/namespace.js'

const MTU = 1400
const WEB = ['198.51.100.80', '2001:db8::80'] as const
/** Of IP and UDP. */
const HEADERS = [28, 48] as const
const SOCKETS = fileURLToPath(new URL('./pmtu.py', import.meta.url))

/**
 * A packet that may not be cut, and is longer than the way to the listener takes, needs an ICMP message (RFC 1191, RFC 8201).
 * That way is the device, both times: the kernel knows its MTU, and no packet gets there that is longer.
 */
describe.each([0, 1] as const)('no packet is too long for the hairpin, version %i', (v) => {
  const version = v ? '6' : '4'
  let netns: Namespace
  let run: Program
  beforeAll(async () => {
    netns = await Namespace.open()
    const routes = ['--route', '0.0.0.0/0', '--route', '::/0', '--mtu', String(MTU)]
    const hairpin = ['--hairpin', '8080', '--hairpin', '8080/udp']
    const quiet = ['--format', 'none', '--no-history', '--socket', '/tmp/weir-pmtu.sock']
    run = await netns.weir('run', ...routes, ...hairpin, ...quiet).says('weir0 is up')
    await sockets('serve').says('listening')
  })
  afterAll(async () => {
    await run.stop()
    await netns.close()
  })

  const sockets = (...args: string[]): Program => netns.start('python3', SOCKETS, ...args)
  const ask = async (size: number, answer: number): Promise<string> =>
    (await sockets('ask', version, WEB[v], String(size), String(answer)).end).out.trim()
  const room = (mtu: number): number => mtu - HEADERS[v]

  it('what fits the device comes to the listener, and its answer back', async () => {
    expect(await ask(room(MTU), room(MTU))).toBe(`sent ${room(MTU)}`)
  })

  it('what does not is refused to its sender, at both ends, before Weir sees it', async () => {
    const before = netns.sent('weir0')
    expect(await ask(room(MTU) + 1, 8)).toBe('EMSGSIZE')
    expect(netns.sent('weir0')).toBe(before)
    expect(await ask(8, room(MTU) + 1)).toBe(`sent ${'too long'.length}`)
  })

  it('another MTU is in force at once, for flows that live, too', async () => {
    const bulk = sockets('bulk', version, WEB[v])
    await bulk.says(/segment \d+\n/)
    const segment = (): number => Number(/segment (\d+)\n$/.exec(bulk.out)![1])
    const headers = v ? 60 : 40
    expect(segment()).toBeLessThanOrEqual(MTU - headers)
    expect(segment()).toBeGreaterThan(1300 - headers)
    netns.ip('link set weir0 mtu 1300')
    bulk.child.stdin!.write('\n')
    await bulk.says(/(segment \d+\n){2}/)
    expect(segment()).toBeLessThanOrEqual(1300 - headers)
    bulk.child.stdin!.end('\n')
    expect((await bulk.end).code).toBe(0)
    expect(await ask(room(1300), room(1300))).toBe(`sent ${room(1300)}`)
    expect(await ask(room(1300) + 1, 8)).toBe('EMSGSIZE')
    netns.ip(`link set weir0 mtu ${MTU}`)
  })

  it('from farther away, this host is a router, and its kernel says what fits', async () => {
    const far = await Namespace.open()
    const holder = far.inside[2]!
    netns.ip(`link add near0 mtu 9000 type veth peer name far0 netns ${holder} mtu 9000`)
    for (const [each, name, end] of [
      [netns, 'near0', 1],
      [far, 'far0', 2],
    ] as const) {
      each.run('sh', '-c', `echo 0 >/proc/sys/net/ipv6/conf/${name}/accept_dad`)
      each.ip(`addr add 10.8.0.${end}/24 dev ${name}`)
      each.ip(`addr add fd08::${end}/64 dev ${name} nodad`)
      each.ip(`link set ${name} up`)
    }
    far.ip('route add default via 10.8.0.1')
    far.ip('-6 route add default via fd08::1')
    netns.run('sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward')
    netns.run('sh', '-c', 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding')
    const asked = await far.ask('python3', SOCKETS, 'path', version, WEB[v], '3000')
    expect(asked).toMatchObject({ code: 0, out: `sent EMSGSIZE ${MTU}\n` })
    await far.close()
  })
})
