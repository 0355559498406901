// The local store of records: SQLite, with a dictionary of texts and figures by the hour.
import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { WeirError } from '../../errors.js'
import { type Db, openSqlite } from '../../files/sqlite.js'

/** Each changes the tables from the version of its place to the next; append only. */
export const MIGRATIONS = [
  `CREATE TABLE text (
     id INTEGER PRIMARY KEY,
     value TEXT NOT NULL UNIQUE,
     day INTEGER NOT NULL -- the last with a record that has it, in days since 1970
   );
   CREATE TABLE record (
     id INTEGER PRIMARY KEY,
     start INTEGER NOT NULL, -- microseconds since 1970
     duration INTEGER NOT NULL,
     type INTEGER NOT NULL, flow INTEGER NOT NULL, -- the engine's own number of the flow
     transport INTEGER NOT NULL, protocol INTEGER NOT NULL,
     client INTEGER, client_port INTEGER, server INTEGER, server_port INTEGER,
     host INTEGER,
     verdict INTEGER NOT NULL, action INTEGER NOT NULL, reason INTEGER NOT NULL,
     rule INTEGER, list INTEGER, line INTEGER, category INTEGER,
     packets_up INTEGER, packets_down INTEGER, bytes_up INTEGER, bytes_down INTEGER,
     detail TEXT NOT NULL -- the record's other fields, as JSON
   );
   CREATE INDEX record_start ON record (start);
   CREATE INDEX record_host ON record (host, start);
   CREATE TABLE hourly (
     what INTEGER NOT NULL, hour INTEGER NOT NULL, key INTEGER NOT NULL, verdict INTEGER NOT NULL,
     flows INTEGER NOT NULL, bytes INTEGER NOT NULL,
     PRIMARY KEY (what, hour, key, verdict)
   ) WITHOUT ROWID;
   CREATE TABLE rolled (record INTEGER NOT NULL); -- up to this record \`hourly\` has them
   INSERT INTO rolled VALUES (0);`,
  // Which records have a host, in segments of neighbours: one tree of all would cost a page of the disk for each record.
  `DROP INDEX record_host;
   CREATE TABLE segment (
     number INTEGER PRIMARY KEY,
     first INTEGER NOT NULL, last INTEGER NOT NULL -- records; those behind all segments are in none yet
   );
   CREATE TABLE host_record (
     segment INTEGER NOT NULL, host INTEGER NOT NULL, record INTEGER NOT NULL,
     PRIMARY KEY (segment, host, record)
   ) WITHOUT ROWID;
   CREATE TABLE daily (
     what INTEGER NOT NULL, day INTEGER NOT NULL, key INTEGER NOT NULL, verdict INTEGER NOT NULL,
     flows INTEGER NOT NULL, bytes INTEGER NOT NULL,
     PRIMARY KEY (what, day, key, verdict)
   ) WITHOUT ROWID;
   CREATE TABLE total (
     what INTEGER NOT NULL, key INTEGER NOT NULL, verdict INTEGER NOT NULL,
     flows INTEGER NOT NULL, bytes INTEGER NOT NULL,
     PRIMARY KEY (what, key, verdict)
   ) WITHOUT ROWID;
   INSERT INTO daily SELECT what, hour / 24, key, verdict, sum(flows), sum(bytes) FROM hourly GROUP BY 1, 2, 3, 4;
   INSERT INTO total SELECT what, key, verdict, sum(flows), sum(bytes) FROM hourly GROUP BY 1, 2, 3;`,
  `CREATE TABLE action (
     id INTEGER PRIMARY KEY,
     time INTEGER NOT NULL, -- microseconds since 1970
     body TEXT NOT NULL -- JSON
   );
   CREATE INDEX action_time ON action (time);`,
] as const

const CACHE_KIB = 32 * 1024
/** Pages of the write-ahead log before it goes into the store: pages that change often go there once. */
const LOG_PAGES = 4000
const BUSY_MS = 5000

function migrate(db: Db): void {
  const version = db.pragma('user_version', { simple: true }) as number
  if (version > MIGRATIONS.length) {
    throw new WeirError('WEIR_BAD_HISTORY', 'it was written by a newer weir; use that one')
  }
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < version) continue
    db.transaction(() => {
      db.exec(sql)
      db.pragma(`user_version = ${String(index + 1)}`)
    }).immediate()
  }
}

function settle(db: Db, isWriter: boolean): void {
  if (isWriter) {
    db.pragma('auto_vacuum = INCREMENTAL')
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = NORMAL')
    // What is removed is overwritten: names do not linger in free pages.
    db.pragma('secure_delete = ON')
    db.pragma(`wal_autocheckpoint = ${String(LOG_PAGES)}`)
    migrate(db)
  }
  db.pragma(`cache_size = -${String(CACHE_KIB)}`)
  db.pragma('temp_store = MEMORY')
}

/** Opens the store to write, and makes it where there is none: for its owner alone. */
export function openToWrite(path: string): Db {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  return open(path, true)
}

/** Opens the store to read. Throws WEIR_CANNOT_READ where there is none. */
export function openToRead(path: string): Db {
  if (!existsSync(path)) {
    throw new WeirError(
      'WEIR_CANNOT_READ',
      `${path}: no such store; weir run or weir replay --history makes one`,
    )
  }
  return open(path, false)
}

function open(path: string, isWriter: boolean): Db {
  try {
    const db = openSqlite(path, { readonly: !isWriter, timeout: BUSY_MS })
    if (isWriter) chmodSync(path, 0o600)
    settle(db, isWriter)
    return db
  } catch (cause) {
    throw new WeirError('WEIR_BAD_HISTORY', `${path}: ${(cause as Error).message}`, { cause })
  }
}
