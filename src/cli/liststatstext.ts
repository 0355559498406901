import { shown } from './diagnostics.js'
import type { Figures, StatsFigures } from './liststats.js'
import { columns, sizeText } from './liststext.js'
import { styler } from './style.js'

/** Pairs of lists; all of them are in the JSON. */
const OVERLAPS_SHOWN = 20

export function statsText({ lists, overlaps, total }: StatsFigures): string {
  const style = styler(process.stdout.isTTY)
  const bold = (head: readonly string[]) => (row: readonly string[], line: string) =>
    row === head ? style('bold', line) : line
  const head = ['list', 'rules', 'names', 'networks', 'patterns', 'no rules', 'compiled', 'unique']
  const rows = lists.map((list) => [shown(list.list), ...cells(list), part(list.unique, list)])
  const sum = ['together', ...cells(total), '']
  const right = new Set([1, 2, 3, 4, 5, 6, 7])
  const table = columns([head, ...rows, sum], right, bold(head))
  if (!overlaps.length) return table
  const byList = new Map(lists.map((list) => [list.list, list]))
  const pairs = ['of', 'in', 'alike', 'exactly', 'by a rule above']
  const pairRows = overlaps.slice(0, OVERLAPS_SHOWN).map(({ list, by, exact, above }) => {
    const alike = part(exact + above, byList.get(list)!)
    return [shown(list), shown(by), alike, String(exact), String(above)]
  })
  const left = overlaps.length - OVERLAPS_SHOWN
  const more = left > 0 ? `and ${left} more pairs (--json)\n` : ''
  return `${table}\n${columns([pairs, ...pairRows], new Set([2, 3, 4]), bold(pairs))}${more}`
}

const cells = ({ rules, names, networks, patterns, refused, bytes }: Figures): string[] => [
  ...[rules, names, networks, patterns, refused].map(String),
  sizeText(bytes),
]

/** A number and what part of the list's names and networks that is. */
function part(count: number, { names, networks }: Figures): string {
  const all = names + networks
  return all ? `${count} (${Math.floor((100 * count) / all)} %)` : String(count)
}
