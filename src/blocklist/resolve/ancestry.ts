import { BELOW } from '../ruleset/format.js'
import { Suffixes } from '../ruleset/hash.js'
import { NONE, type NameTable } from './nametable.js'
import { RULE, RULE_WORDS, type RuleStore } from '../rules.js'

/** Bits of the filter for each name that reaches below: most names above a name are not listed. */
const FILTER_BITS = 12
/** Names that are looked at together: their texts are fetched before any is needed. */
const BATCH = 64
const LABELS_MAX = 127
const SOUGHT = 2 * LABELS_MAX

/** For each name the nearest listed one above it with a rule for what is below; NONE where there is none. */
export function findParents(rules: RuleStore, table: NameTable): Uint32Array {
  const parents = new Uint32Array(table.count).fill(NONE)
  const reaching = new Reaching(rules, table)
  if (reaching.fewest === Infinity) return parents
  const { words } = rules.records
  const batch = new Uint32Array(BATCH)
  const search = new Search(rules, table, reaching, parents)
  let waiting = 0
  for (let name = 0; name < table.count; name++) {
    const record = table.starts[name]! * RULE_WORDS
    const further = words[record + RULE.labels]! - reaching.fewest
    if (further <= 0 || (further === 1 && !reaching.mayHave(words[record + RULE.above]!))) continue
    batch[waiting++] = name
    if (waiting < BATCH) continue
    search.run(batch, waiting)
    waiting = 0
  }
  search.run(batch, waiting)
  return parents
}

/** The names with a rule for what is below them. */
class Reaching {
  /** Labels of the shortest one. */
  fewest = Infinity
  readonly isReaching: Uint8Array
  private readonly filter: Uint32Array
  private readonly shift: number

  constructor(rules: RuleStore, table: NameTable) {
    const { words } = rules.records
    const { starts } = table
    this.isReaching = new Uint8Array(table.count)
    let count = 0
    for (let name = 0; name < table.count; name++) {
      let meta = 0
      const end = starts[name + 1]!
      for (let i = starts[name]!; i < end; i++) meta |= words[i * RULE_WORDS + RULE.meta]!
      if ((meta & BELOW) === 0) continue
      this.isReaching[name] = 1
      const labels = table.labels(name)
      if (labels < this.fewest) this.fewest = labels
      count++
    }
    const bits = Math.ceil(Math.log2(Math.max(32, count * FILTER_BITS)))
    this.shift = 32 - bits
    this.filter = new Uint32Array(2 ** bits / 32)
    for (let name = 0; name < table.count; name++) {
      if (this.isReaching[name] === 0) continue
      const bit = table.lo(name) >>> this.shift
      this.filter[bit >>> 5]! |= 1 << (bit & 31)
    }
  }

  /** By the lower half of a name's hash: false is certain. */
  mayHave(lo: number): boolean {
    const bit = lo >>> this.shift
    return (this.filter[bit >>> 5]! & (1 << (bit & 31))) !== 0
  }
}

/** Looks for the names above some names, each step for all of them before the next one. */
class Search {
  private readonly suffixes: Suffixes
  private readonly view: DataView
  /** Names to look for: below whom, their hashes, where they are in the pool. */
  private count = 0
  private readonly child = new Uint32Array(SOUGHT)
  private readonly lo = new Uint32Array(SOUGHT)
  private readonly hi = new Uint32Array(SOUGHT)
  private readonly at = new Uint32Array(SOUGHT)
  private readonly end = new Uint32Array(SOUGHT)
  private readonly places = new Uint32Array(SOUGHT)

  constructor(
    rules: RuleStore,
    private readonly table: NameTable,
    private readonly reaching: Reaching,
    private readonly parents: Uint32Array,
  ) {
    this.suffixes = new Suffixes(rules.seed)
    this.view = rules.poolView()
  }

  run(names: Uint32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      if (this.count > SOUGHT - LABELS_MAX) this.find()
      this.seek(names[i]!)
    }
    this.find()
  }

  /** Names above `name`, the longest first, that may be listed. */
  private seek(name: number): void {
    const { table, suffixes, reaching } = this
    const at = table.at(name)
    const end = at + table.length(name)
    suffixes.hash(this.view, at, end)
    for (let k = suffixes.count - 2; k >= reaching.fewest - 1; k--) {
      if (!reaching.mayHave(suffixes.lo[k]!)) continue
      const n = this.count++
      this.child[n] = name
      this.lo[n] = suffixes.lo[k]!
      this.hi[n] = suffixes.hi[k]!
      this.at[n] = suffixes.at[k]!
      this.end[n] = end
    }
  }

  private find(): void {
    const { table, parents, lo, hi, at, end, child } = this
    table.fetch(lo, this.count, this.places)
    for (let i = 0; i < this.count; i++) {
      if (parents[child[i]!] !== NONE) continue
      const found = table.find(lo[i]!, hi[i]!, at[i]!, end[i]! - at[i]!)
      if (found !== NONE && this.reaching.isReaching[found] === 1) parents[child[i]!] = found
    }
    this.count = 0
  }
}
