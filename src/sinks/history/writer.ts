import type { Statement } from 'better-sqlite3'
import { type ClearedTraffic } from '../formats/format.js'
import { DAY_US, HOUR_US, INSERT, rowOf } from './columns.js'
import { type Db, openToWrite } from './schema.js'
import { Dictionary } from './texts.js'

/** What `hourly` counts by: column of `record`, and the number that stands for it. */
export const WHATS = { host: 0, rule: 1, category: 2, protocol: 3 } as const
export type What = keyof typeof WHATS

/** Records between two roundings up of the hours: a reader counts at most so many one by one. */
const ROLL_EVERY = 100_000
const DELETED_AT_ONCE = 20_000

/** Writes records to the store. For one process at a time; others may read meanwhile. */
export class HistoryWriter {
  readonly #db: Db
  readonly #texts: Dictionary
  readonly #insert: Statement
  #sinceRoll = 0

  constructor(path: string) {
    this.#db = openToWrite(path)
    this.#texts = new Dictionary(this.#db)
    this.#insert = this.#db.prepare(INSERT)
  }

  /** All of them or, where it throws, none. */
  write(records: readonly ClearedTraffic[]): void {
    try {
      this.#db.transaction(() => {
        for (const record of records) this.#insert.run(rowOf(record, this.#texts))
      })()
    } catch (error) {
      this.#texts.forget()
      throw error
    }
    this.#sinceRoll += records.length
    if (this.#sinceRoll >= ROLL_EVERY) this.roll()
  }

  /** Adds the records since the last time to the figures by the hour. */
  roll(): void {
    this.#sinceRoll = 0
    this.#db
      .transaction(() => {
        const from = this.#db.prepare('SELECT record FROM rolled').pluck().get() as number
        const to =
          (this.#db.prepare('SELECT max(id) FROM record').pluck().get() as number | null) ?? 0
        for (const [column, what] of Object.entries(WHATS)) {
          this.#db
            .prepare(
              `INSERT INTO hourly
             SELECT ?, start / ${String(HOUR_US)}, ${column}, verdict, count(*),
               coalesce(sum(bytes_up + bytes_down), 0)
             FROM record WHERE id > ? AND id <= ? AND ${column} IS NOT NULL GROUP BY 2, 3, 4
             ON CONFLICT DO UPDATE SET flows = flows + excluded.flows, bytes = bytes + excluded.bytes`,
            )
            .run(what, from, to)
        }
        this.#db.prepare('UPDATE rolled SET record = ?').run(Math.max(from, to))
      })
      .immediate()
  }

  /** Removes what began before `before` (microseconds since 1970), names included, a part at a time. */
  prune(before: number): void {
    this.roll()
    const remove = this.#db.prepare(
      `DELETE FROM record WHERE id IN (SELECT id FROM record WHERE start < ? LIMIT ${String(DELETED_AT_ONCE)})`,
    )
    while (remove.run(before).changes > 0);
    this.#db.prepare('DELETE FROM hourly WHERE hour < ?').run(Math.floor(before / HOUR_US))
    this.#db.prepare('DELETE FROM text WHERE day < ?').run(Math.floor(before / DAY_US))
    this.#texts.forget()
    this.#db.pragma('incremental_vacuum')
    this.#db.pragma('wal_checkpoint(TRUNCATE)')
  }

  close(): void {
    this.roll()
    this.#db.pragma('wal_checkpoint(TRUNCATE)')
    this.#db.close()
  }
}
