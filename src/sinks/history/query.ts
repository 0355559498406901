// Questions to the local store.
import type { ClearedTraffic } from '../formats/format.js'
import { HOUR_US, recordOf, type Row } from './columns.js'
import { type Db, openToRead } from './schema.js'
import { Dictionary } from './texts.js'
import { type What, WHATS } from './writer.js'

/** What records must be like; times in microseconds since 1970, `until` excluded. */
export interface Filter {
  readonly since?: number | undefined
  readonly until?: number | undefined
  /** A name; `*.example.org` for all below it. */
  readonly host?: string | undefined
  readonly client?: string | undefined
  readonly protocol?: string | undefined
  readonly verdict?: string | undefined
}

/** A row of "the most": `bytes` both ways. */
export interface Top {
  readonly key: string
  readonly flows: number
  readonly dropped: number
  readonly bytes: number
}

/** One step of time. */
export interface Step {
  /** Microseconds since 1970. */
  readonly start: number
  readonly flows: number
  readonly dropped: number
  readonly bytes: number
}

/** A record and its number in the store. */
export interface Stored {
  readonly number: number
  readonly record: ClearedTraffic
}

interface Condition {
  readonly sql: string
  readonly values: readonly (string | number)[]
}

const NOTHING: Condition = { sql: '0', values: [] }

export class History {
  readonly #db: Db
  readonly #texts: Dictionary

  /** Throws WEIR_CANNOT_READ, WEIR_BAD_HISTORY. */
  constructor(path: string) {
    this.#db = openToRead(path)
    this.#texts = new Dictionary(this.#db)
  }

  close(): void {
    this.#db.close()
  }

  /** The record of this number; undefined: there is none (any more). */
  record(number: number): ClearedTraffic | undefined {
    const row = this.#db.prepare<[number], Row>('SELECT * FROM record WHERE id = ?').get(number)
    return row && recordOf(row, this.#texts)
  }

