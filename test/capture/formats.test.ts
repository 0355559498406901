import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { pcap, pcapng } from '../../fixtures/make/captures.js'
import { theTwo, type Specimen, zoo } from '../../fixtures/make/zoo.js'
import { readCapture } from '../../src/capture/capture.js'
import { CaptureError, WeirError } from '../../src/errors.js'
import { collect, type Collected } from './collect.js'

let directory: string
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'weir-capture-'))))
afterAll(() => rmSync(directory, { recursive: true }))

function path(name: string, bytes: Uint8Array): string {
  const file = join(directory, name)
  writeFileSync(file, bytes)
  return file
}

/** As a pipe would give it, in pieces of odd sizes. */
function pieces(bytes: Buffer, size: number): Readable {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) parts.push(bytes.subarray(at, at + size))
  return Readable.from(parts, { objectMode: false })
}

/** An Ethernet trailer is not part of the packet, but it is not the capture reader's to cut. */
function expectPackets(actual: Collected, expected: Specimen): void {
  expect(actual.packets.map(({ time }) => time)).toEqual(expected.packets.map(({ time }) => time))
  actual.packets.forEach(({ ip }, i) => {
    const wanted = expected.packets[i]!.ip
    expect(ip.subarray(0, wanted.length).equals(wanted)).toBe(true)
    if (!expected.name.includes('trailer')) expect(ip.length).toBe(wanted.length)
  })
}

function expectEnd({ error }: Collected, { damagedAt }: Specimen): void {
  if (damagedAt === undefined) {
    expect(error).toBeUndefined()
    return
  }
  expect(error).toMatchObject({ code: 'WEIR_CAPTURE_DAMAGED' })
  if (damagedAt < 0) return
  expect(error).toBeInstanceOf(CaptureError)
  expect((error as CaptureError).offset).toBe(damagedAt)
}

describe.each(zoo().map((specimen) => [specimen.name, specimen] as const))(
  '%s',
  (name, specimen) => {
    test('from a file', async () => {
      const read = await collect(path(name, specimen.bytes))
      expectPackets(read, specimen)
      expectEnd(read, specimen)
    })

    test('from a stream in small pieces', async () => {
      for (const size of [1, 7, 4096]) {
        const read = await collect(pieces(specimen.bytes, size))
        expectPackets(read, specimen)
        expectEnd(read, specimen)
      }
    })
  },
)

/** What the zstd tool makes of a capture: compressed blocks, which the zoo cannot make. */
const ZSTD_BASE64 =
  'KLUv/WQAHDUIANQK1MOyoQIABAAEAGUAAAAAypo7AAAAADpFAAA6AAFAAEARTnzAAAIBxjNkAZxAADUAJuuEEjQBAAABd2VpcgdleGFtcGxlAAABAAEBAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj9AQUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpbXF1eX2BhYmNnqBHQt2q1G/DZDBJAEIgQJAj+/78/YmZmZmbWmpmZMTNrzczMzMyaaWZmZmbNmpmZNbNm1szMzKyZaWZmZtbMrJmZMWtm1szMzDqU2ySgKkhTxfQzLRUHEn+i'

test('zstd with compressed blocks', async () => {
  const { packets, error } = await collect(path('tool.zst', Buffer.from(ZSTD_BASE64, 'base64')))
  expect(error).toBeUndefined()
  expect(packets.length).toBe(100)
  const [query] = theTwo(4)
  for (const { ip } of packets) expect(ip.equals(query.bytes)).toBe(true)
  expect(packets.map(({ time }) => time)).toEqual(packets.map((_, i) => 1e15 + i))
})

test.each([
  ['text', Buffer.from('This is no capture.\n')],
  ['nothing', Buffer.alloc(0)],
  ['three bytes of a capture', Buffer.from('d4c3b2', 'hex')],
])('%s is not a capture', async (_, bytes) => {
  for (const input of [path('none', bytes), pieces(bytes, 2)]) {
    const { packets, error } = await collect(input)
    expect(packets).toEqual([])
    expect(error).toBeInstanceOf(CaptureError)
    expect(error).toMatchObject({ code: 'WEIR_NOT_A_CAPTURE' })
  }
})

test('what cannot be read is told by its path', async () => {
  for (const file of [join(directory, 'missing.pcap'), directory]) {
    const { error } = await collect(file)
    expect(error).toBeInstanceOf(WeirError)
    expect(error).toMatchObject({ code: 'WEIR_CANNOT_READ' })
    expect((error as Error).message).toContain(file)
  }
})

test('a capture that ends between packets is whole', async () => {
  const { packets, frames, error } = await collect(path('empty.pcap', pcap({ linkType: 1 }, [])))
  expect([packets.length, frames, error]).toEqual([0, 0, undefined])
})

test('frames without IP are counted and passed over', async () => {
  const [query] = theTwo(4)
  const arp = Buffer.from('020000000002020000000001080600010800060400010200', 'hex')
  const frame = Buffer.concat([Buffer.from('0200000000020200000000010800', 'hex'), query.bytes])
  const frames = [arp, frame, arp].map((bytes, i) => ({ time: BigInt(i), bytes }))
  const read = await collect(path('arp.pcap', pcap({ linkType: 1 }, frames)))
  expect([read.packets.length, read.frames, read.error]).toEqual([1, 3, undefined])
})

test('a packet cut by the snap length keeps its length on the wire', async () => {
  const [, hello] = theTwo(4)
  const bytes = hello.bytes.subarray(0, 60)
  const wireLength = hello.bytes.length
  const file = pcap({ linkType: 101 }, [{ time: 0n, bytes, wireLength }])
  const { packets } = await collect(path('cut.pcap', file))
  expect(packets).toEqual([{ time: 0, wireLength, ip: Buffer.from(bytes) }])
})

test('the largest packet fits, at every place in the buffer', async () => {
  const [query] = theTwo(4)
  const large = Buffer.alloc(262144, 0x45)
  const frames = Array.from({ length: 60 }, (_, i) => ({
    time: BigInt(i) * 1000n,
    bytes: i % 3 ? query.bytes : large.subarray(0, large.length - (i % 5)),
  }))
  for (const make of [
    () => pcap({ linkType: 101 }, frames),
    () => pcapng({ interfaces: [{ linkType: 101 }] }, frames),
  ]) {
    const { packets, error } = await collect(path('large', make()))
    expect(error).toBeUndefined()
    expect(packets.map(({ ip }) => ip.length)).toEqual(frames.map(({ bytes }) => bytes.length))
  }
})

test('standard input is read as -', async () => {
  const specimen = zoo().find(({ name }) => name === 'packed.pcap.gz')!
  const stdin = vi.spyOn(process, 'stdin', 'get')
  stdin.mockReturnValue(pieces(specimen.bytes, 5) as never)
  try {
    const read = await collect('-')
    expectPackets(read, specimen)
    expectEnd(read, specimen)
  } finally {
    stdin.mockRestore()
  }
})

test('progress is in bytes of the file, compressed or not', async () => {
  for (const { name, bytes } of zoo().filter(({ name }) => name.startsWith('packed'))) {
    using capture = readCapture(path(name, bytes))
    expect(capture.progress).toEqual({ position: 0, size: bytes.length })
    for await (const batch of capture) expect(batch.count).toBeGreaterThan(0)
    expect(capture.progress).toEqual({ position: bytes.length, size: bytes.length })
  }
})
