import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readdirSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { promisify } from 'node:util'
import { WeirError } from '../errors.js'

export interface Address {
  readonly address: string
  readonly family: 4 | 6
}

/** What is known of this machine's network; tests have their own. */
export interface RouteFacts {
  /** Names of TUN devices: each might be the one that is inspected. */
  tunnels(): ReadonlySet<string>
  /** Addresses of an interface; empty for none of that name, or one that is down. */
  addresses(name: string): readonly Address[]
  /** The interface that an address of this machine belongs to. */
  ownerOf(address: string): string | undefined
  /** The address that the kernel would send from; undefined where there is no route. */
  localAddress(peer: Address): Promise<string | undefined>
  /** The device that packets to `peer` leave by; undefined where that cannot be told. */
  device(peer: Address, from: string | undefined): Promise<string | undefined>
}

/** Where to connect to, and from. */
export interface Route {
  readonly addresses: readonly Address[]
  readonly from: string | undefined
}

/**
 * Those of a server's addresses that are reached without a TUN device. `by` names the interface whose address
 * is to be used instead of the one that the kernel chooses. Throws WEIR_FETCH_TUNNELLED, WEIR_FETCH_FAILED
 * where no route is left, WEIR_BAD_ARGUMENT where there is no such interface.
 *
 * A TUN without an address of its own sends from another interface's, so that the address alone
 * proves nothing: where there are TUN devices, the routing table is asked as well (`ip route get`).
 */
export async function chooseRoute(
  host: string,
  peers: readonly Address[],
  by: string | undefined,
  facts: RouteFacts = systemFacts,
): Promise<Route> {
  const tunnels = facts.tunnels()
  if (by !== undefined) return routeBy(by, host, peers, tunnels, facts)
  const addresses: Address[] = []
  let tunnel: string | undefined
  for (const peer of peers) {
    const local = await facts.localAddress(peer)
    if (local === undefined) continue
    const devices = tunnels.size ? [facts.ownerOf(local), await facts.device(peer, undefined)] : []
    const found = devices.find((device) => device !== undefined && tunnels.has(device))
    if (found === undefined) addresses.push(peer)
    else tunnel = found
  }
  if (addresses.length) return { addresses, from: undefined }
  if (tunnel !== undefined) throw tunnelled(host, tunnel)
  throw new WeirError('WEIR_FETCH_FAILED', `there is no route to ${host}`)
}

async function routeBy(
  by: string,
  host: string,
  peers: readonly Address[],
  tunnels: ReadonlySet<string>,
  facts: RouteFacts,
): Promise<Route> {
  if (tunnels.has(by)) throw tunnelled(host, by)
  const own = facts.addresses(by)
  if (!own.length) {
    throw new WeirError('WEIR_BAD_ARGUMENT', `no interface "${by}" is up and has an address`)
  }
  for (const { address: from, family } of own) {
    const addresses: Address[] = []
    for (const peer of peers) {
      if (peer.family !== family) continue
      const device = tunnels.size ? await facts.device(peer, from) : by
      if (device !== undefined && !tunnels.has(device)) addresses.push(peer)
    }
    if (addresses.length) return { addresses, from }
  }
  if (tunnels.size) throw tunnelled(host, `a tunnel in spite of ${by}`)
  throw new WeirError(
    'WEIR_FETCH_FAILED',
    `${host} is not reached from ${by}: no address in common`,
  )
}

const tunnelled = (host: string, device: string): WeirError =>
  new WeirError(
    'WEIR_FETCH_TUNNELLED',
    `the way to ${host} goes through ${device}, which may be the inspected tunnel: ` +
      'name another way with --interface, or fetch while the tunnel is down',
  )

const IFF_TUN = 1
const INTERFACES = '/sys/class/net'

/** This machine's; where there is no /sys/class/net, no device is known to be a tunnel. */
const systemFacts: RouteFacts = {
  tunnels: () => new Set(listed(INTERFACES).filter(isTun)),
  addresses: (name) => {
    const own = networkInterfaces()
    return (Object.hasOwn(own, name) ? (own[name] ?? []) : [])
      .filter(({ address }) => !address.startsWith('fe80:'))
      .map(({ address, family }) => ({ address, family: family === 'IPv6' ? 6 : 4 }))
  },
  ownerOf: (local) =>
    Object.entries(networkInterfaces()).find(([, own]) =>
      own?.some(({ address }) => address === local),
    )?.[0],
  localAddress,
  device,
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function isTun(name: string): boolean {
  try {
    const flags = Number(readFileSync(`${INTERFACES}/${name}/tun_flags`, 'latin1').trim())
    return (flags & IFF_TUN) !== 0 || Number.isNaN(flags)
  } catch {
    return false
  }
}

/** Connecting a datagram socket asks for a route and sends nothing. */
function localAddress({ address, family }: Address): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
    const end = (local?: string): void => {
      socket.close()
      resolve(local)
    }
    socket.once('error', () => end())
    socket.connect(9, address, () => end(socket.address().address))
  })
}

const run = promisify(execFile)

async function device({ address }: Address, from: string | undefined): Promise<string | undefined> {
  const source = from === undefined ? [] : ['from', from]
  try {
    const { stdout } = await run('ip', ['-o', 'route', 'get', address, ...source], {
      env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C' },
      timeout: 2000,
    })
    return /\bdev (\S+)/.exec(stdout)?.[1]
  } catch {
    return undefined
  }
}

/** The address that an IP literal in a URL is; undefined for a name. */
export function literalAddress(hostname: string): Address | undefined {
  const address = hostname.replace(/^\[|\]$/g, '')
  const family = isIP(address)
  return family === 4 || family === 6 ? { address, family } : undefined
}
