import {
  BLOCK_HEADER,
  BLOCK_LIMIT,
  BLOCK_SLACK,
  BLOCK_TARGET,
  FILTER_BITS_PER_NAME,
} from './format.js'
import { fetchNames } from '../resolve/fetch.js'
import type { NameTable } from '../resolve/nametable.js'
import { writeNumber } from './sections.js'
import type { Coder } from './symbols.js'

/** Names to be laid out, in the order of their hashes. */
export interface BlockNames {
  readonly count: number
  /** Of each, its number in the table. */
  readonly names: Uint32Array
  /** Of each, the number of its verdict; none for names without entries. */
  readonly verdicts?: Uint32Array
}

export interface Blocks {
  readonly count: number
  readonly directory: Uint8Array
  readonly blocks: Uint8Array
}

/** Number of each block's first name, and behind them of all; undefined where a block has more than a look-up scans. */
function deal(table: NameTable, { count, names }: BlockNames): Uint32Array | undefined {
  const blocks = Math.max(1, Math.round(count / BLOCK_TARGET))
  const firsts = new Uint32Array(blocks + 1)
  for (let i = 0; i < count; i++) {
    firsts[Math.floor((table.lo(names[i]!) * blocks) / 2 ** 32) + 1]!++
  }
  for (let b = 1; b <= blocks; b++) {
    if (firsts[b]! > BLOCK_LIMIT) return undefined
    firsts[b]! += firsts[b - 1]!
  }
  return firsts
}

/** Blocks of coded names and their directory; `width` bytes a verdict. */
export function layOutBlocks(
  pool: Uint8Array,
  table: NameTable,
  coder: Coder,
  names: BlockNames,
  width: number,
): Blocks | undefined {
  const firsts = deal(table, names)
  if (firsts === undefined) return undefined
  const count = firsts.length - 1
  const { verdicts } = names
  const arrays = 2 + (verdicts === undefined ? 0 : width)
  const out = new Uint8Array(mostBytes(table, names, count, arrays))
  const directory = new Uint8Array((count + 1) * 4)
  let at = 0
  for (let b = 0; b < count; b++) {
    const first = firsts[b]!
    const n = firsts[b + 1]! - first
    writeNumber(directory, b * 4, at, 4)
    writeNumber(out, at, first, 4)
    out[at + 4] = n
    const tags = at + BLOCK_HEADER
    at = tags + n * arrays
    fetchNames(pool, table, names.names, first, first + n)
    for (let i = 0; i < n; i++) {
      const name = names.names[first + i]!
      const from = table.at(name)
      const end = coder.encode(pool, from, from + table.length(name), out, at)
      out[tags + i] = table.hi(name) >>> 24
      out[tags + n + i] = end - at
      if (verdicts !== undefined) {
        writeNumber(out, tags + 2 * n + i * width, verdicts[first + i]!, width)
      }
      at = end
    }
  }
  writeNumber(directory, count * 4, at, 4)
  return { count, directory, blocks: out.slice(0, at + BLOCK_SLACK) }
}

/** No code is longer than its name. */
function mostBytes(table: NameTable, names: BlockNames, blocks: number, arrays: number): number {
  let bytes = blocks * BLOCK_HEADER + names.count * arrays + BLOCK_SLACK
  for (let i = 0; i < names.count; i++) bytes += table.length(names.names[i]!)
  return bytes
}

/** One 64-bit word a name: four bits of it from its hash, so that most misses end here. */
export function layOutFilter(table: NameTable, { count, names }: BlockNames): Uint8Array {
  const words = Math.max(1, Math.ceil((count * FILTER_BITS_PER_NAME) / 64))
  const section = new Uint8Array(words * 8)
  for (let i = 0; i < count; i++) {
    const name = names[i]!
    const word = Math.floor((table.lo(name) * words) / 2 ** 32) * 8
    const hi = table.hi(name)
    for (let k = 0; k < 24; k += 6) {
      const bit = (hi >>> k) & 63
      section[word + (bit >>> 3)]! |= 1 << (bit & 7)
    }
  }
  return section
}

const SAMPLE_NAMES = 6144

/** Names to choose symbols by, from all over the table: their bytes, and where each ends. */
export function sampleNames(
  pool: Uint8Array,
  table: NameTable,
): { bytes: Uint8Array; ends: number[] } {
  const step = Math.max(1, Math.floor(table.count / SAMPLE_NAMES))
  const pieces: Uint8Array[] = []
  const ends: number[] = []
  let end = 0
  for (let name = 0; name < table.count && ends.length < SAMPLE_NAMES; name += step) {
    const at = table.at(name)
    pieces.push(pool.subarray(at, at + table.length(name)))
    end += table.length(name)
    ends.push(end)
  }
  return { bytes: Buffer.concat(pieces), ends }
}
