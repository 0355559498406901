import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pcap, pcapng } from '../../fixtures/make/captures.js'
import { theTwo } from '../../fixtures/make/zoo.js'
import { inTimeOrder } from '../../src/capture/order.js'

let directory: string
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'weir-order-'))))
afterAll(() => rmSync(directory, { recursive: true }))

function path(name: string, bytes: Uint8Array): string {
  const file = join(directory, name)
  writeFileSync(file, bytes)
  return file
}

function captureAt(seconds: bigint): Buffer {
  const { bytes } = theTwo(4)[0]
  return pcap({ linkType: 101 }, [{ time: seconds * 1_000_000_000n, bytes }])
}

test('by the first packet, not by the name', async () => {
  const third = path('ring_00001.pcap', captureAt(30n))
  const first = path('ring_00002.pcap.gz', gzipSync(captureAt(10n)))
  const { bytes } = theTwo(6)[0]
  const ng = pcapng({ interfaces: [{ linkType: 101 }] }, [{ time: 20_000_000_000n, bytes }])
  const second = path('ring_00003.pcapng', ng)
  expect(await inTimeOrder([third, first, second])).toEqual([first, second, third])
})

test('equal times keep their order; what has no packet comes last', async () => {
  const empty = path('empty.pcap', pcap({ linkType: 101 }, []))
  const text = path('text.pcap', Buffer.from('no capture at all'))
  const missing = join(directory, 'missing.pcap')
  const one = path('one.pcap', captureAt(5n))
  const other = path('other.pcap', captureAt(5n))
  const order = await inTimeOrder([empty, text, other, missing, one])
  expect(order).toEqual([other, one, empty, text, missing])
})

test('standard input must be alone', async () => {
  expect(await inTimeOrder(['-'])).toEqual(['-'])
  await expect(inTimeOrder(['-', 'a.pcap'])).rejects.toMatchObject({ code: 'WEIR_BAD_ARGUMENT' })
})
