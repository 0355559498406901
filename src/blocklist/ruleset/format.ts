/**
 * The numbers of the compiled file. native/RULESET.md explains them and
 * native/core/ruleset.c reads them; a change here is a change of VERSION.
 */
export const MAGIC = Uint8Array.of(0x89, 0x57, 0x45, 0x49, 0x52, 0x0d, 0x0a, 0x1a)
export const VERSION = 4
export const HEADER_LENGTH = 512
export const ALIGNMENT = 64

/** Offsets of the header's fields. */
export const HEADER = {
  version: 8, // u16
  checksum: 12, // u32
  fileLength: 16, // u32
  flags: 20, // u32: what a reader must understand; none yet
  seed: 24, // u64
  sha256: 32, // 32 bytes
  names: 64, // u32, as all down to `rules`
  silent: 68,
  prefixes4: 72,
  prefixes6: 76,
  prefixes6Long: 80,
  lines: 84,
  silentLines: 88,
  verdicts: 96,
  categories: 100,
  lists: 104,
  patterns: 108,
  further: 112,
  aliases: 116,
  notes: 120,
  lost4: 124,
  lost6: 128,
  rules: 132,
  expires: 136, // u64
  verdictWidth: 144, // u8, as all down to `cellBits`
  lineWidth: 145,
  networkVerdictWidth: 146,
  minLabels: 147,
  maxLabels: 148,
  cellBits: 149, // three
  cells: 152, // three times u32
  networkVerdicts: 164, // u32
  keyNumber: 184, // 8 bytes
  signature: 192, // 64 bytes
  sections: 256, // 32 times u32 offset, u32 length
} as const

/** Places in the section table. */
export const SECTION = {
  index: 0,
  blocks: 2,
  verdicts: 3,
  categories: 4,
  lists: 5,
  lines: 6,
  cells: 7,
  keys4: 8,
  outcomes4: 9,
  keys6: 10,
  outcomes6: 11,
  keys6Long: 12,
  outcomes6Long: 13,
  symbols: 14,
  silentIndex: 15,
  silentBlocks: 16,
  further: 17,
  aliases: 18,
  notes: 19,
  lost4: 20,
  lost6: 21,
  patterns: 22, // and three more
} as const
/** Sections that only explanations read. */
export const EXPLAINING: readonly number[] = [
  SECTION.lines,
  SECTION.silentIndex,
  SECTION.silentBlocks,
  SECTION.further,
  SECTION.aliases,
  SECTION.notes,
  SECTION.lost4,
  SECTION.lost6,
]

/** A line of the index: what is said of two blocks of names, then words of 64 bits of their filter. */
export const LINE_HEAD = 16
export const LINE_WORDS = 6
/** Names that a line has on average. */
export const LINE_TARGET = 32
export const BLOCK_LIMIT = 64
/** A reader may load this far beyond the last block. */
export const BLOCK_SLACK = 8

export const VERDICT_LENGTH = 16
/** Where the verdict of a network has the network's length. */
export const NETWORK_BITS_AT = 3
/** Fewest networks that a cell of the index of addresses has on average. */
export const CELL_TARGET = 12
export const LIST_LENGTH = 16
export const NO_CATEGORY = 0xffffffff
export const CATEGORIES_MAX = 64
/** Lines that all lists have together: what a packed rule has room for. */
export const LINES_MAX = 2 ** 26 - 1

export const SYMBOLS = 256
export const SYMBOL_MAX = 8

/** Bits of a verdict's flags. */
export const SELF = 1 // speaks for the name itself
export const BELOW = 2 // speaks for what is below it
export const AUDITED = 4 // an audit speaks too
export const SPECIFIC_SPOKE = 8 // patterns of lists in which the most specific wins do not

export const NAME_MAX = 253
export const LABEL_MAX = 63

/** weir_action of weir.h. */
export const ACTIONS = ['none', 'allow', 'audit', 'warn', 'block'] as const
export type Action = Exclude<(typeof ACTIONS)[number], 'none'>

/** FNV-1a, 32 bits: a torn header is noticed; whoever wants proof has the SHA-256. */
export function headerChecksum(header: Uint8Array): number {
  let h = 0x811c9dc5
  for (let i = 0; i < HEADER_LENGTH; i++) {
    const skipped = i >= HEADER.checksum && i < HEADER.checksum + 4
    h = Math.imul(h ^ (skipped ? 0 : header[i]!), 0x01000193)
  }
  return h >>> 0
}
