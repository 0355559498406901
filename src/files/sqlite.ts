// Databases of SQLite, for the two stores that there are.
import Database from 'better-sqlite3'

export type Db = Database.Database

/**
 * From Node 24.19 on, a statement of better-sqlite3 12, the last that Node 20 can load, ends the process when the garbage
 * collector takes it: its destructor asks for the environment, and none is entered then. So what was made stays, and one
 * statement does for every time that its text is asked for; iterators, of which there are few, stay as well.
 */
const kept: unknown[] = []

function keep<Value>(value: Value): Value {
  kept.push(value)
  return value
}

/** Throws what better-sqlite3 throws. */
export function openSqlite(path: string, options: Database.Options = {}): Db {
  const db = new Database(path, options)
  const statements = new Map<string, Database.Statement>()
  const prepare = db.prepare.bind(db) as (sql: string) => Database.Statement
  const make = (sql: string): Database.Statement => {
    const statement = prepare(sql)
    const iterate = statement.iterate.bind(statement)
    statements.set(sql, statement)
    return Object.assign(statement, { iterate: (...values: unknown[]) => keep(iterate(...values)) })
  }
  const once = (sql: string): Database.Statement => statements.get(sql) ?? make(sql)
  const pragma: Db['pragma'] = (source, { simple = false } = {}) => {
    const statement = once(`PRAGMA ${source}`)
    if (!statement.reader) return statement.run()
    statement.pluck(simple) // it may have been asked the other way before
    return simple ? statement.get() : statement.all()
  }
  keep([db, statements])
  return Object.assign(db, { prepare: once, pragma })
}
