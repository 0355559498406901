import { describe, expect, it } from 'vitest'
import {
  type Address,
  chooseRoute,
  literalAddress,
  type RouteFacts,
} from '../../src/feeds/route.js'
import { saying } from './support.js'

const SERVER4: Address = { address: '198.51.100.1', family: 4 }
const SERVER6: Address = { address: '2001:db8::1', family: 6 }
const OWN: Record<string, readonly Address[]> = {
  eth0: [
    { address: '192.0.2.2', family: 4 },
    { address: '2001:db8:1::2', family: 6 },
  ],
  tun0: [{ address: '10.8.0.1', family: 4 }],
}

/** A machine whose packets to IPv4 and IPv6 leave by these devices, from these addresses. */
function machine(facts: {
  tunnels?: string[]
  local?: Partial<Record<4 | 6, string>>
  device?: Partial<Record<4 | 6, string>>
  deviceFrom?: Record<string, string>
}): RouteFacts {
  return {
    tunnels: () => new Set(facts.tunnels ?? []),
    addresses: (name) => OWN[name] ?? [],
    ownerOf: (local) =>
      Object.keys(OWN).find((name) => OWN[name]!.some(({ address }) => address === local)),
    localAddress: ({ family }) => Promise.resolve(facts.local?.[family]),
    device: ({ family }, from) =>
      Promise.resolve(from === undefined ? facts.device?.[family] : facts.deviceFrom?.[from]),
  }
}
const choose = (facts: RouteFacts, by?: string, peers = [SERVER4, SERVER6]) =>
  chooseRoute('lists.test', peers, by, facts)

const ETH = { local: { 4: '192.0.2.2', 6: '2001:db8:1::2' }, device: { 4: 'eth0', 6: 'eth0' } }

describe('the way to a server', () => {
  it('is the one the kernel chooses, where there is no tunnel', async () => {
    expect(await choose(machine(ETH))).toEqual({ addresses: [SERVER4, SERVER6], from: undefined })
  })

  it('is taken where there is a tunnel, but for others', async () => {
    const route = await choose(machine({ ...ETH, tunnels: ['tun0'] }))
    expect(route.addresses).toEqual([SERVER4, SERVER6])
  })

  it('leaves out an address that has no route', async () => {
    const facts = machine({ local: { 4: '192.0.2.2' } })
    expect((await choose(facts)).addresses).toEqual([SERVER4])
  })

  it('leaves out an address whose way is the tunnel', async () => {
    const facts = machine({
      ...ETH,
      tunnels: ['tun0'],
      local: { 4: '10.8.0.1', 6: '2001:db8:1::2' },
    })
    expect((await choose(facts)).addresses).toEqual([SERVER6])
  })

  it.each([
    ['it sends from the address of a tunnel', { local: { 4: '10.8.0.1' } }],
    [
      'a tunnel without an address borrows another one',
      { local: { 4: '192.0.2.2' }, device: { 4: 'tun0' } },
    ],
  ])('is refused when %s', async (_what, facts) => {
    await expect(choose(machine({ ...facts, tunnels: ['tun0'] }))).rejects.toMatchObject({
      code: 'WEIR_FETCH_TUNNELLED',
      message: saying(/to lists.test goes through tun0.*--interface/),
    })
  })

  it('is told to be missing', async () => {
    await expect(choose(machine({}))).rejects.toMatchObject({ code: 'WEIR_FETCH_FAILED' })
  })
})

describe('an interface that is named', () => {
  it('gives its address, for the family that it has', async () => {
    expect(await choose(machine({}), 'eth0')).toEqual({ addresses: [SERVER4], from: '192.0.2.2' })
    const only6 = await choose(machine({}), 'eth0', [SERVER6])
    expect(only6).toEqual({ addresses: [SERVER6], from: '2001:db8:1::2' })
  })

  it('is a way around a tunnel, if it is proven', async () => {
    const facts = { tunnels: ['tun0'], local: { 4: '10.8.0.1' } as const }
    const proven = machine({ ...facts, deviceFrom: { '192.0.2.2': 'eth0' } })
    expect(await choose(proven, 'eth0')).toEqual({ addresses: [SERVER4], from: '192.0.2.2' })
    const refused = { code: 'WEIR_FETCH_TUNNELLED' }
    await expect(choose(machine(facts), 'eth0')).rejects.toMatchObject(refused)
    const still = machine({ ...facts, deviceFrom: { '192.0.2.2': 'tun0' } })
    await expect(choose(still, 'eth0')).rejects.toMatchObject(refused)
  })

  it('is not the tunnel', async () => {
    const refused = { code: 'WEIR_FETCH_TUNNELLED' }
    await expect(choose(machine({ tunnels: ['tun0'] }), 'tun0')).rejects.toMatchObject(refused)
  })

  it('is there, and has an address that reaches the server', async () => {
    await expect(choose(machine({}), 'eth7')).rejects.toMatchObject({ code: 'WEIR_BAD_ARGUMENT' })
    await expect(choose(machine({}), 'tun0', [SERVER6])).rejects.toMatchObject({
      code: 'WEIR_FETCH_FAILED',
    })
  })
})

it('finds its way on this machine', async () => {
  const loopback: Address = { address: '127.0.0.1', family: 4 }
  expect(await chooseRoute('127.0.0.1', [loopback], undefined)).toEqual({
    addresses: [loopback],
    from: undefined,
  })
})

it.each([
  ['127.0.0.1', { address: '127.0.0.1', family: 4 }],
  ['[::1]', { address: '::1', family: 6 }],
  ['lists.test', undefined],
])('reads %s', (host, address) => {
  expect(literalAddress(host)).toEqual(address)
})
