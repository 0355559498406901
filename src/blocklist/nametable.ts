import { BELOW, SELF } from './format.js'
import { GrowingWords } from './growing.js'
import { Suffixes } from './hash.js'
import { type ListOutcomes, NO_CLASS, type Outcomes } from './outcomes.js'
import { FIRST_LIST_RANK } from './rank.js'
import { type RuleStore } from './rules.js'

const NONE = 0xffffffff

/** What the lists mean for each name: one entry for each rule that decides something. */
export interface NameEntries {
  readonly count: number
  /** Of the name in the rule store's pool. */
  readonly at: Uint32Array
  readonly length: Uint8Array
  readonly hashLo: Uint32Array
  readonly hashHi: Uint32Array
  readonly verdict: Uint32Array
  readonly line: Uint32Array
  readonly names: number
  readonly minLabels: number
  readonly maxLabels: number
}

/** The distinct names, found by hash and compared byte by byte. */
class Dictionary {
  readonly rule: Uint32Array // a rule that has this name
  readonly lo: Uint32Array
  readonly hi: Uint32Array
  readonly labels: Uint8Array
  count = 0
  /** Pairs: upper half of a name's hash, and its id: most that differ are told without a further miss. */
  private readonly slots: Uint32Array
  private readonly mask: number

  constructor(private readonly rules: RuleStore) {
    const n = rules.names
    this.rule = new Uint32Array(n)
    this.lo = new Uint32Array(n)
    this.hi = new Uint32Array(n)
    this.labels = new Uint8Array(n)
    const size = 2 ** Math.ceil(Math.log2(n * 1.5 + 2))
    this.mask = size - 1
    this.slots = new Uint32Array(size * 2).fill(NONE)
  }

  /** Where the id of the name is, or would go. */
  private place(lo: number, hi: number, at: number, length: number): number {
    for (let slot = lo & this.mask; ; slot = (slot + 1) & this.mask) {
      const id = this.slots[slot * 2 + 1]!
      if (id === NONE) return slot * 2 + 1
      if (this.slots[slot * 2] === hi && this.lo[id] === lo && this.isNamed(id, at, length)) {
        return slot * 2 + 1
      }
    }
  }

  private isNamed(id: number, at: number, length: number): boolean {
    const { bytes } = this.rules.pool
    const rule = this.rule[id]!
    const other = this.rules.nameAt.words[rule]!
    if (this.rules.nameMeta.words[rule]! >>> 8 !== length) return false
    for (let i = 0; i < length; i++) if (bytes[at + i] !== bytes[other + i]) return false
    return true
  }

  find(lo: number, hi: number, at: number, length: number): number {
    return this.slots[this.place(lo, hi, at, length)]!
  }

  add(lo: number, hi: number, labels: number, rule: number): number {
    const length = this.rules.nameMeta.words[rule]! >>> 8
    const place = this.place(lo, hi, this.rules.nameAt.words[rule]!, length)
    if (this.slots[place] === NONE) {
      const id = this.count++
      this.slots[place - 1] = hi
      this.slots[place] = id
      this.rule[id] = rule
      this.lo[id] = lo
      this.hi[id] = hi
      this.labels[id] = labels
    }
    return this.slots[place]!
  }
}

/** Chains of rules by name, in the order of the lists. */
function chainRules(rules: RuleStore, names: Dictionary, suffixes: Suffixes) {
  const nameOf = new Uint32Array(rules.names)
  const head = new Uint32Array(rules.names).fill(NONE)
  const next = new Uint32Array(rules.names).fill(NONE)
  const bytes = rules.pool.view()
  for (let rule = 0; rule < rules.names; rule++) {
    const at = rules.nameAt.words[rule]!
    suffixes.hash(bytes, at, at + (rules.nameMeta.words[rule]! >>> 8))
    const last = suffixes.count - 1
    nameOf[rule] = names.add(suffixes.lo[last]!, suffixes.hi[last]!, suffixes.count, rule)
  }
  for (let rule = rules.names - 1; rule >= 0; rule--) {
    const name = nameOf[rule]!
    next[rule] = head[name]!
    head[name] = rule
  }
  return { nameOf, head, next }
}

/** For each name the nearest name above it that has a rule for what is below. */
function findParents(
  rules: RuleStore,
  names: Dictionary,
  suffixes: Suffixes,
  nameOf: Uint32Array,
): Uint32Array {
  const reaches = new Uint8Array(names.count)
  let fewest = Infinity // labels of a name that reaches below
  for (let rule = 0; rule < rules.names; rule++) {
    if ((rules.nameMeta.words[rule]! & BELOW) === 0) continue
    reaches[nameOf[rule]!] = 1
    fewest = Math.min(fewest, names.labels[nameOf[rule]!]!)
  }
  const parents = new Uint32Array(names.count).fill(NONE)
  const bytes = rules.pool.view()
  for (let id = 0; id < names.count; id++) {
    if (names.labels[id]! <= fewest) continue
    const at = rules.nameAt.words[names.rule[id]!]!
    const end = at + (rules.nameMeta.words[names.rule[id]!]! >>> 8)
    suffixes.hash(bytes, at, end)
    for (let i = suffixes.count - 2; i >= fewest - 1 && parents[id] === NONE; i--) {
      const from = suffixes.at[i]!
      const found = names.find(suffixes.lo[i]!, suffixes.hi[i]!, from, end - from)
      if (found !== NONE && reaches[found] === 1) parents[id] = found
    }
  }
  return parents
}

