// The big mixed capture that replay is measured on: real captures over and over, each time with
// addresses of its own so that flows are distinct, and interleaved in time. It is the same file,
// byte for byte, wherever the same captures are.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDamage, readCapture } from '../../src/capture/capture.js'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const SOURCES = [at('../../../shared/corpus/pcap'), at('../../fixtures/captures')]
const CACHE = at('../.cache')

const WANTED_PACKETS = 890_000
const ETHERNET = Buffer.from('02000000000102000000000288b5', 'hex')
const START_US = 1_700_000_000_000_000
/** Captures begin somewhere in it, and no silence in them lasts longer than the gap. */
const SPAN_US = 600_000_000
const GAP_US = 2_000_000

interface Source {
  readonly packets: Buffer[]
  readonly wireLengths: number[]
  /** Microseconds from the first packet. */
  readonly times: number[]
}

/** Path of the capture; made when it is not there yet. */
export async function mixedCapture(): Promise<string> {
  const folder = SOURCES.find(existsSync)
  if (!folder) throw new Error('no captures to make the mix from')
  const path = join(CACHE, 'mix.pcap')
  if (!existsSync(path)) {
    mkdirSync(CACHE, { recursive: true })
    write(`${path}.part`, await readAll(folder))
    renameSync(`${path}.part`, path)
  }
  return path
}

async function readAll(folder: string): Promise<Source[]> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(pcap|pcapng)$/.test(name))
    .sort()
  const sources: Source[] = []
  for (const file of files) sources.push(await read(join(folder, file)))
  return sources.filter(({ packets }) => packets.length)
}

async function read(file: string): Promise<Source> {
  const source: Source = { packets: [], wireLengths: [], times: [] }
  const capture = readCapture(file)
  let last: number | undefined
  let time = 0
  try {
    for await (const batch of capture) {
      for (let i = 0; i < batch.count; i++) {
        const now = batch.times[i]!
        time += Math.min(Math.max(now - (last ?? now), 0), GAP_US)
        last = now
        source.packets.push(Buffer.from(batch.packet(i)))
        source.wireLengths.push(batch.wireLengths[i]!)
        source.times.push(time)
      }
    }
  } catch (error) {
    if (!isDamage(error)) throw error
  } finally {
    capture.close()
  }
  return source
}

/** Every packet of every round, in order of time. */
function schedule(sources: readonly Source[], rounds: number) {
  const count = rounds * sources.reduce((sum, { packets }) => sum + packets.length, 0)
  const times = new Float64Array(count)
  const play = new Uint32Array(count)
  const packet = new Uint32Array(count)
  let next = 0
  for (let i = 0; i < rounds * sources.length; i++) {
    const source = sources[i % sources.length]!
    // Steps of the golden ratio spread the beginnings evenly, whatever their number.
    const start = ((i * 0.618033988749895) % 1) * SPAN_US
    for (let k = 0; k < source.packets.length; k++, next++) {
      times[next] = Math.floor(start) + source.times[k]!
      play[next] = i
      packet[next] = k
    }
  }
  const order = new Uint32Array(count)
    .map((_, i) => i)
    .sort((a, b) => times[a]! - times[b]! || a - b)
  return { order, times, play, packet }
}

function write(path: string, sources: readonly Source[]): void {
  const rounds = Math.ceil(
    WANTED_PACKETS / sources.reduce((n, { packets }) => n + packets.length, 0),
  )
  const { order, times, play, packet } = schedule(sources, rounds)
  const disguises = Array.from({ length: rounds * sources.length }, () => new Disguise())
  const out = new PcapWriter(path)
  for (const i of order) {
    const source = sources[play[i]! % sources.length]!
    const original = source.packets[packet[i]!]!
    const wire = source.wireLengths[packet[i]!]!
    out.packet(START_US + times[i]!, disguises[play[i]!]!.worn(original), wire)
  }
  out.close()
  console.error(
    `made ${path}: ${statSync(path).size} bytes, ${order.length} packets, ${rounds} rounds`,
  )
}

class PcapWriter {
  readonly #fd: number
  readonly #buffer = Buffer.alloc(8 << 20)
  #length = 0

