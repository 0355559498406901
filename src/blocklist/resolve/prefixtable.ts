import { AUDITED } from '../ruleset/format.js'
import { NONE } from './nametable.js'
import type { Outcomes } from './outcomes.js'
import { PrefixEntries, withResumes } from './prefixentries.js'
import { sharePrefix } from '../prefixes.js'
import { AUDIT_RANK, FIRST_LIST_RANK, NO_RANK } from '../rank.js'
import { NETWORK_WORDS, type RuleStore } from '../rules.js'

const IPV4_SHIFT = 96

export interface PrefixTables {
  readonly v4: PrefixEntries
  /** IPv6 of at most 64 bits: half the key does. */
  readonly v6: PrefixEntries
  /** IPv6 of more than 64 bits. */
  readonly v6Long: PrefixEntries
  /** Network rules that no entry names: by address, then length, the better rule first. */
  readonly lost4: Uint32Array
  readonly lost6: Uint32Array
  /** Distinct networks. */
  readonly networks: number
}

export function resolvePrefixes(rules: RuleStore, outcomes: Outcomes): PrefixTables {
  const isNamed = new Uint8Array(rules.networkCount)
  const order4 = sorted(rules, 4)
  const order6 = sorted(rules, 6)
  const short4 = new PrefixEntries()
  const short6 = new PrefixEntries()
  const long6 = new PrefixEntries()
  const count4 = resolve(
    rules,
    outcomes,
    order4,
    (bits) => bits + IPV4_SHIFT,
    () => short4,
  )
  const count6 = resolve(
    rules,
    outcomes,
    order6,
    (bits) => bits,
    (bits) => (bits > 64 ? long6 : short6),
  )
  return {
    v4: withResumes(short4, isNamed),
    v6: withResumes(short6, isNamed),
    v6Long: withResumes(long6, isNamed),
    lost4: lost(rules, order4, isNamed),
    lost6: lost(rules, order6, isNamed),
    networks: count4 + count6,
  }
}

/** Those of sorted rules that no entry names, but for what one line says again. */
function lost(
  { networks, networkNotes }: RuleStore,
  order: Uint32Array,
  isNamed: Uint8Array,
): Uint32Array {
  const { words: w } = networks
  const isSaidTwice = (a: number, b: number): boolean => {
    for (let i = 0; i < NETWORK_WORDS; i++) {
      if (w[a * NETWORK_WORDS + i] !== w[b * NETWORK_WORDS + i]) return false
    }
    return !networkNotes.has(b)
  }
  return order.filter((rule, i) => {
    return isNamed[rule] === 0 && (i === 0 || !isSaidTwice(order[i - 1]!, rule))
  })
}

/** Rank of a network rule. */
export function networkRank(rules: RuleStore, rule: number): number {
  return rules.networks.words[rule * NETWORK_WORDS + 4]! >>> 20
}

/** The networks of one IP version by first address, width, rank, place in the lists. */
function sorted(rules: RuleStore, version: number): Uint32Array {
  const { words: w } = rules.networks
  const picked = new Uint32Array(rules.networkCount)
  let n = 0
  for (let i = 0; i < rules.networkCount; i++) {
    if (((w[i * NETWORK_WORDS + 4]! >>> 8) & 0xff) === version) picked[n++] = i
  }
  return picked.slice(0, n).sort((a, b) => {
    return compareNetworks(w, a, b) || networkRank(rules, a) - networkRank(rules, b) || a - b
  })
}

function compareNetworks(w: Uint32Array, a: number, b: number): number {
  const at = a * NETWORK_WORDS
  const bt = b * NETWORK_WORDS
  for (let i = 0; i < 4; i++) if (w[at + i] !== w[bt + i]) return w[at + i]! - w[bt + i]!
  return (w[at + 4]! & 0xff) - (w[bt + 4]! & 0xff)
}

/** A network, and what all rules say together that speak for its addresses. */
class Network {
  /** Of lists: the best rank, its categories, the rule that decides. */
  rank = NO_RANK
  set = 0
  rule = NONE
  /** The most specific indicator. */
  indicator = NONE
  audited = false

  constructor(
    readonly words: Uint32Array,
    readonly bits: number,
    readonly around: Network | undefined,
  ) {
    if (around === undefined) return
    this.rank = around.rank
    this.set = around.set
    this.rule = around.rule
    this.indicator = around.indicator
    this.audited = around.audited
  }

  /** Takes a rule of its own in; the better ones come first. */
  add(rule: number, rank: number, set: number, outcomes: Outcomes): void {
    if (rank === AUDIT_RANK) this.audited = true
    if (rank < FIRST_LIST_RANK) {
      if (this.indicator === (this.around?.indicator ?? NONE)) this.indicator = rule
    } else if (rank < this.rank) {
      this.rank = rank
      this.set = set
      this.rule = rule
    } else if (rank === this.rank) {
      if (this.rule === this.around?.rule) this.rule = rule
      this.set = outcomes.union(this.set, set)
    }
  }
}

/**
 * Every network that covers an address matches it, so each gets the outcome of itself and all around
 * it; those that repeat what is around them drop out, and the longest that is left decides. Returns how
 * many there are.
 */
function resolve(
  rules: RuleStore,
  outcomes: Outcomes,
  order: Uint32Array,
  width: (bits: number) => number,
  into: (bits: number) => PrefixEntries,
): number {
  const { words: w } = rules.networks
  const around: Network[] = []
  const setOf = (rule: number): number => outcomes.setOfList[w[rule * NETWORK_WORDS + 6]!]!
  let count = 0
  for (let from = 0, to = 0; from < order.length; from = to, count++) {
    const first = order[from]!
    for (to = from + 1; to < order.length && compareNetworks(w, first, order[to]!) === 0; to++);
    const at = first * NETWORK_WORDS
    const words = w.subarray(at, at + 4)
    const bits = width(w[at + 4]! & 0xff)
    while (around.length > 0 && !sharePrefix(around.at(-1)!.words, words, around.at(-1)!.bits)) {
      around.pop()
    }
    const network = new Network(words, bits, around.at(-1))
    for (let i = from; i < to; i++) {
      network.add(order[i]!, networkRank(rules, order[i]!), setOf(order[i]!), outcomes)
    }
    const verdict = verdictOf(network)
    if (verdict !== verdictOf(network.around)) {
      const rule = network.indicator === NONE ? network.rule : network.indicator
      const isAlias = compareNetworks(w, rule, first) !== 0
      into(bits).add(words, bits, verdict!, rule, isAlias)
    }
    around.push(network)
  }
  return count

  function verdictOf(network: Network | undefined): number | undefined {
    if (network === undefined) return undefined
    const { indicator, audited } = network
    const isIndicated = indicator !== NONE
    return outcomes.verdict(
      isIndicated ? setOf(indicator) : network.set,
      isIndicated ? networkRank(rules, indicator) : network.rank,
      audited ? AUDITED : 0,
    )
  }
}
