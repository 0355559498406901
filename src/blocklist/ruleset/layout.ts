import { type Blocks, layOutBlocks, sampleNames } from './blocks.js'
import { Explanations } from './explain.js'
import { HEADER, LIST_LENGTH, SECTION } from './format.js'
import type { NameTable } from '../resolve/nametable.js'
import type { Outcomes } from '../resolve/outcomes.js'
import type { PatternSections } from '../pattern/patterntable.js'
import type { PrefixEntries } from '../resolve/prefixentries.js'
import type { PrefixTables } from '../resolve/prefixtable.js'
import type { RuleStore } from '../rules.js'
import { assemble, type Sections, writeNumber } from './sections.js'
import type { Spoken } from '../resolve/spoken.js'
import { type Coder, trainCoder } from './symbols.js'

/** All that goes into a file. */
export interface Content {
  readonly rules: RuleStore
  readonly outcomes: Outcomes
  readonly table: NameTable
  readonly spoken: Spoken
  readonly prefixes: PrefixTables
  readonly patterns: PatternSections
}

/** The names, laid out. */
interface NameSections {
  readonly coder: Coder
  readonly entries: Blocks
  readonly silent: Blocks
}

/** Undefined where a block gets more names than a look-up may have to scan: another seed spreads them otherwise. */
function layOutNames(content: Content, width: number): NameSections | undefined {
  const { rules, table, spoken } = content
  const pool = rules.pool.bytes
  const sample = sampleNames(pool, table)
  const coder = trainCoder(sample.bytes, sample.ends)
  const listed = {
    count: spoken.count,
    names: spoken.entryName.words,
    verdicts: spoken.entryVerdict.words,
  }
  const quiet = { count: spoken.silent.length, names: spoken.silent.words }
  const entries = layOutBlocks(pool, table, coder, listed, width)
  const silent = layOutBlocks(pool, table, coder, quiet, 0)
  if (entries === undefined || silent === undefined) return undefined
  return { coder, entries, silent }
}

/** Strings one behind the other, with where each begins; offsets count from the section's start. */
function textSection(texts: readonly string[]): Uint8Array {
  const encoded = texts.map((text) => Buffer.from(text))
  const head = new Uint8Array((texts.length + 1) * 4)
  let at = head.length
  for (const [i, text] of encoded.entries()) {
    writeNumber(head, i * 4, at, 4)
    at += text.length
  }
  writeNumber(head, texts.length * 4, at, 4)
  return Buffer.concat([head, ...encoded])
}

function listSection({ rules, outcomes }: Content): Uint8Array {
  const encoded = rules.lists.map((list) => Buffer.from(list.id))
  const head = new Uint8Array(rules.lists.length * LIST_LENGTH)
  let at = head.length
  for (const [i, list] of rules.lists.entries()) {
    writeNumber(head, i * LIST_LENGTH, list.firstLine, 4)
    writeNumber(head, i * LIST_LENGTH + 4, at, 4)
    writeNumber(head, i * LIST_LENGTH + 8, encoded[i]!.length, 4)
    writeNumber(head, i * LIST_LENGTH + 12, outcomes.categoryNumber(list.category), 4)
    at += encoded[i]!.length
  }
  return Buffer.concat([head, ...encoded])
}

/** Where the addresses with each value of their first `bits` bits begin: see indexBits(). */
function indexSection(table: PrefixEntries, bits: number): Uint8Array {
  const section = new Uint8Array(((1 << bits) + 1) * 4)
  let i = 0
  for (let bucket = 0; bucket <= 1 << bits; bucket++) {
    while (i < table.count && table.words(i)[3]! < bucket * 2 ** (32 - bits)) i++
    writeNumber(section, bucket * 4, i, 4)
  }
  return section
}