  constructor(path: string) {
    this.#fd = openSync(path, 'w')
    for (const word of [0xa1b2c3d4, 0x0004_0002, 0, 0, 262_144, 1]) this.#u32(word)
  }

  packet(timeUs: number, ip: Buffer, wireLength: number): void {
    if (this.#length > this.#buffer.length / 2) this.#flush()
    this.#u32(Math.floor(timeUs / 1e6))
    this.#u32(timeUs % 1e6)
    this.#u32(ip.length + ETHERNET.length)
    this.#u32(wireLength + ETHERNET.length)
    ETHERNET.copy(this.#buffer, this.#length)
    this.#buffer.writeUInt16BE(ip[0]! >> 4 === 6 ? 0x86dd : 0x0800, this.#length + 12)
    ip.copy(this.#buffer, this.#length + ETHERNET.length)
    this.#length += ETHERNET.length + ip.length
  }

  close(): void {
    this.#flush()
    closeSync(this.#fd)
  }

  #u32(value: number): void {
    this.#length = this.#buffer.writeUInt32LE(value, this.#length)
  }

  #flush(): void {
    for (let at = 0; at < this.#length;)
      at += writeSync(this.#fd, this.#buffer, at, this.#length - at)
    this.#length = 0
  }
}

let nextAddress = 1

/** New addresses for the local ends of one capture's packets, the same in both directions. */
class Disguise {
  readonly #addresses = new Map<string, Buffer>()

  /** A copy of the packet with other addresses and checksums that agree. */
  worn(original: Buffer): Buffer {
    const packet = Buffer.from(original)
    const version = packet.length ? packet[0]! >> 4 : 0
    const [from, width] = version === 4 ? [12, 4] : [8, 16]
    if ((version !== 4 && version !== 6) || packet.length < from + 2 * width) return packet
    const source = packet.subarray(from, from + width)
    const destination = packet.subarray(from + width, from + 2 * width)
    const ends = [source, destination].filter(isLocal)
    // Of two public ends the lower one is the same in both directions.
    if (!ends.length) ends.push(Buffer.compare(source, destination) < 0 ? source : destination)
    const before = sum(packet, from, 2 * width)
    for (const end of ends) this.#new(end).copy(end)
    const change = sum(packet, from, 2 * width) - before
    if (version === 4) adjust(packet, 10, change)
    adjustTransport(packet, version, change)
    return packet
  }

  #new(old: Buffer): Buffer {
    const key = old.toString('hex')
    let address = this.#addresses.get(key)
    if (!address) {
      address = Buffer.alloc(old.length)
      address.writeUInt32BE(nextAddress++, old.length - 4)
      address[0] = old.length === 4 ? 10 : 0xfd
      this.#addresses.set(key, address)
    }
    return address
  }
}

/** RFC 1918, loopback, link-local; RFC 4193 and RFC 4291 2.5.6. Never multicast. */
function isLocal(address: Buffer): boolean {
  const [a, b] = [address[0]!, address[1]!]
  if (address.length === 16) return a >> 1 === 0x7e || (a === 0xfe && b >> 6 === 2)
  return (
    a === 10 ||
    a === 127 ||
    (a === 172 && b >> 4 === 1) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254)
  )
}

function sum(bytes: Buffer, from: number, length: number): number {
  let total = 0
  for (let at = from; at < from + length; at += 2) total += bytes.readUInt16BE(at)
  return total
}

/** RFC 1624: a checksum when the sum of what it covers changes. */
function adjust(packet: Buffer, at: number, change: number): void {
  let total = (~packet.readUInt16BE(at) & 0xffff) + change
  total %= 0xffff
  if (total < 0) total += 0xffff
  packet.writeUInt16BE(~total & 0xffff, at)
}

function adjustTransport(packet: Buffer, version: number, change: number): void {
  const isFirst = version === 6 || (packet.readUInt16BE(6) & 0x1fff) === 0
  const protocol = packet[version === 4 ? 9 : 6]
  const header = version === 4 ? (packet[0]! & 15) * 4 : 40
  const at = header + (protocol === 6 ? 16 : 6)
  if (!isFirst || (protocol !== 6 && protocol !== 17) || packet.length < at + 2) return
  if (protocol === 17 && packet.readUInt16BE(at) === 0) return
  adjust(packet, at, change)
}
