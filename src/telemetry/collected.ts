// What a collector keeps: records, the keys under which they came, and who may send them.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { chmodSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { WeirError } from '../errors.js'
import { type Db, openSqlite } from '../files/sqlite.js'
import { RECORD_TYPES } from '../privacy/inventory.js'
import { retentionDays } from '../privacy/retention.js'
import type { ReceivedRecord } from './lines.js'

/** Each changes the tables from the version of its place to the next; append only. */
const MIGRATIONS = [
  `
  CREATE TABLE device (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  );
  CREATE TABLE token (
    id TEXT PRIMARY KEY, -- the part of it that is no secret
    device INTEGER NOT NULL REFERENCES device,
    hash BLOB NOT NULL, -- SHA-256 of a secret of 256 bits
    made INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE code (
    hash BLOB PRIMARY KEY,
    device INTEGER NOT NULL REFERENCES device,
    expires INTEGER NOT NULL -- milliseconds since 1970, as all times but those of records
  ) WITHOUT ROWID;
  CREATE TABLE batch (
    id INTEGER PRIMARY KEY,
    device INTEGER NOT NULL REFERENCES device,
    key TEXT NOT NULL,
    arrived INTEGER NOT NULL,
    UNIQUE (device, key)
  );
  CREATE TABLE record (
    id INTEGER PRIMARY KEY,
    batch INTEGER NOT NULL REFERENCES batch,
    type TEXT NOT NULL,
    time TEXT NOT NULL,
    body TEXT NOT NULL -- JSON
  );
  CREATE INDEX record_batch ON record (batch);
  CREATE INDEX record_type ON record (type, time);`,
  `
  ALTER TABLE batch ADD COLUMN elsewhere INTEGER NOT NULL DEFAULT 0; -- records of it that another store has
  CREATE TABLE begun (
    device INTEGER NOT NULL REFERENCES device,
    key TEXT NOT NULL, -- of a batch that another store may have, in part or whole
    at INTEGER NOT NULL,
    PRIMARY KEY (device, key)
  ) WITHOUT ROWID;`,
] as const

const BUSY_MS = 5000
const DAY_MS = 86_400_000
/** A batch may be repeated as long as a spool keeps it; its key is remembered longer than any record. */
const KEYS_DAYS = 365
const SECRET_BYTES = 32

export interface Taken {
  readonly records: number
  /** It was here before: nothing was added. */
  readonly isRepeat: boolean
}

/** Who sends: a row of `device`. */
export interface Sender {
  readonly id: number
  readonly name: string
}

const now = (): number => Date.now()
const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()
const secretOf = (): string => randomBytes(SECRET_BYTES).toString('base64url')

/** SQLite, for one collector at a time and its administrator's commands. */
export class Collected {
  readonly #db: Db

