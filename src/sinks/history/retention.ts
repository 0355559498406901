// What is too old goes, names included.
import { DAY_US, HOUR_US } from './columns.js'
import { ADDED, WHATS } from './figures.js'
import type { Db } from '../../files/sqlite.js'

/** Records of a transaction, so that nobody waits long. */
const DELETED_AT_ONCE = 20_000

/** Removes what began before `before`: microseconds since 1970. All records are in the figures already. */
export function prune(db: Db, before: number): void {
  const remove = db.prepare(
    `DELETE FROM record WHERE id IN (SELECT id FROM record WHERE start < ? LIMIT ${String(DELETED_AT_ONCE)})`,
  )
  while (remove.run(before).changes > 0);
  db.transaction(() => {
    db.prepare('DELETE FROM action WHERE time < ?').run(before)
    forgetSegments(db)
    forgetFigures(db, Math.floor(before / HOUR_US))
    db.prepare('DELETE FROM text WHERE day < ?').run(Math.floor(before / DAY_US))
  }).immediate()
  db.pragma('incremental_vacuum')
  db.pragma('wal_checkpoint(TRUNCATE)')
}

/** The next record takes the number behind the greatest that is left: it must be in no segment and no figure yet. */
function forgetSegments(db: Db): void {
  const { first, last } = db
    .prepare<[], { first: number; last: number }>(
      'SELECT coalesce(min(id), 0) AS first, coalesce(max(id), 0) AS last FROM record',
    )
    .get()!
  const gone = 'SELECT number FROM segment WHERE last < ? OR first > ?'
  db.prepare(`DELETE FROM host_record WHERE segment IN (${gone})`).run(first, last)
  db.prepare(`DELETE FROM segment WHERE number IN (${gone})`).run(first, last)
  db.prepare('UPDATE segment SET last = min(last, ?)').run(last)
  db.prepare('UPDATE rolled SET record = min(record, ?)').run(last)
}

/** Takes the hours before `hour` out of those of days and of all time too. */
function forgetFigures(db: Db, hour: number): void {
  const old = `FROM hourly WHERE what IN (${Object.values(WHATS).join()}) AND hour < ?`
  db.prepare(
    `INSERT INTO daily SELECT what, hour / 24, key, verdict, -sum(flows), -sum(bytes) ${old}
     GROUP BY 1, 2, 3, 4 ${ADDED}`,
  ).run(hour)
  db.prepare(
    `INSERT INTO total SELECT what, key, verdict, -sum(flows), -sum(bytes) ${old}
     GROUP BY 1, 2, 3 ${ADDED}`,
  ).run(hour)
  const { changes } = db.prepare(`DELETE ${old}`).run(hour)
  if (changes === 0) return
  db.prepare(
    `DELETE FROM daily WHERE what IN (${Object.values(WHATS).join()}) AND day <= ? AND flows <= 0`,
  ).run(Math.floor(hour / 24))
  db.prepare('DELETE FROM total WHERE flows <= 0').run()
}
