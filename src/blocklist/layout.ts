import { createHash } from 'node:crypto'
import {
  ALIGNMENT,
  BLOCK_HEADER,
  BLOCK_LIMIT,
  BLOCK_SLACK,
  BLOCK_TARGET,
  FILTER_BITS_PER_NAME,
  HEADER,
  HEADER_LENGTH,
  headerChecksum,
  LIST_LENGTH,
  MAGIC,
  SECTION,
  VERSION,
} from './format.js'
import { type NameEntries } from './nametable.js'
import { type Outcomes } from './outcomes.js'
import { type PrefixEntries, type PrefixTables } from './prefixtable.js'
import { type RuleStore } from './rules.js'

/** How names are dealt out to blocks: by hash, and in their order within one. */
export interface BlockDeal {
  readonly blocks: number
  /** Number of each block's first entry, and behind the last one how many there are. */
  readonly firsts: Uint32Array
}

function blockOf(names: NameEntries, i: number, blocks: number): number {
  return Math.floor((names.hashLo[i]! * blocks) / 2 ** 32)
}

/** Undefined where one block gets more names than a look-up may have to scan. */
export function dealBlocks(names: NameEntries): BlockDeal | undefined {
  const blocks = Math.max(1, Math.round(names.count / BLOCK_TARGET))
  const firsts = new Uint32Array(blocks + 1)
  for (let i = 0; i < names.count; i++) firsts[blockOf(names, i, blocks) + 1]!++
  for (let b = 1; b <= blocks; b++) {
    if (firsts[b]! > BLOCK_LIMIT) return undefined
    firsts[b]! += firsts[b - 1]!
  }
  return { blocks, firsts }
}

function writeNumber(out: Uint8Array, at: number, value: number, width: number): void {
  for (let i = 0; i < width; i++) {
    out[at + i] = value & 0xff
    value >>>= 8
  }
}

/** One 64-bit word a name: four bits of it from its hash, so that most misses end here. */
function filterSection(names: NameEntries): Uint8Array {
  const count = Math.max(1, Math.ceil((names.count * FILTER_BITS_PER_NAME) / 64))
  const section = new Uint8Array(count * 8)
  for (let i = 0; i < names.count; i++) {
    const word = Math.floor((names.hashLo[i]! * count) / 2 ** 32) * 8
    for (let k = 0; k < 4; k++) {
      const bit = (names.hashHi[i]! >>> (6 * k)) & 63
      section[word + (bit >>> 3)]! |= 1 << (bit & 7)
    }
  }
  return section
}

interface BlockSections {
  readonly directory: Uint8Array
  readonly blocks: Uint8Array
}

/**
 * Goes through the names in their own order and writes where each belongs: reading a million names in
 * the order of their hashes would miss the cache at every step. Fills in their part of `lines`, too.
 */
function blockSections(
  pool: Uint8Array,
  names: NameEntries,
  { blocks: count, firsts }: BlockDeal,
  width: number,
  lines: Uint8Array,
  lineWidth: number,
): BlockSections {
  const arrays = 2 + width
  const starts = new Uint32Array(count + 1) // of blocks in the section
  for (let i = 0; i < names.count; i++) starts[blockOf(names, i, count) + 1]! += names.length[i]!
  for (let b = 0; b < count; b++) {
    starts[b + 1]! += starts[b]! + BLOCK_HEADER + (firsts[b + 1]! - firsts[b]!) * arrays
  }
  const blocks = new Uint8Array(starts[count]! + BLOCK_SLACK)
  const directory = new Uint8Array((count + 1) * 4)
  const texts = new Uint32Array(count) // where a block's next name goes
  for (let b = 0; b <= count; b++) writeNumber(directory, b * 4, starts[b]!, 4)
  for (let b = 0; b < count; b++) {
    const n = firsts[b + 1]! - firsts[b]!
    writeNumber(blocks, starts[b]!, firsts[b]!, 4)
    blocks[starts[b]! + 4] = n
    texts[b] = starts[b]! + BLOCK_HEADER + n * arrays
  }
  const used = new Uint8Array(count)
  for (let i = 0; i < names.count; i++) {
    const b = blockOf(names, i, count)
    const n = firsts[b + 1]! - firsts[b]!
    const place = used[b]!++
    const at = starts[b]! + BLOCK_HEADER + place
    const length = names.length[i]!
    blocks[at] = names.hashHi[i]! >>> 24
    blocks[at + n] = length
    writeNumber(blocks, at - place + 2 * n + place * width, names.verdict[i]!, width)
    const from = names.at[i]!
    const text = texts[b]!
    for (let k = 0; k < length; k++) blocks[text + k] = pool[from + k]!
    texts[b] = text + length
    writeNumber(lines, (firsts[b]! + place) * lineWidth, names.line[i]!, lineWidth)
  }
  return { directory, blocks }
}

