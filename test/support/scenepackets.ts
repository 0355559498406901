/** A packet of a capture without link layer (LINKTYPE_RAW); `time` in milliseconds. */
export interface Packet {
  readonly time: number
  readonly from: string
  readonly to: string
  readonly transport: 'tcp' | 'udp'
  /** Of TCP or UDP, by what the headers say: the capture may be cut. */
  readonly payload: number
  readonly isReset: boolean
}

const ipv6Text = (bytes: Buffer): string => {
  const words = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16))
  return new URL(`http://[${words.join(':')}]/`).hostname.slice(1, -1)
}

function packet(time: number, ip: Buffer): Packet | undefined {
  const isIpv4 = ip[0]! >> 4 === 4
  const header = isIpv4 ? (ip[0]! & 15) * 4 : 40
  const total = isIpv4 ? ip.readUInt16BE(2) : 40 + ip.readUInt16BE(4)
  const protocol = ip[isIpv4 ? 9 : 6]
  if ((protocol !== 6 && protocol !== 17) || ip.length < header + 8) return undefined
  const isTcp = protocol === 6
  const address = (at: number) =>
    isIpv4 ? ip.subarray(at, at + 4).join('.') : ipv6Text(ip.subarray(at, at + 16))
  const end = (at: number, port: number) => `${address(at)} ${ip.readUInt16BE(header + port)}`
  return {
    time,
    from: end(isIpv4 ? 12 : 8, 0),
    to: end(isIpv4 ? 16 : 24, 2),
    transport: isTcp ? 'tcp' : 'udp',
    payload: total - header - (isTcp ? (ip[header + 12]! >> 4) * 4 : 8),
    isReset: isTcp && (ip[header + 13]! & 4) !== 0,
  }
}

/** The TCP and UDP packets of what tcpdump wrote on this machine: pcap, microseconds, little-endian. */
export function packetsOf(pcap: Buffer): Packet[] {
  const packets: Packet[] = []
  for (let at = 24; at + 16 <= pcap.length;) {
    const time = pcap.readUInt32LE(at) * 1e3 + pcap.readUInt32LE(at + 4) / 1e3
    const end = at + 16 + pcap.readUInt32LE(at + 8)
    const found = packet(time, pcap.subarray(at + 16, end))
    if (found) packets.push(found)
    at = end
  }
  return packets
}

/**
 * Milliseconds from a flow's first packet with payload, of its client, to the first answer that says something:
 * payload, or a reset. Both as the device's capture has them: no client's speed is in it.
 */
export function answeredIn(packets: readonly Packet[], client: string, server: string): number {
  const asked = packets.find((p) => p.from === client && p.to === server && p.payload > 0)
  const answered = packets.find(
    (p) =>
      p.from === server && p.to === client && (p.payload > 0 || p.isReset) && p.time >= asked!.time,
  )
  if (!asked || !answered) return Infinity
  return answered.time - asked.time
}
