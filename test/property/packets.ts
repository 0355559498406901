/** Raw IP packets taken apart just far enough to be cut, moved and put together again. */

/** One captured packet. */
export interface Packet {
  readonly bytes: Uint8Array
  /** Microseconds. */
  readonly time: number
  /** More than `bytes.length` where the capture cut it. */
  readonly wireLength: number
}

/** Where things are in a TCP or UDP packet that is no fragment. */
export interface View {
  readonly version: 4 | 6
  readonly protocol: 6 | 17
  /** Of the TCP or UDP header. */
  readonly transportAt: number
  readonly payloadAt: number
  /** Behind the payload; what follows is link-layer padding. */
  readonly end: number
  /** Source and destination with ports, as keys. */
  readonly from: string
  readonly to: string
  readonly sequence: number
  readonly flags: number
}

export const FIN = 1
export const SYN = 2
export const RST = 4
export const ACK = 16

const TCP = 6
const UDP = 17
const FRAGMENT_HEADER = 44

export const u16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!
export const u32 = (bytes: Uint8Array, at: number): number =>
  u16(bytes, at) * 0x1_0000 + u16(bytes, at + 2)

export function setU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value & 255
}

export function setU32(bytes: Uint8Array, at: number, value: number): void {
  setU16(bytes, at, value >>> 16)
  setU16(bytes, at + 2, value & 0xffff)
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Null for everything else: other transports, fragments, extension headers, packets cut or odd. */
export function viewOf({ bytes, wireLength }: Packet): View | null {
  if (bytes.length < 20 || wireLength > bytes.length) return null
  const version = bytes[0]! >> 4
  if (version === 4) {
    if (u16(bytes, 6) & 0x3fff) return null
    return transportView(bytes, 4, bytes[9]!, (bytes[0]! & 15) * 4, u16(bytes, 2))
  }
  if (version !== 6 || bytes.length < 40) return null
  return transportView(bytes, 6, bytes[6]!, 40, 40 + u16(bytes, 4))
}

function transportView(
  bytes: Uint8Array,
  version: 4 | 6,
  protocol: number,
  transportAt: number,
  end: number,
): View | null {
  if (protocol !== TCP && protocol !== UDP) return null
  if (end > bytes.length || end < transportAt + (protocol === TCP ? 20 : 8)) return null
  const isTcp = protocol === TCP
  const payloadAt = transportAt + (isTcp ? (bytes[transportAt + 12]! >> 4) * 4 : 8)
  if (payloadAt > end) return null
  const [at, length] = version === 4 ? [12, 4] : [8, 16]
  const ends = [0, 1].map((i) => {
    const address = hex(bytes.subarray(at + i * length, at + (i + 1) * length))
    return `${address}:${u16(bytes, transportAt + i * 2)}`
  })
  return {
    version,
    protocol,
    transportAt,
    payloadAt,
    end,
    from: ends[0]!,
    to: ends[1]!,
    sequence: isTcp ? u32(bytes, transportAt + 4) : 0,
    flags: isTcp ? bytes[transportAt + 13]! : 0,
  }
}

/** A key of the IP datagram that a fragment belongs to; null for what is none. */
export function datagramOf({ bytes, wireLength }: Packet): string | null {
  if (bytes.length < 28 || wireLength > bytes.length) return null
  if (bytes[0]! >> 4 === 4) {
    if (!(u16(bytes, 6) & 0x3fff)) return null
    return `4 ${hex(bytes.subarray(12, 20))} ${bytes[9]!} ${u16(bytes, 4)}`
  }
  if (bytes[0]! >> 4 !== 6 || bytes.length < 48 || bytes[6] !== FRAGMENT_HEADER) return null
  return `6 ${hex(bytes.subarray(8, 40))} ${u32(bytes, 44)}`
}

/** Which bytes of its datagram's body a fragment holds. */
export function spanOf({ bytes }: Packet): { from: number; to: number } {
  const isV4 = bytes[0]! >> 4 === 4
  const from = isV4 ? (u16(bytes, 6) & 0x1fff) * 8 : u16(bytes, 42) & 0xfff8
  const size = isV4 ? u16(bytes, 2) - (bytes[0]! & 15) * 4 : u16(bytes, 4) - 8
  return { from, to: from + size }
}

/** The same headers with another payload; checksums are not what the engine looks at. */
export function withPayload(
  packet: Packet,
  view: View,
  payload: Uint8Array,
  change: { readonly sequence?: number; readonly flags?: number } = {},
): Packet {
  const bytes = Buffer.concat([packet.bytes.subarray(0, view.payloadAt), payload])
  if (view.version === 4) setU16(bytes, 2, bytes.length)
  else setU16(bytes, 4, bytes.length - 40)
  if (view.protocol === UDP) setU16(bytes, view.transportAt + 4, bytes.length - view.transportAt)
  if (change.sequence !== undefined) setU32(bytes, view.transportAt + 4, change.sequence)
  if (change.flags !== undefined) bytes[view.transportAt + 13] = change.flags
  return { ...packet, bytes, wireLength: bytes.length }
}

/** IP fragments of a packet (RFC 791 3.2, RFC 8200 4.5), cut at multiples of 8 in its IP body. */
export function fragmentsOf(
  packet: Packet,
  view: View,
  cuts: readonly number[],
  id: number,
): Packet[] {
  const body = packet.bytes.subarray(view.transportAt, view.end)
  const edges = [0, ...cuts, body.length]
  return edges.slice(1).map((to, i) => {
    const from = edges[i]!
    const more = to < body.length
    const head = view.version === 4 ? head4(packet, from, more, id) : head6(packet, from, more, id)
    const bytes = Buffer.concat([head, body.subarray(from, to)])
    if (view.version === 4) setU16(bytes, 2, bytes.length)
    else setU16(bytes, 4, bytes.length - 40)
    return { ...packet, bytes, wireLength: bytes.length }
  })
}

function head4({ bytes }: Packet, from: number, more: boolean, id: number): Uint8Array {
  const head = Uint8Array.from(bytes.subarray(0, (bytes[0]! & 15) * 4))
  setU16(head, 4, id & 0xffff)
  setU16(head, 6, (more ? 0x2000 : 0) | (from / 8))
  return head
}

function head6({ bytes }: Packet, from: number, more: boolean, id: number): Uint8Array {
  const head = new Uint8Array(48)
  head.set(bytes.subarray(0, 40))
  head[40] = head[6]!
  head[6] = FRAGMENT_HEADER
  setU16(head, 42, from | (more ? 1 : 0))
  setU32(head, 44, id)
  return head
}
