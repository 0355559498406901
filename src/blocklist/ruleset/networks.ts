import { WeirError } from '../../errors.js'
import type { Outcomes } from '../resolve/outcomes.js'
import type { PrefixEntries } from '../resolve/prefixentries.js'
import type { PrefixTables } from '../resolve/prefixtable.js'
import { CELL_TARGET, NETWORK_BITS_AT, VERDICT_LENGTH } from './format.js'
import { wordSection, writeNumber } from './sections.js'

const VERDICTS_MAX = 65_536
const BITS_LIMIT = 256

/** Verdicts of networks, each with their length, once: mostly one byte then says both. */
class NetworkVerdicts {
  private readonly numbers = new Map<number, number>()

  constructor(private readonly outcomes: Outcomes) {}

  get count(): number {
    return this.numbers.size
  }

  number(verdict: number, bits: number): number {
    const key = verdict * BITS_LIMIT + bits
    let number = this.numbers.get(key)
    if (number === undefined) {
      number = this.numbers.size
      if (number === VERDICTS_MAX) throw tooMany()
      this.numbers.set(key, number)
    }
    return number
  }

  section(): Uint8Array {
    const section = new Uint8Array(this.count * VERDICT_LENGTH)
    const verdicts = this.outcomes.verdictSection()
    for (const [key, number] of this.numbers) {
      const from = Math.floor(key / BITS_LIMIT) * VERDICT_LENGTH
      const at = number * VERDICT_LENGTH
      section.set(verdicts.subarray(from, from + VERDICT_LENGTH), at)
      section[at + NETWORK_BITS_AT] = key % BITS_LIMIT
    }
    return section
  }
}

const tooMany = (): WeirError =>
  new WeirError(
    'WEIR_BAD_LIST',
    'networks are in too many combinations of categories and lengths: use fewer categories',
  )

/** The words of an entry's address by which the index has it: of IPv4 the last, of IPv6 the upper half. */
type KeyWords = readonly [high: number, low: number]
const keyWords = (table: PrefixEntries, i: number, isIPv4: boolean): KeyWords => {
  const words = table.words(i)
  return isIPv4 ? [0, words[3]!] : [words[0]!, words[1]!]
}

/** How far one is from the other, without its lowest bits. */
function distance([high, low]: KeyWords, [fromHigh, fromLow]: KeyWords, bits: number): number {
  const borrow = low < fromLow ? 1 : 0
  const top = high - fromHigh - borrow
  const bottom = low - fromLow + borrow * 2 ** 32
  return bits < 32
    ? top * 2 ** (32 - bits) + Math.floor(bottom / 2 ** bits)
    : Math.floor(top / 2 ** (bits - 32))
}

/** Where the addresses begin, in cells of the same width from the first one on. */
interface Cells {
  readonly bits: number
  readonly count: number
  /** One more than there are cells: the first entry of each, and how many there are. */
  readonly starts: Uint32Array
}

/** Cells are as wide as they must be to be no more than one for so many entries. */
function cellsOf(table: PrefixEntries, isIPv4: boolean): Cells {
  if (table.count === 0) return { bits: 0, count: 0, starts: new Uint32Array(1) }
  const first = keyWords(table, 0, isIPv4)
  const last = keyWords(table, table.count - 1, isIPv4)
  const most = Math.max(1, table.count / CELL_TARGET)
  let bits = 0
  while (bits < 63 && distance(last, first, bits) >= most) bits++
  const count = distance(last, first, bits) + 1
  const starts = new Uint32Array(count + 1).fill(table.count)
  for (let i = 0, cell = 0; i < table.count; i++) {
    const own = distance(keyWords(table, i, isIPv4), first, bits)
    while (cell <= own) starts[cell++] = i
  }
  return { bits, count, starts }
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

/** Networks, laid out: IPv4, IPv6 up to /64, longer IPv6. */
export interface NetworkSections {
  readonly keys: readonly Uint8Array[]
  readonly outcomes: readonly Uint8Array[]
  readonly verdicts: Uint8Array
  readonly verdictCount: number
  /** Bytes of a verdict's number. */
  readonly verdictWidth: number
  readonly cells: readonly Cells[]
  readonly index: Uint8Array
}

export function layOutNetworks(
  { v4, v6, v6Long }: PrefixTables,
  outcomes: Outcomes,
): NetworkSections {
  const tables = [v4, v6, v6Long]
  const verdicts = new NetworkVerdicts(outcomes)
  const numbers = tables.map((table) => {
    const shift = table === v4 ? 96 : 0
    return Uint32Array.from({ length: table.count }, (_, i) =>
      verdicts.number(table.verdict(i), table.bits(i) - shift),
    )
  })
  const verdictWidth = verdicts.count > 256 ? 2 : 1
  const cells = tables.map((table) => cellsOf(table, table === v4))
  return {
    keys: [keySection(v4, 1), keySection(v6, 2), keySection(v6Long, 4)],
    outcomes: numbers.map((column) => numberSection(column, verdictWidth)),
    verdicts: verdicts.section(),
    verdictCount: verdicts.count,
    verdictWidth,
    cells,
    index: Buffer.concat(cells.map(({ starts }) => wordSection(starts))),
  }
}

function numberSection(column: Uint32Array, width: number): Uint8Array {
  const section = new Uint8Array(column.length * width)
  for (let i = 0; i < column.length; i++) writeNumber(section, i * width, column[i]!, width)
  return section
}