/** Strings one behind the other, with where each begins; offsets count from the section's start. */
function textSection(texts: readonly string[]): Uint8Array {
  const encoded = texts.map((text) => Buffer.from(text))
  const head = Buffer.alloc((texts.length + 1) * 4)
  let at = head.length
  for (const [i, text] of encoded.entries()) {
    head.writeUInt32LE(at, i * 4)
    at += text.length
  }
  head.writeUInt32LE(at, texts.length * 4)
  return Buffer.concat([head, ...encoded])
}

function listSection(rules: RuleStore): Uint8Array {
  const encoded = rules.lists.map((list) => Buffer.from(list.id))
  const head = Buffer.alloc(rules.lists.length * LIST_LENGTH)
  let at = head.length
  for (const [i, list] of rules.lists.entries()) {
    head.writeUInt32LE(list.firstLine, i * LIST_LENGTH)
    head.writeUInt32LE(at, i * LIST_LENGTH + 4)
    head.writeUInt32LE(encoded[i]!.length, i * LIST_LENGTH + 8)
    at += encoded[i]!.length
  }
  return Buffer.concat([head, ...encoded])
}

/** Of every entry for addresses, behind those for names, the line it came from. */
function fillPrefixLines(
  lines: Uint8Array,
  names: number,
  tables: readonly PrefixEntries[],
  width: number,
): void {
  let at = names * width
  for (const table of tables) {
    for (let i = 0; i < table.count; i++, at += width) writeNumber(lines, at, table.line(i), width)
  }
}

/** Where the addresses with each value of their first `bits` bits begin: one bucket for some ten entries. */
function indexSection(table: PrefixEntries, bits: number): Uint8Array {
  const section = new Uint8Array(((1 << bits) + 1) * 4)
  const view = new DataView(section.buffer)
  let i = 0
  for (let bucket = 0; bucket <= 1 << bits; bucket++) {
    while (i < table.count && table.words(i)[3]! < bucket * 2 ** (32 - bits)) i++
    view.setUint32(bucket * 4, i, true)
  }
  return section
}

/** First addresses: of IPv4 the last word, of IPv6 its first `words`, as 64-bit numbers. */
function keySection(table: PrefixEntries, words: 1 | 2 | 4): Uint8Array {
  const section = new Uint8Array(table.count * words * 4)
  const view = new DataView(section.buffer)
  for (let i = 0; i < table.count; i++) {
    const at = i * words * 4
    const key = table.words(i)
    if (words === 1) view.setUint32(at, key[3]!, true)
    for (let w = 0; words !== 1 && w < words; w++) view.setUint32(at + (w ^ 1) * 4, key[w]!, true)
  }
  return section
}

function metaSection(table: PrefixEntries, shift: number, width: number): Uint8Array {
  const section = new Uint8Array(table.count * (1 + width))
  for (let i = 0, at = 0; i < table.count; i++, at += 1 + width) {
    section[at] = table.bits(i) - shift
    writeNumber(section, at + 1, table.verdict(i), width)
  }
  return section
}