  /** Makes it where there is none, for its owner alone. Throws WEIR_BAD_HISTORY. */
  constructor(readonly path: string) {
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      this.#db = openSqlite(path, { timeout: BUSY_MS })
      chmodSync(path, 0o600)
      this.#db.pragma('journal_mode = WAL')
      // What is acknowledged is on disk, also when the power fails.
      this.#db.pragma('synchronous = FULL')
      this.#db.pragma('secure_delete = ON')
      this.#migrate()
    } catch (cause) {
      throw new WeirError('WEIR_BAD_HISTORY', `${path}: ${(cause as Error).message}`, { cause })
    }
  }

  #migrate(): void {
    const make = this.#db.transaction(() => {
      const version = this.#db.pragma('user_version', { simple: true }) as number
      if (version > MIGRATIONS.length) {
        throw new Error('it was written by a newer weir; use that one')
      }
      if (version === MIGRATIONS.length) return
      for (const sql of MIGRATIONS.slice(version)) this.#db.exec(sql)
      this.#db.pragma(`user_version = ${MIGRATIONS.length}`)
    })
    make.immediate()
  }

  /** The key and the records, or neither: on disk when this returns. */
  take({ id }: Sender, key: string, records: readonly ReceivedRecord[]): Taken {
    const insertBatch = this.#db.prepare(
      'INSERT INTO batch (device, key, arrived) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    )
    const insert = this.#db.prepare(
      'INSERT INTO record (batch, type, time, body) VALUES (?, ?, ?, ?)',
    )
    const store = this.#db.transaction((): Taken => {
      const { changes, lastInsertRowid: batch } = insertBatch.run(id, key, now())
      if (!changes) return { records: 0, isRepeat: true }
      for (const { kind, time, text } of records) insert.run(batch, kind, time, text)
      return { records: records.length, isRepeat: false }
    })
    return store.immediate()
  }

  /** That another store is to get a batch of that key; false: it was begun before, and may be there. */
  begin({ id }: Sender, key: string): boolean {
    return !!this.#db
      .prepare('INSERT INTO begun (device, key, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
      .run(id, key, now()).changes
  }

  /** That another store has the batch of that key. */
  keptElsewhere({ id }: Sender, key: string, records: number): void {
    const store = this.#db.transaction(() => {
      this.#db
        .prepare('INSERT INTO batch (device, key, arrived, elsewhere) VALUES (?, ?, ?, ?)')
        .run(id, key, now(), records)
      this.#db.prepare('DELETE FROM begun WHERE device = ? AND key = ?').run(id, key)
    })
    store.immediate()
  }

  /** Whether a batch of that key is here, or in another store. */
  has({ id }: Sender, key: string): boolean {
    return !!this.#db.prepare('SELECT 1 FROM batch WHERE device = ? AND key = ?').get(id, key)
  }

  /** The device of that name, made where there is none. */
  device(name: string): Sender {
    this.#db.prepare('INSERT INTO device (name) VALUES (?) ON CONFLICT DO NOTHING').run(name)
    return this.#db.prepare('SELECT id, name FROM device WHERE name = ?').get(name) as Sender
  }

  /** A bearer token; only its hash is kept. */
  newToken(name: string): string {
    const [id, secret] = [randomBytes(9).toString('base64url'), secretOf()]
    this.#db
      .prepare('INSERT INTO token (id, device, hash, made) VALUES (?, ?, ?, ?)')
      .run(id, this.device(name).id, hashOf(secret), now())
    return `${id}.${secret}`
  }

  /** Whose token it is; takes as long for a wrong secret as for the right one. */
  senderOf(token: string): Sender | undefined {
    const dot = token.indexOf('.')
    const found = this.#db
      .prepare(
        'SELECT device.id, device.name, token.hash FROM token JOIN device ON device.id = token.device WHERE token.id = ?',
      )
      .get(token.slice(0, Math.max(dot, 0))) as (Sender & { hash: Buffer }) | undefined
    const isRight = timingSafeEqual(hashOf(token.slice(dot + 1)), found?.hash ?? Buffer.alloc(32))
    return found && isRight ? { id: found.id, name: found.name } : undefined
  }

  /** How many tokens of that device there were. */
  revoke(name: string): number {
    const of = 'device = (SELECT id FROM device WHERE name = ?)'
    this.#db.prepare(`DELETE FROM code WHERE ${of}`).run(name)
    return this.#db.prepare(`DELETE FROM token WHERE ${of}`).run(name).changes
  }

  tokens(): { name: string; id: string; made: number }[] {
    return this.#db
      .prepare(
        'SELECT device.name, token.id, token.made FROM token JOIN device ON device.id = token.device ORDER BY 1, 3',
      )
      .all() as { name: string; id: string; made: number }[]
  }

  /** A code that a device can turn into a token, once. */
  newCode(name: string, forMs: number): string {
    const code = secretOf()
    this.#db
      .prepare('INSERT INTO code (hash, device, expires) VALUES (?, ?, ?)')
      .run(hashOf(code), this.device(name).id, now() + forMs)
    return code
  }

  enrol(code: string): { device: string; token: string } | undefined {
    const turn = this.#db.transaction(() => {
      const found = this.#db
        .prepare('DELETE FROM code WHERE hash = ? RETURNING device, expires')
        .get(hashOf(code)) as { device: number; expires: number } | undefined
      if (!found || found.expires < now()) return undefined
      const device = this.#db
        .prepare('SELECT name FROM device WHERE id = ?')
        .pluck()
        .get(found.device) as string
      return { device, token: this.newToken(device) }
    })
    return turn.immediate()
  }

  /** Removes what was kept as long as the inventory says, by kind. */
  prune(at = now()): void {
    const remove = this.#db.prepare('DELETE FROM record WHERE type = ? AND time < ?')
    for (const kind of RECORD_TYPES) {
      remove.run(kind, new Date(at - retentionDays(kind) * DAY_MS).toISOString())
    }
    this.#db.prepare('DELETE FROM code WHERE expires < ?').run(at)
    this.#db
      .prepare(
        'DELETE FROM batch WHERE arrived < ? AND NOT EXISTS (SELECT 1 FROM record WHERE batch = batch.id)',
      )
      .run(at - KEYS_DAYS * DAY_MS)
    this.#db.prepare('DELETE FROM begun WHERE at < ?').run(at - KEYS_DAYS * DAY_MS)
  }

  /** Those of other stores among them. */
  counts(): { batches: number; records: number } {
    return this.#db
      .prepare(
        `SELECT count(*) AS batches, (SELECT count(*) FROM record) + coalesce(sum(elsewhere), 0) AS records
         FROM batch`,
      )
      .get() as { batches: number; records: number }
  }

  close(): void {
    this.#db.close()
  }
}
