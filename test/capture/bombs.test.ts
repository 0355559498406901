import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { pcapng } from '../../fixtures/make/captures.js'
import { theTwo } from '../../fixtures/make/zoo.js'
import { collect } from './collect.js'

const MIB = 1 << 20
/** Of buffers, those included that wait to be collected. */
const ROOM = 96 * MIB

function capture(): Buffer {
  return pcapng({ interfaces: [{ linkType: 101 }] }, [{ time: 0n, bytes: theTwo(4)[0].bytes }])
}

/** Blocks of zeros that have no packets in them, 8 MiB each. */
function zeroBlocks(count: number): Buffer {
  const block = Buffer.alloc(8 * MIB)
  block.writeUInt32LE(0x70000001, 0)
  block.writeUInt32LE(block.length, 4)
  block.writeUInt32LE(block.length, block.length - 4)
  return Buffer.concat(Array.from({ length: count }, () => block))
}

/** Gives `bytes` bit by bit and keeps the most memory that buffers had meanwhile. */
async function peak(
  bytes: Buffer,
): Promise<{ peak: number; read: Awaited<ReturnType<typeof collect>> }> {
  const before = process.memoryUsage().arrayBuffers
  let most = before
  const look = (): void => void (most = Math.max(most, process.memoryUsage().arrayBuffers))
  const timer = setInterval(look, 1)
  const input = Readable.from([bytes], { objectMode: false }).on('data', look)
  const read = await collect(input.pause())
  clearInterval(timer)
  look()
  return { peak: most - before, read }
}

test('a gzip bomb takes no more memory than any capture', async () => {
  const members = gzipSync(zeroBlocks(4))
  const bytes = Buffer.concat([gzipSync(capture()), ...Array<Buffer>(8).fill(members)])
  const { peak: most, read } = await peak(bytes)
  expect(read.error).toBeUndefined()
  expect(read.packets.length).toBe(1)
  expect(most).toBeLessThan(ROOM)
})

/** A block as it is, or one that says "this byte, so many times" (RFC 8878 3.1.1.2.2). */
function zstdBlock(type: 'raw' | 'repeated', content: Uint8Array, size = content.length): Buffer {
  const header = Buffer.alloc(3)
  header.writeUIntLE((size << 3) | (type === 'raw' ? 0 : 2), 0, 3)
  return Buffer.concat([header, content])
}

/** What zeroBlocks() gives, in 270 bytes a block. */
function zstdZeroBlocks(count: number): Buffer {
  const size = 8 * MIB
  const length = Buffer.alloc(4)
  length.writeUInt32LE(size)
  const zero = Uint8Array.of(0)
  const block = [zstdBlock('raw', Buffer.concat([Buffer.from('01000070', 'hex'), length]))]
  for (let left = size - 12; left > 0; left -= 1 << 17) {
    block.push(zstdBlock('repeated', zero, Math.min(left, 1 << 17)))
  }
  block.push(zstdBlock('raw', length))
  return Buffer.concat(Array.from({ length: count }, () => block).flat())
}

test('a zstd bomb takes no more memory than any capture', async () => {
  const head = Buffer.from('28b52ffd0058', 'hex')
  const last = Buffer.from('010000', 'hex')
  const start = zstdBlock('raw', capture())
  const bytes = Buffer.concat([head, start, zstdZeroBlocks(32), last]) // 256 MiB
  const { peak: most, read } = await peak(bytes)
  expect(read.error).toBeUndefined()
  expect(read.packets.length).toBe(1)
  expect(most).toBeLessThan(ROOM)
})

test.each([
  ['of the first frame', 'window descriptor', ['28b52ffd 00 70']],
  ['of a later frame', 'window descriptor', ['28b52ffd 00 58 010000', '28b52ffd 00 70']],
  ['of one segment', 'content size', ['28b52ffd a0 01008000']],
  [
    'behind a frame to be skipped',
    'window descriptor',
    ['28b52ffd 00 58 010000', '502a4d18 02000000 ffff', '28b52ffd 00 70'],
  ],
])('zstd windows are bounded: %s, %s', async (_, __, frames) => {
  const frame = Buffer.from(frames.join('').replaceAll(' ', ''), 'hex')
  const bytes = Buffer.concat([frame, Buffer.alloc(32)])
  for (const size of [1, bytes.length]) {
    const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    )
    const { error } = await collect(Readable.from(parts, { objectMode: false }))
    expect(error).toMatchObject({ code: 'WEIR_CAPTURE_DAMAGED' })
    // Nodes that have zstd of their own allow more, and find other faults.
    if (process.versions.node.startsWith('20.')) {
      expect((error as Error).message).toContain('window is larger')
    }
  }
})