/** The whole file. Same rules, same bytes. */
export function layOut(
  rules: RuleStore,
  outcomes: Outcomes,
  names: NameEntries,
  deal: BlockDeal,
  tables: PrefixTables,
  seed: readonly [lo: number, hi: number],
): Uint8Array {
  const { v4, v6, v6Long } = tables
  const verdictWidth = outcomes.verdictCount > 256 ? 2 : 1
  const lineWidth = rules.line >= 2 ** 24 ? 4 : 3
  const index4Bits = Math.min(16, Math.max(0, Math.round(Math.log2(Math.max(1, v4.count) / 8))))
  const entries = names.count + v4.count + v6.count + v6Long.count
  const lines = new Uint8Array(entries * lineWidth)
  fillPrefixLines(lines, names.count, [v4, v6, v6Long], lineWidth)
  const pool = rules.pool.bytes
  const { directory, blocks } = blockSections(pool, names, deal, verdictWidth, lines, lineWidth)
  const filter = filterSection(names)
  const categories = outcomes.categoryNames()
  const sections: Record<number, Uint8Array> = {
    [SECTION.filter]: filter,
    [SECTION.directory]: directory,
    [SECTION.blocks]: blocks,
    [SECTION.verdicts]: outcomes.verdictSection(),
    [SECTION.categories]: textSection(categories),
    [SECTION.lists]: listSection(rules),
    [SECTION.lines]: lines,
    [SECTION.index4]: indexSection(v4, index4Bits),
    [SECTION.keys4]: keySection(v4, 1),
    [SECTION.meta4]: metaSection(v4, 96, verdictWidth),
    [SECTION.keys6]: keySection(v6, 2),
    [SECTION.meta6]: metaSection(v6, 0, verdictWidth),
    [SECTION.keys6Long]: keySection(v6Long, 4),
    [SECTION.meta6Long]: metaSection(v6Long, 0, verdictWidth),
  }
  const file = assemble(sections)
  file[HEADER.verdictWidth] = verdictWidth
  file[HEADER.lineWidth] = lineWidth
  file[HEADER.index4Bits] = index4Bits
  file[HEADER.minLabels] = names.minLabels
  file[HEADER.maxLabels] = names.maxLabels
  seal(file, seed, [
    [HEADER.names, names.count],
    [HEADER.prefixes4, v4.count],
    [HEADER.prefixes6, v6.count],
    [HEADER.prefixes6Long, v6Long.count],
    [HEADER.filterWords, filter.length / 8],
    [HEADER.blocks, deal.blocks],
    [HEADER.verdicts, outcomes.verdictCount],
    [HEADER.categories, categories.length],
    [HEADER.lists, rules.lists.length],
    [HEADER.rules, rules.names + rules.networkCount],
  ])
  return file
}

/** Writes the rest of the header; the digest over all of it, and the checksum over that, come last. */
function seal(
  file: Uint8Array,
  seed: readonly [lo: number, hi: number],
  counts: readonly (readonly [at: number, count: number])[],
): void {
  const view = new DataView(file.buffer)
  file.set(MAGIC)
  view.setUint16(HEADER.version, VERSION, true)
  view.setUint32(HEADER.fileLength, file.length, true)
  view.setUint32(HEADER.seed, seed[0], true)
  view.setUint32(HEADER.seed + 4, seed[1], true)
  for (const [at, count] of counts) view.setUint32(at, count, true)
  file.set(createHash('sha256').update(file).digest(), HEADER.sha256)
  view.setUint32(HEADER.checksum, headerChecksum(file), true)
}

/** Puts the sections behind each other and their places into the header. */
function assemble(sections: Readonly<Record<number, Uint8Array>>): Uint8Array {
  const align = (n: number): number => Math.ceil(n / ALIGNMENT) * ALIGNMENT
  let length = HEADER_LENGTH
  for (const section of Object.values(sections)) length = align(length) + section.length
  const file = new Uint8Array(align(length))
  const view = new DataView(file.buffer)
  let at = HEADER_LENGTH
  for (const [number, section] of Object.entries(sections)) {
    at = align(at)
    view.setUint32(HEADER.sections + Number(number) * 8, at, true)
    view.setUint32(HEADER.sections + Number(number) * 8 + 4, section.length, true)
    file.set(section, at)
    at += section.length
  }
  return file
}
