// A capture in which many flows are open at once: handshake, hello, answer, and no end.
import { closeSync, existsSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tlsHello } from '../../fixtures/make/packets.js'

const CACHE = fileURLToPath(new URL('../.cache', import.meta.url))
const TCP = 20
const SYN = 0x02
const SYN_ACK = 0x12
const DATA = 0x18

/** Path of the capture; made when it is not there yet. */
export function openFlows(count: number): string {
  const path = join(CACHE, `flows-${count}.pcap`)
  if (existsSync(path)) return path
  mkdirSync(CACHE, { recursive: true })
  const fd = openSync(path, 'w')
  const header = Buffer.alloc(24)
  ;[0xa1b2c3d4, 0x0004_0002, 0, 0, 262_144, 101].forEach((word, i) =>
    header.writeUInt32LE(word, 4 * i),
  )
  writeSync(fd, header)
  for (let i = 0; i < count; i += 1000) {
    writeSync(fd, Buffer.concat(Array.from({ length: 1000 }, (_, k) => flow(i + k)).flat()))
  }
  closeSync(fd)
  return path
}

function flow(i: number): Buffer[] {
  const hello = tlsHello(4, `host-${i}.example.org`).bytes
  // ServerHello of TLS 1.2, without extensions.
  const answer = Buffer.concat([Buffer.from('160303002a020000260303', 'hex'), Buffer.alloc(36)])
  const empty = Buffer.alloc(0)
  return [
    segment(hello, i, false, SYN, 0, empty),
    segment(hello, i, true, SYN_ACK, 0, empty),
    segment(hello, i, false, DATA, 1, hello.subarray(2 * TCP)),
    segment(hello, i, true, DATA, 1, answer),
  ].flatMap((packet) => [recordHeader(i, packet.length), packet])
}

function recordHeader(i: number, length: number): Buffer {
  const header = Buffer.alloc(16)
  header.writeUInt32LE(1_700_000_000 + Math.floor(i / 10_000), 0)
  header.writeUInt32LE((i % 10_000) * 100, 4)
  header.writeUInt32LE(length, 8)
  header.writeUInt32LE(length, 12)
  return header
}

function segment(
  template: Buffer,
  i: number,
  down: boolean,
  flags: number,
  seq: number,
  body: Buffer,
): Buffer {
  const packet = Buffer.concat([template.subarray(0, 2 * TCP), body])
  const client = 0x0a00_0000 + (i >>> 4)
  packet.writeUInt16BE(packet.length, 2)
  packet.writeUInt32BE(client, down ? 16 : 12)
  packet.writeUInt32BE(0xc612_0000 + (i % 4096), down ? 12 : 16)
  packet.writeUInt16BE(32_768 + (i % 16_384), TCP + (down ? 2 : 0))
  packet.writeUInt16BE(443, TCP + (down ? 0 : 2))
  packet.writeUInt32BE(seq, TCP + 4)
  packet[TCP + 13] = flags
  return packet
}
