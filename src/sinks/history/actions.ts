// What Weir did, beside what it saw: few, and kept as they are.
import type { Db } from '../../files/sqlite.js'
import type { ClearedAction } from '../../privacy/gate.js'

/** Microseconds since 1970, `until` excluded. */
export interface ActionFilter {
  readonly since?: number | undefined
  readonly until?: number | undefined
}

const timeOf = ({ time }: ClearedAction): number => (Date.parse(time) || 0) * 1000

export function addActions(db: Db, actions: readonly ClearedAction[]): void {
  const insert = db.prepare<[number, string]>('INSERT INTO action (time, body) VALUES (?, ?)')
  for (const action of actions) insert.run(timeOf(action), JSON.stringify(action))
}

/** In the order of their time. A store that no writer has taken up since there are any has none. */
export function actionsOf(db: Db, { since, until }: ActionFilter): ClearedAction[] {
  const table = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'action'"
  if (db.prepare(table).get() === undefined) return []
  const bodies = db
    .prepare<[number, number], { body: string }>(
      'SELECT body FROM action WHERE time >= ? AND time < ? ORDER BY time, id',
    )
    .all(since ?? 0, until ?? Number.MAX_SAFE_INTEGER)
  return bodies.map(({ body }) => JSON.parse(body) as ClearedAction)
}
