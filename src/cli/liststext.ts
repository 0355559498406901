import type { CatalogueEntry } from '../feeds/catalogue.js'
import type { ListEntry } from '../feeds/entry.js'
import type { UpdateResult } from '../feeds/update.js'
import { styler } from './style.js'

const style = styler(process.stdout.isTTY)

/** One line a list: what became of it. */
export function resultsText(results: readonly UpdateResult[]): string {
  if (!results.length) return 'no lists; weir lists add registers one\n'
  const names = width(results.map(({ name }) => name))
  return results
    .map(({ name, outcome, message }) => {
      const text = message.startsWith(outcome) ? message : `${outcome}: ${message}`
      return colour(outcome, `${name.padEnd(names)}  ${text}`) + '\n'
    })
    .join('')
}

export function statusText(lists: readonly ListEntry[], now: Date): string {
  if (!lists.length) return 'no lists; weir lists add registers one\n'
  const rows = lists.map(({ name, good, held, last }) => [
    name,
    good ? String(good.rules) : '-',
    good ? String(good.faults) : '-',
    good ? sizeText(good.bytes) : '-',
    good ? ageText(good.fetched, now) : '-',
    last ? ageText(last.at, now) : '-',
    held ? 'held' : (last?.outcome ?? 'new'),
    held ? held.why : last?.outcome === 'failed' ? last.message : '',
  ])
  const head = ['list', 'rules', 'no rules', 'size', 'age', 'checked', 'result', '']
  return columns([head, ...rows], new Set([1, 2, 3, 4, 5]), (row, line) =>
    row === head ? style('bold', line) : colour(row[6]!, line),
  )
}

export function catalogueText(lists: readonly CatalogueEntry[]): string {
  return lists
    .map(({ name, title, address, licence, syntax, category, homepage }) => {
      const about = [syntax, category, licence].filter((part) => part !== undefined).join(', ')
      return `${style('bold', name)}\n  ${title}\n  ${about}\n  ${address}\n  ${homepage}\n`
    })
    .join('')
}

/** Rows as a table; those at `right` are figures. */
export function columns(
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number>,
  paint: (row: readonly string[], line: string) => string,
): string {
  const widths = rows[0]!.map((_, i) => width(rows.map((row) => row[i]!)))
  return rows
    .map((row) => {
      const cells = row.map((cell, i) =>
        right.has(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!),
      )
      return `${paint(row, cells.join('  ').trimEnd())}\n`
    })
    .join('')
}

const width = (texts: readonly string[]): number =>
  texts.reduce((most, text) => Math.max(most, text.length), 0)

function colour(outcome: string, line: string): string {
  if (outcome === 'failed') return style('red', line)
  return outcome === 'held' ? style('yellow', line) : line
}

export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
] as const

function ageText(then: string, now: Date): string {
  const seconds = Math.max(0, (now.getTime() - Date.parse(then)) / 1000)
  const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? ['s', 1]
  return `${Math.floor(seconds / length)} ${unit}`
}