/** First addresses: of IPv4 the last word, of IPv6 its first `words`, as 64-bit numbers. */
function keySection(table: PrefixEntries, words: 1 | 2 | 4): Uint8Array {
  const section = new Uint8Array(table.count * words * 4)
  for (let i = 0; i < table.count; i++) {
    const at = i * words * 4
    const key = table.words(i)
    if (words === 1) writeNumber(section, at, key[3]!, 4)
    for (let w = 0; words !== 1 && w < words; w++)
      writeNumber(section, at + (w ^ 1) * 4, key[w]!, 4)
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

/** One bucket of the IPv4 index for some 24 entries: what it saves beside one for eight, a search does not take longer for. */
function indexBits({ count }: PrefixEntries): number {
  return Math.min(16, Math.max(0, Math.round(Math.log2(Math.max(1, count) / 24))))
}

export interface Layout {
  readonly file: Uint8Array
  readonly sections: Sections
}

/** The whole file, not sealed yet. Same rules, same bytes. Undefined where another seed is to be tried. */
export function layOut(content: Content): Layout | undefined {
  const { rules, outcomes, spoken, prefixes, patterns } = content
  const { v4, v6, v6Long } = prefixes
  const verdictWidth = outcomes.verdictCount > 256 ? 2 : 1
  const lineWidth = rules.line >= 2 ** 24 ? 4 : 3
  const names = layOutNames(content, verdictWidth)
  if (names === undefined) return undefined
  const explanations = new Explanations(rules, spoken, prefixes, patterns.count)
  const sections = {
    [SECTION.index]: names.entries.index,
    [SECTION.blocks]: names.entries.blocks,
    [SECTION.verdicts]: outcomes.verdictSection(),
    [SECTION.categories]: textSection(outcomes.categories),
    [SECTION.lists]: listSection(content),
    [SECTION.lines]: explanations.lines(lineWidth),
    [SECTION.index4]: indexSection(v4, indexBits(v4)),
    [SECTION.keys4]: keySection(v4, 1),
    [SECTION.meta4]: metaSection(v4, 96, verdictWidth),
    [SECTION.keys6]: keySection(v6, 2),
    [SECTION.meta6]: metaSection(v6, 0, verdictWidth),
    [SECTION.keys6Long]: keySection(v6Long, 4),
    [SECTION.meta6Long]: metaSection(v6Long, 0, verdictWidth),
    [SECTION.symbols]: names.coder.section(),
    [SECTION.silentIndex]: names.silent.index,
    [SECTION.silentBlocks]: names.silent.blocks,
    [SECTION.further]: explanations.further(),
    [SECTION.aliases]: explanations.aliases(),
    [SECTION.notes]: explanations.notes(),
    [SECTION.lost4]: explanations.lost(4),
    [SECTION.lost6]: explanations.lost(6),
    [SECTION.patterns]: patterns.rules,
    [SECTION.patterns + 1]: patterns.grams,
    [SECTION.patterns + 2]: patterns.programs,
    [SECTION.patterns + 3]: patterns.texts,
  }
  const file = assemble(sections)
  writeCounts(file, content, names, explanations)
  file[HEADER.verdictWidth] = verdictWidth
  file[HEADER.lineWidth] = lineWidth
  return { file, sections }
}

/** All of the header that no section and no seal is in. */
function writeCounts(
  file: Uint8Array,
  { rules, outcomes, spoken, prefixes, patterns }: Content,
  names: NameSections,
  explanations: Explanations,
): void {
  const { v4, v6, v6Long } = prefixes
  const counts: readonly (readonly [at: number, count: number])[] = [
    [HEADER.names, spoken.count],
    [HEADER.silent, spoken.silent.length],
    [HEADER.prefixes4, v4.count],
    [HEADER.prefixes6, v6.count],
    [HEADER.prefixes6Long, v6Long.count],
    [HEADER.lines, names.entries.lines],
    [HEADER.silentLines, names.silent.lines],
    [HEADER.verdicts, outcomes.verdictCount],
    [HEADER.categories, outcomes.categories.length],
    [HEADER.lists, rules.lists.length],
    [HEADER.patterns, patterns.count],
    [HEADER.further, spoken.furtherCount],
    [HEADER.aliases, explanations.aliasCount],
    [HEADER.notes, explanations.noteCount],
    [HEADER.lost4, prefixes.lost4.length],
    [HEADER.lost6, prefixes.lost6.length],
    [HEADER.rules, rules.count],
  ]
  for (const [at, count] of counts) writeNumber(file, at, count, 4)
  writeNumber(file, HEADER.seed, rules.seed[0], 4)
  writeNumber(file, HEADER.seed + 4, rules.seed[1], 4)
  if (rules.expires !== Infinity) {
    new DataView(file.buffer).setBigUint64(HEADER.expires, BigInt(Math.floor(rules.expires)), true)
  }
  file[HEADER.index4Bits] = indexBits(v4)
  file[HEADER.minLabels] = spoken.minLabels
  file[HEADER.maxLabels] = spoken.maxLabels
}
