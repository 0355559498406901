import type { Ruleset } from '../engine/ruleset.js'
import { RuleTexts } from '../engine/ruletexts.js'
import { addressAt, type Bits, networksOf, rangeOf } from './addressrange.js'
import { ASK_MAX, Asker } from './diffasker.js'
import { type Change, changeAt, isChanged } from './diffchange.js'

/** Addresses [start, end) that change alike. */
interface Stretch {
  readonly change: Change
  readonly start: bigint
  end: bigint
}

/**
 * A verdict changes where a network begins or ends, and nowhere else: one address behind every border of
 * either ruleset is asked, and what it says holds up to the next border.
 */
export function diffNetworks(
  was: Ruleset,
  is: Ruleset,
  isVerbose: boolean,
  found: (change: Change) => void,
): void {
  const borders = bordersOf([was, is])
  const asker = new Asker(was, is, isVerbose)
  for (const bits of [32, 128] as const) {
    for (const { change, start, end } of joined(asker, stretches(asker, bits, borders[bits]))) {
      for (const text of networksOf(bits, start, end)) found({ ...change, text })
    }
  }
}

function bordersOf(rulesets: readonly Ruleset[]): Record<Bits, readonly bigint[]> {
  const borders = { 32: new Set<bigint>(), 128: new Set<bigint>() }
  for (const ruleset of rulesets) {
    for (const { kind, lines } of new RuleTexts(ruleset)) {
      if (kind !== 'network' && kind !== 'further') continue
      for (const text of lines.toString('latin1', 0, lines.length - 1).split('\n')) {
        const range = text.includes('/') ? rangeOf(text) : undefined
        if (range) borders[range.bits].add(range.start).add(range.end)
      }
    }
  }
  const inOrder = (all: ReadonlySet<bigint>): bigint[] =>
    [...all].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return { 32: inOrder(borders[32]), 128: inOrder(borders[128]) }
}

function stretches(asker: Asker, bits: Bits, borders: readonly bigint[]): Stretch[] {
  const changed: Stretch[] = []
  for (let from = 0; from + 1 < borders.length; from += ASK_MAX) {
    const starts = borders.slice(from, Math.min(from + ASK_MAX, borders.length - 1))
    const answers = asker.ask(starts.map((start) => addressAt(bits, start)))
    for (const [i, start] of starts.entries()) {
      if (!isChanged(answers, i)) continue
      const change = changeAt(answers, i, 'network', '')
      changed.push({ change, start, end: borders[from + i + 1]! })
    }
  }
  return changed
}

/** Neighbours that the same rules decide become one: an entry behind a narrower network has a number of its own. */
function joined(asker: Asker, parts: readonly Stretch[]): Stretch[] {
  const sources = asker.sources(
    Uint32Array.from(parts, ({ change }) => change.was),
    Uint32Array.from(parts, ({ change }) => change.is),
  )
  const all: Stretch[] = []
  let lastKey = ''
  for (const [i, part] of parts.entries()) {
    const key = `${sources.was[i]}\n${sources.is[i]}`
    const last = all.at(-1)
    if (last && last.end === part.start && key === lastKey) last.end = part.end
    else all.push({ ...part })
    lastKey = key
  }
  return all
}
