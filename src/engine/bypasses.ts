import { createRequire } from 'node:module'
import { addressText } from '../records/address.js'
import { timeText } from '../records/time.js'
import { ACTIONS } from '../records/vocabulary.js'
import type { EngineAction } from './actions.js'
import { checked, type EngineHandle, native } from './native.js'
import { addressOctets } from './prefix.js'

/** Loaded when first needed: all of Node's sockets come with it, which a replay does not need. */
const net = (): typeof import('node:net') =>
  createRequire(import.meta.filename)('node:net') as typeof import('node:net')

/** What goes on although a rule stops it. */
export interface Bypass {
  /** A name or an address. */
  readonly host: string
  /** Of a name: those below it, too. */
  readonly below: boolean
  /** Whose flows; null: everybody's. */
  readonly client: string | null
  /** `warn`: what is only warned about; `block`: what is blocked, too. */
  readonly over: 'warn' | 'block'
  /** Microseconds since 1970, in the time of packets. */
  readonly expires: number
}

/** All but `expires` may be absent: then the names below are not meant, everybody is, and blocks are lifted. */
export type BypassOptions = Partial<Omit<Bypass, 'host' | 'expires'>> & Pick<Bypass, 'expires'>

/** An entry as native/addon/bypass.c takes it. */
const ENTRY = { client: 0, address: 16, over: 32, below: 33, nameLen: 34, name: 35, size: 288 }
/** No engine has more. */
const ENTRIES_MAX = 1024
/** The rest of `::ffff:0:0/96`, of which IPv4 addresses are. */
const MAPPED = Buffer.from('00000000000000000000ffff', 'hex')

/**
 * An engine's bypasses: before all rules, they let go on flows to a host or an address, and queries for the host. Changes take effect
 * at the next packet of each flow, of live ones too.
 */
export class Bypasses {
  constructor(
    private readonly handle: () => EngineHandle,
    private readonly told: (action: EngineAction) => void,
  ) {}

  /** In the place of one for the same host and client. Throws WEIR_NO_MEMORY when there is no room for more. */
  add(host: string, options: BypassOptions): void {
    const { below = false, client = null, over = 'block', expires } = options
    const entry = entryOf(host, client)
    entry[ENTRY.over] = ACTIONS.indexOf(over)
    entry[ENTRY.below] = Number(below)
    checked(host, () => native().engineBypassAdd(this.handle(), entry, expires))
    this.told({
      type: 'bypass-granted',
      time: now(),
      by: 'program',
      host,
      client,
      until: timeText(expires),
      rule: null,
    })
  }

  /** Revokes those for a host, of `client` or, when absent, everybody's and anybody's. Returns how many there were. */
  remove(host: string, client?: string): number {
    return this.#remove(host, entryOf(host, client ?? null))
  }

  /** Revokes all. Returns how many there were. */
  clear(): number {
    return this.#remove(null, null)
  }

  /** Those that are live now, the first to expire first. */
  list(): Bypass[] {
    const entries = Buffer.alloc(ENTRIES_MAX * ENTRY.size)
    const expires = new Float64Array(ENTRIES_MAX)
    const count = checked('', () => native().engineBypassList(this.handle(), entries, expires))
    return Array.from({ length: count }, (_, i) =>
      bypassOf(entries.subarray(i * ENTRY.size, (i + 1) * ENTRY.size), expires[i]!),
    ).sort((a, b) => a.expires - b.expires || (a.host < b.host ? -1 : 1))
  }

  #remove(host: string | null, entry: Uint8Array | null): number {
    const count = checked('', () => native().engineBypassRemove(this.handle(), entry))
    if (count) this.told({ type: 'bypass-revoked', time: now(), host, count })
    return count
  }
}

const now = (): string => timeText(Date.now() * 1000)

/** A name that is none, the core refuses. */
function entryOf(host: string, client: string | null): Buffer {
  const entry = Buffer.alloc(ENTRY.size)
  if (client !== null) entry.set(addressOctets(client), ENTRY.client)
  if (net().isIP(host)) {
    entry.set(addressOctets(host), ENTRY.address)
    return entry
  }
  const name = Buffer.from(host.toLowerCase().replace(/\.$/, ''))
  const fits = name.length > 0 && name.length <= ENTRY.size - ENTRY.name
  if (fits) entry.set(name, ENTRY.name)
  entry[ENTRY.nameLen] = fits ? name.length : 1 // a zero byte, which no name has
  return entry
}

function bypassOf(entry: Buffer, expires: number): Bypass {
  const nameLen = entry[ENTRY.nameLen]!
  const isEverybody = !entry.subarray(0, ENTRY.address).some((octet) => octet !== 0)
  return {
    host: nameLen
      ? entry.toString('latin1', ENTRY.name, ENTRY.name + nameLen)
      : textOf(entry, ENTRY.address),
    below: entry[ENTRY.below] !== 0,
    client: isEverybody ? null : textOf(entry, ENTRY.client),
    over: entry[ENTRY.over] === ACTIONS.indexOf('warn') ? 'warn' : 'block',
    expires,
  }
}

const textOf = (entry: Buffer, at: number): string =>
  addressText(entry, at, entry.subarray(at, at + MAPPED.length).equals(MAPPED))
