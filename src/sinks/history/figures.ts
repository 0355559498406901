// Figures of records that were written: they wait here until they are worth a transaction.
import { CELL, HOUR_US } from './columns.js'
import { type Cell, Rows } from './rows.js'
import type { Db } from '../../files/sqlite.js'

/** What is counted by: a column of `record`, and the number that stands for it. */
export const WHATS = { host: 0, rule: 1, category: 2, protocol: 3 } as const
export type What = keyof typeof WHATS

const COLUMNS = (Object.keys(WHATS) as What[]).map((what) => CELL[what])
const HOURS_A_DAY = 24

interface Count {
  flows: number
  bytes: number
}
/** For each of `WHATS`, by key. */
type Tally = readonly Map<number, Count>[]
/** By verdict. */
type Verdicts = Map<number, Tally>

/** How figures come to those that are there. */
export const ADDED =
  'ON CONFLICT DO UPDATE SET flows = flows + excluded.flows, bytes = bytes + excluded.bytes'

export class Figures {
  /** Records that are counted here. */
  count = 0
  readonly #hours = new Map<number, Verdicts>()
  readonly #hourly: Rows
  readonly #daily: Rows
  readonly #total: Rows

  constructor(db: Db) {
    this.#hourly = new Rows(db, 'INSERT INTO hourly', 6, ADDED)
    this.#daily = new Rows(db, 'INSERT INTO daily', 6, ADDED)
    this.#total = new Rows(db, 'INSERT INTO total', 5, ADDED)
  }

  /** Counts the record whose cells begin at `from`. */
  add(cells: readonly Cell[], from: number): void {
    const number = (column: number): number => cells[from + column] as number
    const hour = Math.floor(number(CELL.start) / HOUR_US)
    const tally = tallyOf(verdictsOf(this.#hours, hour), number(CELL.verdict))
    // Records of DNS have no bytes: null counts as 0.
    const bytes = number(CELL.bytes_up) + number(CELL.bytes_down)
    for (let what = 0; what < COLUMNS.length; what++) {
      const key = cells[from + COLUMNS[what]!] as number | null
      if (key !== null) addTo(tally[what]!, key, 1, bytes)
    }
    this.count++
  }

  /** Adds all to the tables. */
  store(): void {
    const days = new Map<number, Verdicts>()
    const total: Verdicts = new Map()
    for (const [hour, verdicts] of this.#hours) {
      merge(verdictsOf(days, Math.floor(hour / HOURS_A_DAY)), verdicts)
    }
    for (const verdicts of days.values()) merge(total, verdicts)
    for (const [hour, verdicts] of this.#hours) this.#hourly.insert(cellsOf(verdicts, [hour]))
    for (const [day, verdicts] of days) this.#daily.insert(cellsOf(verdicts, [day]))
    this.#total.insert(cellsOf(total, []))
  }

  clear(): void {
    this.count = 0
    this.#hours.clear()
  }
}

function addTo(counts: Map<number, Count>, key: number, flows: number, bytes: number): void {
  const count = counts.get(key)
  if (count) {
    count.flows += flows
    count.bytes += bytes
  } else {
    counts.set(key, { flows, bytes })
  }
}

function verdictsOf(times: Map<number, Verdicts>, at: number): Verdicts {
  let verdicts = times.get(at)
  if (!verdicts) times.set(at, (verdicts = new Map<number, Tally>()))
  return verdicts
}

function tallyOf(verdicts: Verdicts, verdict: number): Tally {
  let tally = verdicts.get(verdict)
  if (!tally) verdicts.set(verdict, (tally = COLUMNS.map(() => new Map<number, Count>())))
  return tally
}

function merge(into: Verdicts, from: Verdicts): void {
  for (const [verdict, tally] of from) {
    const sums = tallyOf(into, verdict)
    for (const [what, counts] of tally.entries()) {
      for (const [key, { flows, bytes }] of counts) addTo(sums[what]!, key, flows, bytes)
    }
  }
}

/** Rows of a table, in the order in which they lie there as far as that is cheap; `time` is where it has one. */
function cellsOf(verdicts: Verdicts, time: readonly number[]): number[] {
  const cells: number[] = []
  for (const [verdict, tally] of verdicts) {
    for (const [what, counts] of tally.entries()) {
      for (const key of Float64Array.from(counts.keys()).sort()) {
        const { flows, bytes } = counts.get(key)!
        cells.push(what, ...time, key, verdict, flows, bytes)
      }
    }
  }
  return cells
}
