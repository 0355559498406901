import { ACTIONS } from '../records/vocabulary.js'
import type { Asker } from './diffasker.js'
import { type Change, type Effect, EFFECTS } from './diffchange.js'
import { shown } from './diagnostics.js'
import type { Output } from './output.js'
import { styler } from './style.js'

const BATCH = 4096
const WIDTHS = { asked: 8, text: 40, verdict: 14 }
const SIGNS: Readonly<Record<Effect, { sign: string; label: string; colour?: 'red' | 'green' }>> = {
  'newly-blocked': { sign: '+', label: 'newly blocked', colour: 'red' },
  'no-longer-blocked': { sign: '-', label: 'no longer blocked', colour: 'green' },
  other: { sign: '~', label: 'other changes' },
  'another-list': { sign: '=', label: 'decided by another list' },
}

/** A rule and where it comes from; null where none speaks. */
type Source = { readonly text: string; readonly list: string; readonly line: number } | null

/** How many changes there are of each effect, and how often they were asked for. */
export function totals(
  changes: readonly Change[],
): Record<Effect, { count: number; asked: number }> {
  const all = EFFECTS.map((effect) => [effect, { count: 0, asked: 0 }] as const)
  const found = Object.fromEntries(all) as Record<Effect, { count: number; asked: number }>
  for (const { effect, asked } of changes) {
    found[effect].count++
    found[effect].asked += asked
  }
  return found
}

/** `+ name  was → is  rule (list:line)` for each, with how often it was asked for where a log was read. */
export function writeText(output: Output, asker: Asker, changes: readonly Change[]): void {
  const style = styler(process.stdout.isTTY)
  eachWithSources(asker, changes, (change, was, is) => {
    const { sign, colour } = SIGNS[change.effect]
    const verdict = `${ACTIONS[change.wasAction]} → ${ACTIONS[change.isAction]}`
    const asked = change.asked ? `${String(change.asked).padStart(WIDTHS.asked)}  ` : ''
    const name = nameOf(change).padEnd(WIDTHS.text)
    const line = `${sign} ${asked}${name}  ${verdict.padEnd(WIDTHS.verdict)}  ${rulesText(was, is)}`
    output.text(`${colour ? style(colour, line) : line}\n`)
  })
}

function nameOf({ text, scope }: Change): string {
  if (text === null) return '(withheld)'
  if (scope === 'below') return shown(`*.${text}`)
  return scope === 'both' ? `${shown(text)} and below` : shown(text)
}

function rulesText(was: Source, is: Source): string {
  const texts = [was, is].flatMap((source) =>
    source ? [`${shown(source.text)} (${shown(source.list)}:${source.line})`] : [],
  )
  return texts.join(' → ')
}

export function countsText(changes: readonly Change[]): string {
  const counts = totals(changes)
  const parts = EFFECTS.flatMap((effect) => {
    const { count, asked } = counts[effect]
    if (effect === 'another-list' && !count) return []
    return [`${count} ${SIGNS[effect].label}${asked ? ` (asked for ${asked} times)` : ''}`]
  })
  return `${parts.join(', ')}\n`
}

/** One JSON object a change. */
export function writeRecords(output: Output, asker: Asker, changes: readonly Change[]): void {
  eachWithSources(asker, changes, (change, was, is) => {
    const { effect, kind, text, scope, wasAction, isAction, asked } = change
    const record = {
      type: 'change',
      effect,
      kind,
      text,
      scope,
      ...(asked ? { asked } : {}),
      was: { action: ACTIONS[wasAction], rule: was },
      is: { action: ACTIONS[isAction], rule: is },
    }
    output.text(`${JSON.stringify(record)}\n`)
  })
}

function eachWithSources(
  asker: Asker,
  changes: readonly Change[],
  visit: (change: Change, was: Source, is: Source) => void,
): void {
  for (let from = 0; from < changes.length; from += BATCH) {
    const some = changes.slice(from, from + BATCH)
    const sources = asker.sources(
      Uint32Array.from(some, ({ was }) => was),
      Uint32Array.from(some, ({ is }) => is),
    )
    for (const [i, change] of some.entries()) {
      visit(change, sourceOf(sources.was[i]!), sourceOf(sources.is[i]!))
    }
  }
}

/** Of `text<tab>list:line`. */
function sourceOf(source: string): Source {
  const tab = source.indexOf('\t')
  const colon = source.lastIndexOf(':')
  if (colon < tab) return null
  return {
    text: source.slice(0, tab),
    list: source.slice(tab + 1, colon),
    line: Number(source.slice(colon + 1)),
  }
}
