import { BLOCK_LIMIT, BLOCK_SLACK, LINE_HEAD, LINE_TARGET, LINE_WORDS } from './format.js'
import type { NameTable } from '../resolve/nametable.js'
import { writeNumber } from './sections.js'
import type { Coder } from './symbols.js'

/** Names to be laid out, in the order of their hashes. */
export interface BlockNames {
  readonly count: number
  /** Of each, its number in the table. */
  readonly names: Uint32Array
  /** Of each, the number of its verdict; none for names without entries, which have no filter either. */
  readonly verdicts?: Uint32Array
}

export interface Blocks {
  /** Lines of the index: two blocks each. */
  readonly lines: number
  readonly index: Uint8Array
  readonly blocks: Uint8Array
}

/** Number of each block's first name, and behind them of all; undefined where a block has more than a look-up scans. */
function deal(table: NameTable, { count, names }: BlockNames): Uint32Array | undefined {
  const blocks = 2 * Math.max(1, Math.round(count / LINE_TARGET))
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

/** Blocks of coded names and their index; `width` bytes a verdict. */
export function layOutBlocks(
  pool: Uint8Array,
  table: NameTable,
  coder: Coder,
  names: BlockNames,
  width: number,
): Blocks | undefined {
  const firsts = deal(table, names)
  if (firsts === undefined) return undefined
  const lines = (firsts.length - 1) / 2
  const hasFilter = names.verdicts !== undefined
  const stride = LINE_HEAD + (hasFilter ? LINE_WORDS * 8 : 0)
  const index = new Uint8Array(lines * stride)
  const writer = new BlockWriter(pool, table, coder, names, width)
  for (let b = 0; b < 2 * lines; b++) {
    const first = firsts[b]!
    const n = firsts[b + 1]! - first
    const { at } = writer
    writer.write(first, n)
    const line = (b >>> 1) * stride
    const second = b & 1
    if (second === 0) {
      writeNumber(index, line, at, 4)
      writeNumber(index, line + 4, first, 4)
    }
    writeNumber(index, line + 8 + 2 * second, writer.at - at, 2)
    index[line + 12 + second] = n
  }
  if (hasFilter) writeFilter(table, names, lines, index)
  return { lines, index, blocks: writer.out.subarray(0, writer.at + BLOCK_SLACK) }
}

/** Writes one block behind the other. */
class BlockWriter {
  readonly out: Uint8Array
  /** Where the next one begins. */
  at = 0
  /** Bytes a name beside its code. */
  private readonly arrays: number

  constructor(
    private readonly pool: Uint8Array,
    private readonly table: NameTable,
    private readonly coder: Coder,
    private readonly names: BlockNames,
    private readonly width: number,
  ) {
    this.arrays = 2 + (names.verdicts === undefined ? 0 : width)
    this.out = new Uint8Array(mostBytes(table, names, this.arrays))
  }

  /** Of `n` names: tags, lengths of codes, verdicts, codes. */
  write(first: number, n: number): void {
    const { names, verdicts } = this.names
    const { table, out, at, width } = this
    for (let i = 0; i < n; i++) out[at + i] = table.hi(names[first + i]!) >>> 24
    this.writeCodes(first, n)
    if (verdicts === undefined) return
    for (let i = 0; i < n; i++) {
      writeNumber(out, at + 2 * n + i * width, verdicts[first + i]!, width)
    }
  }

  private writeCodes(first: number, n: number): void {
    const { pool, table, coder, out } = this
    const { names } = this.names
    const lengths = this.at + n
    let at = this.at + n * this.arrays
    for (let i = 0; i < n; i++) {
      const name = names[first + i]!
      const from = table.at(name)
      const end = coder.encode(pool, from, from + table.length(name), out, at)
      out[lengths + i] = end - at
      at = end
    }
    this.at = at
  }
}

/** No code is longer than its name. */
function mostBytes(table: NameTable, names: BlockNames, arrays: number): number {
  let bytes = names.count * arrays + BLOCK_SLACK
  for (let i = 0; i < names.count; i++) bytes += table.length(names.names[i]!)
  return bytes
}

/** Four bits of a word from each name's hash, so that most misses end here. */
function writeFilter(
  table: NameTable,
  { count, names }: BlockNames,
  lines: number,
  index: Uint8Array,
): void {
  for (let i = 0; i < count; i++) {
    const name = names[i]!
    const place = table.lo(name) * lines
    const line = Math.floor(place / 2 ** 32)
    const word = Math.floor(((place - line * 2 ** 32) * LINE_WORDS) / 2 ** 32)
    const at = (line * (LINE_WORDS + 2) + word) * 8 + LINE_HEAD
    const hi = table.hi(name)
    for (let k = 0; k < 24; k += 6) {
      const bit = (hi >>> k) & 63
      index[at + (bit >>> 3)]! |= 1 << (bit & 7)
    }
  }
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
