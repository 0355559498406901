import { addressText } from '../records/address.js'
import type { Endpoint } from '../records/types.js'

const TCP = 6
const UDP = 17
const ICMP = 1
const ICMPV6 = 58
const SYN = 0x02
const RST = 0x04

/** One packet that passed a device. */
export interface Sight {
  /** Microseconds since 1970, as the kernel had it. */
  readonly time: number
  /** To the reader of the device; else the reader wrote it. */
  readonly toReader: boolean
  /** IP protocol number. */
  readonly transport: number
  readonly from: Endpoint
  readonly to: Endpoint
  /** Bytes behind the headers of IP and transport. */
  readonly payload: number
  readonly syn: boolean
  readonly rst: boolean
  /** Whose packet an ICMP error is about: its sender and where it was to go. */
  readonly about?: { readonly from: Endpoint; readonly to: Endpoint }
}

type Seen = Omit<Sight, 'time' | 'toReader'>

/** The first headers of a packet, of which `bytes` may be no more than a part; undefined where they are none. */
export function readSight(bytes: Uint8Array): Seen | undefined {
  const ip = readIp(bytes)
  if (!ip) return undefined
  const { transport, source, target, body, length } = ip
  const about = isError(transport, body[0]) ? readIp(body.subarray(8)) : undefined
  return {
    transport,
    ...ends(source, target, transport, body),
    ...readTransport(transport, body, length),
    ...(about && { about: ends(about.source, about.target, about.transport, about.body) }),
  }
}

interface Ip {
  readonly transport: number
  readonly source: string
  readonly target: string
  /** As much of it as there is, and its length on the wire. */
  readonly body: Uint8Array
  readonly length: number
}

/** Headers without extensions: what Weir and hosts' stacks send is without. */
function readIp(bytes: Uint8Array): Ip | undefined {
  const version = (bytes[0] ?? 0) >> 4
  if (version === 6 && bytes.length >= 40) {
    const [source, target] = [addressText(bytes, 8, false), addressText(bytes, 24, false)]
    return { transport: bytes[6]!, source, target, body: bytes.subarray(40), length: u16(bytes, 4) }
  }
  const header = ((bytes[0] ?? 0) & 15) * 4
  if (version !== 4 || header < 20 || bytes.length < header) return undefined
  const [source, target] = [addressText(bytes, 0, true), addressText(bytes, 4, true)]
  const length = u16(bytes, 2) - header
  return { transport: bytes[9]!, source, target, body: bytes.subarray(header), length }
}

function ends(
  source: string,
  target: string,
  transport: number,
  body: Uint8Array,
): { from: Endpoint; to: Endpoint } {
  const hasPorts = (transport === TCP || transport === UDP) && body.length >= 4
  const [from, to] = hasPorts ? [u16(body, 0), u16(body, 2)] : [0, 0]
  return { from: { ip: source, port: from }, to: { ip: target, port: to } }
}

function readTransport(transport: number, body: Uint8Array, length: number) {
  if (transport !== TCP || body.length < 20) {
    return { payload: Math.max(0, length - 8), syn: false, rst: false }
  }
  const flags = body[13]!
  const payload = Math.max(0, length - (body[12]! >> 4) * 4)
  return { payload, syn: (flags & SYN) !== 0, rst: (flags & RST) !== 0 }
}

/** Unreachable, of either version (RFC 792, RFC 4443 3.1). */
const isError = (transport: number, type: number | undefined): boolean =>
  (transport === ICMP && type === 3) || (transport === ICMPV6 && type === 1)

const u16 = (bytes: Uint8Array, at: number): number => bytes[at]! * 256 + bytes[at + 1]!
