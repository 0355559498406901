import { expect, test } from 'vitest'
import { BLOCK_LIMIT } from '../../src/blocklist/format.js'
import { dealBlocks } from '../../src/blocklist/layout.js'

/** Entries of which only the hashes matter. */
function entries(hashes: number[]) {
  const count = hashes.length
  return {
    count,
    at: new Uint32Array(count),
    length: new Uint8Array(count),
    hashLo: Uint32Array.from(hashes),
    hashHi: new Uint32Array(count),
    verdict: new Uint32Array(count),
    line: new Uint32Array(count),
    names: count,
    minLabels: 1,
    maxLabels: 1,
  }
}

test('names are dealt to blocks by the upper bits of their hash', () => {
  const hashes = Array.from({ length: 64 }, (_, i) => i * 2 ** 26)
  expect([...dealBlocks(entries(hashes))!.firsts]).toEqual([0, 16, 32, 48, 64])
})

test('a block that would take too long to look through asks for another seed', () => {
  const collide = (n: number) => dealBlocks(entries(new Array<number>(n).fill(7)))
  expect(collide(BLOCK_LIMIT)).toBeDefined()
  expect(collide(BLOCK_LIMIT + 1)).toBeUndefined()
})
