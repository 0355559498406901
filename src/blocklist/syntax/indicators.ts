import { eachRow, type Row } from './csv.js'
import type { SourceDocument } from './document.js'
import { INDICATOR_PROBLEM, IndicatorStore } from './indicatorstore.js'
import { eachRecord } from './json.js'
import { isTrue, NOT_TO_IDS } from './misp.js'
import type { Reading } from './reading.js'

type Field = 'type' | 'value' | 'action' | 'title' | 'severity' | 'expires' | 'toIds'

/** Names of columns and properties, in lower case without blanks, hyphens and underscores. */
const FIELDS: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['indicatortype', 'type'],
  ['type', 'type'],
  ['kind', 'type'],
  ['indicatorvalue', 'value'],
  ['indicator', 'value'],
  ['value', 'value'],
  ['action', 'action'],
  ['title', 'title'],
  ['name', 'title'],
  ['comment', 'title'],
  ['severity', 'severity'],
  ['expirationtime', 'expires'],
  ['expiration', 'expires'],
  ['expires', 'expires'],
  ['validuntil', 'expires'],
  ['toids', 'toIds'],
])
/** Of a table without a heading. */
const POSITIONS: readonly Field[] = ['action', 'type', 'value', 'title']

const ROW = 'a row with a quote that does not end, or with too much in it'

type Texts = Readonly<Partial<Record<Field, string>>>

/** Custom indicators: JSON, or a table with or without a heading, cells separated by tabs, commas or semicolons. */
export function readIndicators(source: SourceDocument, reading: Reading): void {
  if (/^\s*[[{]/.test(source.text)) readJson(source, reading)
  else readTable(source, reading)
}

function fieldOf(name: string): Field | undefined {
  return FIELDS.get(name.toLowerCase().replace(/[\s_-]+/g, ''))
}

function add(store: IndicatorStore, { type, value, toIds, ...rest }: Texts): void {
  if (value === undefined) store.rules.refuse(INDICATOR_PROBLEM.value)
  else if (toIds !== undefined && !isTrue(toIds)) store.rules.refuse(NOT_TO_IDS)
  else store.add({ type: type ?? '', value, ...rest })
}

/** An array of indicators, or one that an object has, as an API's answer does. */
function readJson(source: SourceDocument, reading: Reading): void {
  const store = new IndicatorStore(reading)
  const keys = new Set([...FIELDS.keys(), 'to_ids', 'valid_until'])
  const isWanted = (_key: string, depth: number): boolean => depth <= 1
  eachRecord(source, reading.rules, keys, isWanted, (record) => {
    const texts: Partial<Record<Field, string>> = {}
    let line = record.line
    for (const key of keys) {
      const text = record.get(key)
      const field = fieldOf(key)!
      if (text === undefined) continue
      texts[field] ??= text
      if (field === 'value') line = record.lineOf(key)
    }
    source.at(line)
    add(store, texts)
  })
}

function readTable(source: SourceDocument, reading: Reading): void {
  const store = new IndicatorStore(reading)
  const separator = separatorOf(source.text)
  let columns: readonly (Field | undefined)[] | undefined
  const take = ({ cells, lines }: Row): void => {
    if (cells[0]!.startsWith('#')) return
    if (columns === undefined) {
      const heading = headingOf(cells)
      columns = heading ?? POSITIONS
      if (heading !== undefined) return
    }
    const texts: Partial<Record<Field, string>> = {}
    for (const [i, field] of columns.entries()) {
      if (field !== undefined && cells[i] !== undefined) texts[field] ??= cells[i]
    }
    source.at(lines[columns.indexOf('value')] ?? lines[0]!)
    add(store, texts)
  }
  eachRow(source.text, separator, separator !== '\t', take, (line) => {
    source.at(line)
    reading.rules.refuse(ROW)
  })
}

/** What each column is, where a row names what an indicator cannot do without. */
export function headingOf(cells: readonly string[]): readonly (Field | undefined)[] | undefined {
  const columns = cells.map((cell) => fieldOf(cell.trim()))
  return columns.includes('type') && columns.includes('value') ? columns : undefined
}

/** By the first line that is no comment. */
export function separatorOf(text: string): string {
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at)
    const line = text.slice(at, end < 0 ? text.length : end)
    if (line.trim() !== '' && !line.startsWith('#')) {
      if (line.includes('\t')) return '\t'
      return line.includes(';') && !line.includes(',') ? ';' : ','
    }
    at = end < 0 ? text.length : end + 1
  }
  return ','
}
