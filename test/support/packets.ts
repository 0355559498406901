import dnsPacket from 'dns-packet'

/** One IPv4 packet; checksums are left out, the engine does not look at them. */
export interface Ends {
  readonly client: readonly [ip: string, port: number]
  readonly server: readonly [ip: string, port: number]
}

const octets = (ip: string): number[] => ip.split('.').map(Number)
const u16 = (value: number): number[] => [(value >> 8) & 255, value & 255]
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)]

function ipv4(protocol: number, from: string, to: string, body: Uint8Array): Uint8Array {
  const head = [0x45, 0, ...u16(20 + body.length), 0, 0, 0x40, 0, 64, protocol, 0, 0]
  return Buffer.concat([Buffer.from([...head, ...octets(from), ...octets(to)]), body])
}

export function udp({ client, server }: Ends, body: Uint8Array, fromServer = false): Uint8Array {
  const [from, to] = fromServer ? [server, client] : [client, server]
  const head = Buffer.from([...u16(from[1]), ...u16(to[1]), ...u16(8 + body.length), 0, 0])
  return ipv4(17, from[0], to[0], Buffer.concat([head, body]))
}

const FIN = 1
const SYN = 2
const PSH = 8
const ACK = 16

export interface Segment {
  readonly flags: number
  readonly fromServer?: boolean
  readonly sequence: number
  readonly body?: Uint8Array
}

export function tcp({ client, server }: Ends, segment: Segment): Uint8Array {
  const [from, to] = segment.fromServer ? [server, client] : [client, server]
  const ack = segment.flags & ACK ? 1000 : 0
  const head = [...u16(from[1]), ...u16(to[1]), ...u32(segment.sequence), ...u32(ack)]
  const rest = [0x50, segment.flags, 0xff, 0xff, 0, 0, 0, 0]
  const body = segment.body ?? new Uint8Array(0)
  return ipv4(6, from[0], to[0], Buffer.concat([Buffer.from([...head, ...rest]), body]))
}

/** A whole flow: handshake, the client's bytes, the server's, and both FINs. */
export function tcpFlow(ends: Ends, up: string, down: string): Uint8Array[] {
  const [request, answer] = [Buffer.from(up, 'latin1'), Buffer.from(down, 'latin1')]
  const afterUp = 1001 + request.length
  const afterDown = 5001 + answer.length
  return [
    tcp(ends, { flags: SYN, sequence: 1000 }),
    tcp(ends, { flags: SYN | ACK, sequence: 5000, fromServer: true }),
    tcp(ends, { flags: ACK, sequence: 1001 }),
    tcp(ends, { flags: PSH | ACK, sequence: 1001, body: request }),
    tcp(ends, { flags: PSH | ACK, sequence: 5001, body: answer, fromServer: true }),
    tcp(ends, { flags: FIN | ACK, sequence: afterUp }),
    tcp(ends, { flags: FIN | ACK, sequence: afterDown, fromServer: true }),
    tcp(ends, { flags: ACK, sequence: afterUp + 1 }),
  ]
}

export function httpFlow(port: number, host: string): Uint8Array[] {
  const ends: Ends = { client: ['192.0.2.10', port], server: ['203.0.113.80', 80] }
  return tcpFlow(
    ends,
    `GET /secret-path HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  )
}

/** A query for A and its answer: `name` leads to `address` through `via`. */
export function dnsLookup(port: number, name: string, via: string, address: string): Uint8Array[] {
  const ends: Ends = { client: ['192.0.2.10', port], server: ['192.0.2.53', 53] }
  const questions = [{ type: 'A' as const, name }]
  const answers = [
    { type: 'CNAME' as const, name, ttl: 300, data: via },
    { type: 'A' as const, name: via, ttl: 60, data: address },
  ]
  const query = dnsPacket.encode({ type: 'query', id: port, flags: 0x100, questions })
  const response = dnsPacket.encode({ type: 'response', id: port, questions, answers })
  return [udp(ends, query), udp(ends, response, true)]
}

const START_S = 1_700_000_000
const STEP_US = 1000

/** A little-endian pcap file of raw IP packets (LINKTYPE_RAW), a millisecond apart. */
export function pcap(packets: readonly Uint8Array[], linkType = 101): Buffer {
  const head = Buffer.alloc(24)
  head.writeUInt32LE(0xa1b2c3d4, 0)
  head.writeUInt16LE(2, 4)
  head.writeUInt16LE(4, 6)
  head.writeUInt32LE(262_144, 16)
  head.writeUInt32LE(linkType, 20)
  const records = packets.map((packet, i) => {
    const record = Buffer.alloc(16)
    record.writeUInt32LE(START_S + Math.floor((i * STEP_US) / 1e6), 0)
    record.writeUInt32LE((i * STEP_US) % 1e6, 4)
    record.writeUInt32LE(packet.length, 8)
    record.writeUInt32LE(packet.length, 12)
    return Buffer.concat([record, packet])
  })
  return Buffer.concat([head, ...records])
}

/** Microseconds of the i-th packet of `pcap`. */
export const timeOf = (i: number): number => START_S * 1e6 + i * STEP_US
