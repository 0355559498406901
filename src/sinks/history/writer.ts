import type { ClearedAction, ClearedRun } from '../../privacy/gate.js'
import type { RuleLookup } from '../../records/decode.js'
import type { ClearedTraffic } from '../formats/format.js'
import { addActions } from './actions.js'
import { addRow, CELL, INSERT } from './columns.js'
import { Figures } from './figures.js'
import { prune } from './retention.js'
import { type Cell, Rows } from './rows.js'
import { RunCells } from './runcells.js'
import type { Db } from '../../files/sqlite.js'
import { openToWrite } from './schema.js'
import { Dictionary } from './texts.js'

/** Records between two roundings up of the figures: a reader counts at most so many one by one. */
const ROLL_EVERY = 65_536
const CELLS = Object.keys(CELL).length

/** What the store keeps: what was seen, and what was done. */
export type Kept = ClearedTraffic | ClearedAction

/** Writes records to the store. For one process at a time; others may read meanwhile. */
export class HistoryWriter {
  readonly #db: Db
  readonly #texts: Dictionary
  readonly #figures: Figures
  readonly #rows: Rows
  readonly #runCells: RunCells[] = []

  constructor(
    path: string,
    private readonly rollEvery = ROLL_EVERY,
  ) {
    this.#db = openToWrite(path)
    this.#texts = new Dictionary(this.#db)
    this.#figures = new Figures(this.#db)
    this.#rows = new Rows(this.#db, INSERT, CELLS)
  }

  /** All of them or, where it throws, none. */
  write(records: readonly Kept[]): void {
    this.#write((cells) => {
      for (const record of records) {
        if (record.type !== 'action') addRow(cells, record, this.#texts)
      }
      addActions(
        this.#db,
        records.filter((record) => record.type === 'action'),
      )
    })
  }

  /** What makes cells of runs of an engine, for `writeRuns`. */
  runCells(rule: RuleLookup): RunCells {
    const cells = new RunCells(this.#texts, rule)
    this.#runCells.push(cells)
    return cells
  }

  /** The records that are complete with these runs: all of them or, where it throws, none, and what waits is dropped. */
  writeRuns(of: RunCells, runs: readonly ClearedRun[]): void {
    try {
      this.#write((cells) => {
        for (const run of runs) of.add(cells, run)
      })
    } catch (error) {
      of.cut()
      throw error
    }
  }

  #write(fill: (cells: Cell[]) => void): void {
    const cells: Cell[] = []
    try {
      this.#db.transaction(() => {
        fill(cells)
        this.#rows.insert(cells)
      })()
    } catch (error) {
      this.#forget()
      throw error
    }
    for (let at = 0; at < cells.length; at += CELLS) this.#figures.add(cells, at)
    if (this.#figures.count >= this.rollEvery) this.#tryRoll()
  }

  #forget(): void {
    this.#texts.forget()
    for (const cells of this.#runCells) cells.forget()
  }

  /** The records are kept: a disk that has no room for their figures is tried again with the next. */
  #tryRoll(): void {
    try {
      this.roll()
    } catch {
      // Readers count these records one by one.
    }
  }

  /** Adds the records since the last time to the figures. */
  roll(): void {
    this.#db.transaction(() => this.#rollUp()).immediate()
    this.#figures.clear()
  }

  #rollUp(): void {
    const from = this.#db.prepare('SELECT record FROM rolled').pluck().get() as number
    const to = this.#db.prepare('SELECT coalesce(max(id), 0) FROM record').pluck().get() as number
    // Others than what this process wrote: it, or another one, was killed before it came to this.
    if (to - from !== this.#figures.count) this.#recount(from)
    this.#figures.store()
    this.#db.prepare('UPDATE rolled SET record = ?').run(to)
    this.#index(to)
  }

  #recount(from: number): void {
    this.#figures.clear()
    const columns = Object.keys(CELL).join()
    const rows = this.#db.prepare<[number], Cell[]>(`SELECT ${columns} FROM record WHERE id > ?`)
    for (const cells of rows.raw().iterate(from)) this.#figures.add(cells, 0)
  }

  /** Where enough records are in no segment, they are made one. */
  #index(to: number): void {
    const last = this.#db.prepare('SELECT coalesce(max(last), 0) FROM segment').pluck().get()
    if (to - (last as number) < this.rollEvery) return
    const first = (last as number) + 1
    const { lastInsertRowid: number } = this.#db
      .prepare('INSERT INTO segment (first, last) VALUES (?, ?)')
      .run(first, to)
    this.#db
      .prepare(
        `INSERT INTO host_record SELECT ?, host, id FROM record
         WHERE id BETWEEN ? AND ? AND host IS NOT NULL ORDER BY host, id`,
      )
      .run(number, first, to)
  }

  /** Removes what began before `before` (microseconds since 1970), names included, a part at a time. */
  prune(before: number): void {
    this.roll()
    prune(this.#db, before)
    this.#forget()
  }

  close(): void {
    this.roll()
    this.#db.pragma('wal_checkpoint(TRUNCATE)')
    this.#db.close()
  }
}
