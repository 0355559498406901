import { BELOW } from './format.js'
import { Suffixes } from './hash.js'
import { NONE, type NameTable } from './nametable.js'
import { RULE, RULE_WORDS, type RuleStore } from './rules.js'

/** Bits of the filter for each name that reaches below: most names above a name are not listed. */
const FILTER_BITS = 16

/** For each name the nearest listed one above it with a rule for what is below; NONE where there is none. */
export function findParents(rules: RuleStore, table: NameTable): Uint32Array {
  const parents = new Uint32Array(table.count).fill(NONE)
  const reaching = new Reaching(rules, table)
  const { fewest } = reaching
  const suffixes = new Suffixes(rules.seed)
  const bytes = rules.poolView()
  for (let name = 0; name < table.count; name++) {
    if (table.labels[name]! <= fewest) continue
    const end = table.at[name]! + table.length[name]!
    suffixes.hash(bytes, table.at[name]!, end)
    for (let i = suffixes.count - 2; i >= fewest - 1; i--) {
      const from = suffixes.at[i]!
      const found = reaching.find(suffixes.lo[i]!, suffixes.hi[i]!, from, end - from)
      if (found === NONE) continue
      parents[name] = found
      break
    }
  }
  return parents
}

/** The names with a rule for what is below them. */
class Reaching {
  /** Labels of the shortest one. */
  fewest = Infinity
  private readonly isReaching: Uint8Array
  private readonly filter: Uint32Array
  private readonly mask: number

  constructor(
    rules: RuleStore,
    private readonly table: NameTable,
  ) {
    const { words } = rules.records
    const { order, starts, labels } = table
    this.isReaching = new Uint8Array(table.count)
    let count = 0
    for (let name = 0; name < table.count; name++) {
      const end = starts[name + 1]!
      for (let i = starts[name]!; i < end; i++) {
        if ((words[order[i]! * RULE_WORDS + RULE.meta]! & BELOW) === 0) continue
        this.isReaching[name] = 1
        if (labels[name]! < this.fewest) this.fewest = labels[name]!
        count++
        break
      }
    }
    const bits = 2 ** Math.ceil(Math.log2(Math.max(32, count * FILTER_BITS)))
    this.mask = bits - 1
    this.filter = new Uint32Array(bits / 32)
    for (let name = 0; name < table.count; name++) {
      if (this.isReaching[name] === 0) continue
      const bit = table.hi[name]! & this.mask
      this.filter[bit >>> 5]! |= 1 << (bit & 31)
    }
  }

  find(lo: number, hi: number, at: number, length: number): number {
    const bit = hi & this.mask
    if ((this.filter[bit >>> 5]! & (1 << (bit & 31))) === 0) return NONE
    const found = this.table.find(lo, hi, at, length)
    return found !== NONE && this.isReaching[found] === 1 ? found : NONE
  }
}
