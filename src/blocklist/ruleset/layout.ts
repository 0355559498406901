import { type Blocks, layOutBlocks, sampleNames } from './blocks.js'
import { Explanations } from './explain.js'
import { HEADER, LIST_LENGTH, SECTION } from './format.js'
import type { NameTable } from '../resolve/nametable.js'
import type { Outcomes } from '../resolve/outcomes.js'
import type { PatternSections } from '../pattern/patterntable.js'
import type { PrefixTables } from '../resolve/prefixtable.js'
import type { RuleStore } from '../rules.js'
import { layOutNetworks, type NetworkSections } from './networks.js'
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

export interface Layout {
  readonly file: Uint8Array
  readonly sections: Sections
}

/** The whole file, not sealed yet. Same rules, same bytes. Undefined where another seed is to be tried. */
export function layOut(content: Content): Layout | undefined {
  const { rules, outcomes, spoken, prefixes, patterns } = content
  const verdictWidth = outcomes.verdictCount > 256 ? 2 : 1
  const lineWidth = rules.line >= 2 ** 24 ? 4 : 3
  const names = layOutNames(content, verdictWidth)
  if (names === undefined) return undefined
  const networks = layOutNetworks(prefixes, outcomes)
  const explanations = new Explanations(rules, spoken, prefixes, patterns.count)
  const sections = {
    [SECTION.index]: names.entries.index,
    [SECTION.blocks]: names.entries.blocks,
    [SECTION.verdicts]: Buffer.concat([outcomes.verdictSection(), networks.verdicts]),
    [SECTION.categories]: textSection(outcomes.categories),
    [SECTION.lists]: listSection(content),
    [SECTION.lines]: explanations.lines(lineWidth),
    [SECTION.cells]: networks.index,
    [SECTION.keys4]: networks.keys[0]!,
    [SECTION.outcomes4]: networks.outcomes[0]!,
    [SECTION.keys6]: networks.keys[1]!,
    [SECTION.outcomes6]: networks.outcomes[1]!,
    [SECTION.keys6Long]: networks.keys[2]!,
    [SECTION.outcomes6Long]: networks.outcomes[2]!,
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
  writeNetworks(file, networks)
  file[HEADER.verdictWidth] = verdictWidth
  file[HEADER.lineWidth] = lineWidth
  return { file, sections }
}

function writeNetworks(file: Uint8Array, networks: NetworkSections): void {
  file[HEADER.networkVerdictWidth] = networks.verdictWidth
  writeNumber(file, HEADER.networkVerdicts, networks.verdictCount, 4)
  for (const [i, { bits, count }] of networks.cells.entries()) {
    file[HEADER.cellBits + i] = bits
    writeNumber(file, HEADER.cells + i * 4, count, 4)
  }
}

/** Counts, and what else of the header no section and no seal is in. */
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
  file[HEADER.minLabels] = spoken.minLabels
  file[HEADER.maxLabels] = spoken.maxLabels
}
