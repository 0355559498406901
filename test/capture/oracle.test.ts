import { Readable } from 'node:stream'
import { type Packet, parse } from 'pcap-parser'
import { expect, test } from 'vitest'
import { type Frame, pcap } from '../../fixtures/make/captures.js'
import { collect } from './collect.js'

/** Numbers that only look random, so that a failure can be had again (Marsaglia's xorshift32). */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

function framesOf(seed: number): Frame[] {
  const next = random(seed)
  return Array.from({ length: 300 }, () => {
    const bytes = Buffer.from(
      Array.from({ length: 1 + next(next(8) ? 200 : 70_000) }, () => next(256)),
    )
    const time = BigInt(next(2 ** 32)) * 1_000_000_000n + BigInt(next(1_000_000)) * 1000n
    return { time, bytes, wireLength: bytes.length + (next(2) ? 0 : next(65536)) }
  })
}

function askPcapParser(bytes: Buffer): Promise<Packet[]> {
  return new Promise((resolve, reject) => {
    const packets: Packet[] = []
    parse(Readable.from([bytes], { objectMode: false }))
      .on('packet', (packet: Packet) => packets.push(packet))
      .on('end', () => resolve(packets))
      .on('error', reject)
  })
}

/** Raw IP has no link header, so both readers give the same bytes. */
const RAW_IP = 101

test.each([1, 2, 3, 4])('pcap-parser reads the same packets, seed %i', async (seed) => {
  const bytes = pcap({ linkType: RAW_IP, bigEndian: seed % 2 === 0 }, framesOf(seed))
  const theirs = await askPcapParser(bytes)
  const { packets, error } = await collect(Readable.from([bytes], { objectMode: false }))
  expect(error).toBeUndefined()
  expect(theirs.length).toBe(300)
  expect(packets.length).toBe(300)
  theirs.forEach(({ header, data }, i) => {
    const { time, wireLength, ip } = packets[i]!
    expect(time).toBe(header.timestampSeconds * 1e6 + header.timestampMicroseconds)
    expect(ip.length).toBe(header.capturedLength)
    expect(wireLength).toBe(header.originalLength)
    expect(ip.equals(data)).toBe(true)
  })
})