  /** Records that match, the latest first; `limit` undefined: all, the oldest first. */
  *records(filter: Filter, limit?: number): Generator<Stored> {
    const { sql, values } = this.#where(filter)
    const order = limit === undefined ? 'start, id' : `start DESC, id DESC LIMIT ${String(limit)}`
    const rows = this.#db
      .prepare<(string | number)[], Row>(`SELECT * FROM record WHERE ${sql} ORDER BY ${order}`)
      .iterate(...values)
    for (const row of rows) yield { number: row.id, record: recordOf(row, this.#texts) }
  }

  /** Hosts, rules, categories or protocols by flows, the most first. */
  top(what: What, filter: Filter, limit: number): Top[] {
    const { sql, values } = this.#figures(what, filter)
    const rows = this.#db
      .prepare<(string | number)[], { key: number; flows: number; dropped: number; bytes: number }>(
        `SELECT key, sum(flows) AS flows, sum(bytes) AS bytes,
           sum(CASE WHEN verdict = ${this.#number('drop')} THEN flows ELSE 0 END) AS dropped
         FROM (${sql}) GROUP BY key ORDER BY flows DESC, key LIMIT ${String(limit)}`,
      )
      .all(...values)
    return rows.map(({ key, flows, dropped, bytes }) => ({
      key: this.#texts.text(key),
      flows,
      dropped,
      bytes,
    }))
  }

  /** Flows and DNS transactions by time, in steps of `step` microseconds; steps without any are left out. */
  series(filter: Filter, step: number): Step[] {
    const whole = step % HOUR_US === 0
    const { sql, values } = whole
      ? this.#figures('protocol', filter)
      : this.#live('protocol', filter)
    return this.#db
      .prepare<(string | number)[], Step>(
        `SELECT at / ${String(step)} * ${String(step)} AS start, sum(flows) AS flows, sum(bytes) AS bytes,
           sum(CASE WHEN verdict = ${this.#number('drop')} THEN flows ELSE 0 END) AS dropped
         FROM (${sql}) GROUP BY 1 ORDER BY 1`,
      )
      .all(...values)
  }

  /** When the first and the last record began; undefined: there is none. */
  span(): { first: number; last: number } | undefined {
    const row = this.#db
      .prepare<[], { first: number | null; last: number | null }>(
        'SELECT (SELECT min(start) FROM record) AS first, (SELECT max(start) FROM record) AS last',
      )
      .get()
    return row?.first == null || row.last == null ? undefined : { first: row.first, last: row.last }
  }

  /** As SQL has it: a text that no record has is a number that no text has. */
  #number(text: string): string {
    return String(this.#texts.known(text) ?? -1)
  }

  /**
   * Rows of (key, at, verdict, flows, bytes): of whole hours that are counted already from `hourly`, of all others
   * from the records.
   */
  #figures(what: What, filter: Filter): Condition {
    const { host, client, protocol, since, until, verdict } = filter
    if (host ?? client ?? protocol) return this.#live(what, filter)
    const rolled = this.#db.prepare('SELECT record FROM rolled').pluck().get() as number
    const from = since === undefined ? 0 : Math.ceil(since / HOUR_US)
    const to = until === undefined ? Number.MAX_SAFE_INTEGER : Math.floor(until / HOUR_US)
    if (from >= to) return this.#live(what, filter)
    const byVerdict = verdict === undefined ? '' : ` AND verdict = ${this.#number(verdict)}`
    const hours: Condition = {
      sql: `SELECT key, hour * ${String(HOUR_US)} AS at, verdict, flows, bytes FROM hourly
            WHERE what = ? AND hour >= ? AND hour < ?${byVerdict}`,
      values: [WHATS[what], from, to],
    }
    const edges = [
      since === undefined ? NOTHING : { sql: 'start < ?', values: [from * HOUR_US] },
      until === undefined ? NOTHING : { sql: 'start >= ?', values: [to * HOUR_US] },
    ]
    const rest = this.#live(what, filter, {
      sql: `(id > ? OR ${edges.map(({ sql }) => sql).join(' OR ')})`,
      values: [rolled, ...edges.flatMap(({ values }) => values)],
    })
    return { sql: `${hours.sql} UNION ALL ${rest.sql}`, values: [...hours.values, ...rest.values] }
  }

  #live(what: What, filter: Filter, more?: Condition): Condition {
    const where = this.#where(filter)
    const both = more ? ` AND ${more.sql}` : ''
    return {
      sql: `SELECT ${what} AS key, start AS at, verdict, 1 AS flows,
              coalesce(bytes_up + bytes_down, 0) AS bytes
            FROM record WHERE ${what} IS NOT NULL AND ${where.sql}${both}`,
      values: [...where.values, ...(more?.values ?? [])],
    }
  }

  #where({ since, until, host, client, protocol, verdict }: Filter): Condition {
    const parts: Condition[] = []
    if (since !== undefined) parts.push({ sql: 'start >= ?', values: [since] })
    if (until !== undefined) parts.push({ sql: 'start < ?', values: [until] })
    if (host !== undefined) parts.push(this.#hosts(host))
    for (const [column, text] of Object.entries({ client, protocol, verdict })) {
      if (text !== undefined) parts.push({ sql: `${column} = ${this.#number(text)}`, values: [] })
    }
    if (parts.length === 0) return { sql: '1', values: [] }
    return {
      sql: parts.map(({ sql }) => sql).join(' AND '),
      values: parts.flatMap(({ values }) => values),
    }
  }

  #hosts(host: string): Condition {
    if (!host.startsWith('*.')) return { sql: `host = ${this.#number(host)}`, values: [] }
    const suffix = host.slice(1)
    return {
      sql: 'host IN (SELECT id FROM text WHERE substr(value, -length(?)) = ?)',
      values: [suffix, suffix],
    }
  }
}