/** Ids of the names, those with fewer labels first. */
function byDepth(names: Dictionary): Uint32Array {
  const starts = new Uint32Array(130)
  for (let id = 0; id < names.count; id++) starts[names.labels[id]! + 1]!++
  for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1]!
  const order = new Uint32Array(names.count)
  for (let id = 0; id < names.count; id++) order[starts[names.labels[id]!]!++] = id
  return order
}

/** Entries while they are found: name, verdict and deciding rule. */
class Found {
  readonly name = new GrowingWords()
  readonly verdict = new GrowingWords()
  readonly rule = new GrowingWords()

  add(name: number, verdict: number, rule: number): void {
    this.name.push(name)
    this.verdict.push(verdict)
    this.rule.push(rule)
  }
}

/** What holds for a name, or below it: the best class of all that matches, its categories, the rule that decides. */
class Judgement {
  cls = NO_CLASS
  categories = 0
  rule = NONE
  private scope = 0

  constructor(private readonly outcomes: Outcomes) {}

  /** What a name above says; no rule of the name itself decides yet. */
  inherit(cls: number, categories: number): void {
    this.cls = cls
    this.categories = categories
    this.rule = NONE
  }

  /** Weighs a further rule, in the order of the lists. */
  weigh(rule: number, scope: number, cls: number, categories: number): void {
    if (cls > this.cls) return
    // At one name an exact rule is more specific than one that reaches below.
    const isNearer = scope === SELF && this.scope !== SELF
    this.categories = cls < this.cls ? categories : this.outcomes.union(this.categories, categories)
    if (cls < this.cls || this.rule === NONE || isNearer) {
      this.rule = rule
      this.scope = scope
    }
    this.cls = cls
  }

  equals(other: Judgement): boolean {
    return (
      this.rule === other.rule && this.cls === other.cls && this.categories === other.categories
    )
  }

  /** Decided by a rule of the name itself, not by one above it. */
  addTo(found: Found, name: number, scope: number): void {
    if (this.rule === NONE) return
    found.add(name, this.outcomes.verdict(this.cls, scope, this.categories), this.rule)
  }
}

/**
 * Gives every name its outcome, once for itself and once for what is below it, with what names
 * above it say already worked in. Rules that decide nothing drop out, so that a look-up
 * may stop at the longest name it finds.
 */
export function resolveNames(
  rules: RuleStore,
  outcomes: Outcomes,
  lists: ListOutcomes,
  seed: readonly [lo: number, hi: number],
): NameEntries {
  const names = new Dictionary(rules)
  const suffixes = new Suffixes(seed)
  const { nameOf, head, next } = chainRules(rules, names, suffixes)
  const parents = findParents(rules, names, suffixes, nameOf)
  const belowClass = new Uint8Array(names.count)
  const belowCategories = new Uint16Array(names.count)
  const found = new Found()
  const self = new Judgement(outcomes)
  const below = new Judgement(outcomes)
  for (const name of byDepth(names)) {
    const parent = parents[name]!
    const cls = parent === NONE ? NO_CLASS : belowClass[parent]!
    const categories = parent === NONE ? 0 : belowCategories[parent]!
    self.inherit(cls, categories)
    below.inherit(cls, categories)
    for (let rule = head[name]!; rule !== NONE; rule = next[rule]!) {
      const scope = rules.nameMeta.words[rule]! & (SELF | BELOW)
      const list = rules.nameList.words[rule]!
      const ruleClass = ((rules.nameMeta.words[rule]! >>> 4) & 15) - FIRST_LIST_RANK
      const own = lists.categories[list]!
      if ((scope & SELF) !== 0) self.weigh(rule, scope, ruleClass, own)
      if ((scope & BELOW) !== 0) below.weigh(rule, scope, ruleClass, own)
    }
    belowClass[name] = below.cls
    belowCategories[name] = below.categories
    if (self.equals(below)) {
      self.addTo(found, name, SELF | BELOW)
    } else {
      self.addTo(found, name, SELF)
      below.addTo(found, name, BELOW)
    }
  }
  return entriesOf(rules, names, found)
}

function entriesOf(rules: RuleStore, names: Dictionary, found: Found): NameEntries {
  const count = found.name.length
  const entries = {
    count,
    at: new Uint32Array(count),
    length: new Uint8Array(count),
    hashLo: new Uint32Array(count),
    hashHi: new Uint32Array(count),
    verdict: found.verdict.words.subarray(0, count),
    line: new Uint32Array(count),
    names: names.count,
    minLabels: 128,
    maxLabels: 0,
  }
  for (let i = 0; i < count; i++) {
    const name = found.name.words[i]!
    const rule = found.rule.words[i]!
    entries.at[i] = rules.nameAt.words[rule]!
    entries.length[i] = rules.nameMeta.words[rule]! >>> 8
    entries.hashLo[i] = names.lo[name]!
    entries.hashHi[i] = names.hi[name]!
    entries.line[i] = rules.nameLine.words[rule]!
    entries.minLabels = Math.min(entries.minLabels, names.labels[name]!)
    entries.maxLabels = Math.max(entries.maxLabels, names.labels[name]!)
  }
  return entries
}
