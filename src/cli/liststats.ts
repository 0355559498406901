import { basename } from 'node:path'
import { compile, type CompileStats, type ListSource } from '../blocklist/compile.js'
import { Matches } from '../engine/matches.js'
import { Ruleset } from '../engine/ruleset.js'
import { Store } from '../feeds/store.js'
import { UsageError } from './exit.js'
import { type Items, itemsOf } from './liststatsitems.js'
import { readLists } from './listset.js'
import { Progress } from './progress.js'
import { storeLists } from './storelists.js'

/** What is in a list, or in all of them compiled together. */
export interface Figures {
  readonly rules: number
  /** Distinct ones. */
  readonly names: number
  readonly networks: number
  readonly patterns: number
  /** Lines, and names in lines, that are no rules. */
  readonly refused: number
  /** Of the compiled file. */
  readonly bytes: number
}

export interface ListFigures extends Figures {
  readonly list: string
  /** Names and networks that no other list treats alike. */
  readonly unique: number
}

/** Names and networks of `list` for which `by` asks the same. */
export interface Overlap {
  readonly list: string
  readonly by: string
  /** By a rule for just that name or network, and by one above it, or a pattern. */
  readonly exact: number
  readonly above: number
}

export interface StatsFigures {
  readonly lists: readonly ListFigures[]
  /** The largest first. */
  readonly overlaps: readonly Overlap[]
  readonly total: Figures
}

interface Compiled {
  readonly id: string
  readonly figures: Figures
  readonly ruleset: Ruleset
}

/** Of files, sets of lists, and lists of the store by name; of all that are in the store where none is given. */
export async function listStats(
  directory: string,
  given: readonly string[],
): Promise<StatsFigures> {
  const sources = await sourcesOf(directory, given)
  if (!sources.length) throw new UsageError('no lists: give files, or weir lists add some')
  const progress = new Progress('comparing')
  const step = (position: number): void => progress.show({ position, size: 2 * sources.length + 1 })
  const lists = sources.map((source, i) => {
    step(i)
    return compiled(source)
  })
  const total = figuresOf(compile(sources))
  const overlaps: Overlap[] = []
  const figures = lists.map((list, i) => {
    step(sources.length + i + 1)
    return { list: list.id, ...list.figures, unique: compare(list, lists, overlaps) }
  })
  progress.clear()
  for (const { ruleset } of lists) ruleset.close()
  overlaps.sort((a, b) => b.exact + b.above - (a.exact + a.above) || (a.list < b.list ? -1 : 1))
  return { lists: figures, overlaps, total }
}

async function sourcesOf(directory: string, given: readonly string[]): Promise<ListSource[]> {
  if (!given.length) return storeLists(directory)
  const { lists } = await Store.read(directory)
  const sources: ListSource[] = []
  for (const name of given) {
    const isStored = name === basename(name) && lists.some((list) => list.name === name)
    sources.push(...(isStored ? await storeLists(directory, [name]) : readLists(name)))
  }
  return sources
}

function compiled(source: ListSource): Compiled {
  const result = compile([source])
  return { id: source.id, figures: figuresOf(result), ruleset: Ruleset.from(result.bytes) }
}

function figuresOf({ stats, bytes }: { stats: CompileStats; bytes: Uint8Array }): Figures {
  const { rules, names, networks, patterns, refused } = stats
  return { rules, names, networks, patterns, refused, bytes: bytes.length }
}

/** Asks every other list for what is in this one; returns what none has, and adds what there is in both. */
function compare(list: Compiled, lists: readonly Compiled[], overlaps: Overlap[]): number {
  const others = lists.filter((other) => other !== list)
  const counts = others.map(() => ({ exact: 0, above: 0 }))
  let unique = 0
  for (const items of itemsOf(list.ruleset)) {
    const isCovered = new Uint8Array(items.count)
    const matches = new Matches(items.count)
    for (const [j, { ruleset }] of others.entries()) {
      ruleset.matchNames(items.hosts, matches)
      countCovered(items, matches, counts[j]!, isCovered)
    }
    for (const covered of isCovered) unique += 1 - covered
  }
  for (const [j, count] of counts.entries()) {
    if (count.exact + count.above) overlaps.push({ list: list.id, by: others[j]!.id, ...count })
  }
  return unique
}

function countCovered(
  { actions, depths, count }: Items,
  matches: Matches,
  into: { exact: number; above: number },
  isCovered: Uint8Array,
): void {
  for (let i = 0; i < count; i++) {
    // A narrower network inside this one does not cover it.
    if (matches.actions[i] !== actions[i] || matches.depths[i]! > depths[i]!) continue
    if (matches.depths[i] === depths[i]) into.exact++
    else into.above++
    isCovered[i] = 1
  }
}
