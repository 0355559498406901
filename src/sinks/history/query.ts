// Questions to the local store.
import type { ClearedAction } from '../../privacy/gate.js'
import type { ClearedTraffic } from '../formats/format.js'
import { type ActionFilter, actionsOf } from './actions.js'
import { DAY_US, HOUR_US, recordOf, type Row } from './columns.js'
import { type What, WHATS } from './figures.js'
import type { Db } from '../../files/sqlite.js'
import { openToRead } from './schema.js'
import { Dictionary } from './texts.js'

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

type Values = readonly (string | number)[]

interface Query {
  readonly sql: string
  readonly values: Values
}

/** Which records, and where they are looked for. */
interface Where extends Query {
  readonly from: string
}

/** Places of a table of figures, the last excluded. */
interface Range {
  readonly table: 'hourly' | 'daily'
  readonly from: number
  readonly to: number
}

const HOURS_A_DAY = 24
/** As SQL has it: no record. */
const NONE = '0'
/** Records that are read one behind the other while one is gone to. */
const GOING = 5

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

  /** What Weir did, in the order of its time. */
  actions(filter: ActionFilter): ClearedAction[] {
    return actionsOf(this.#db, filter)
  }

  /** Records that match, the latest first; `limit` undefined: all, the oldest first. */
  *records(filter: Filter, limit?: number): Generator<Stored> {
    const { from, sql, values } = this.#where(filter, limit)
    const order = limit === undefined ? 'start, id' : `start DESC, id DESC LIMIT ${String(limit)}`
    const rows = this.#db
      .prepare<(string | number)[], Row>(
        `SELECT record.* FROM ${from} WHERE ${sql} ORDER BY ${order}`,
      )
      .iterate(...values)
    for (const row of rows) yield { number: row.id, record: recordOf(row, this.#texts) }
  }

  /** Hosts, rules, categories or protocols by flows, the most first. */
  top(what: What, filter: Filter, limit: number): Top[] {
    const { sql, values } = this.#figures(what, filter, false)
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
      ? this.#figures('protocol', filter, true)
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
   * Rows of (key, at, verdict, flows, bytes): of what is counted already from the tables of figures, of all else from the
   * records. `isByHour`: `at` is exact to the hour, and not without a meaning.
   */
  #figures(what: What, filter: Filter, isByHour: boolean): Query {
    const { host, client, protocol, since, until } = filter
    if (host ?? client ?? protocol) return this.#live(what, filter)
    const from = since === undefined ? 0 : Math.ceil(since / HOUR_US)
    const to = until === undefined ? Number.MAX_SAFE_INTEGER : Math.floor(until / HOUR_US)
    if (from >= to) return this.#live(what, filter)
    const isAll = since === undefined && until === undefined && !isByHour
    const counted = isAll
      ? [this.#total(what, filter)]
      : rangesOf(from, to, isByHour).map((range) => this.#counted(what, filter, range))
    const rolled = this.#db.prepare('SELECT record FROM rolled').pluck().get() as number
    const rest = [this.#live(what, filter, { sql: 'record.id > ?', values: [rolled] })]
    const edge = (sql: string, hour: number): Query =>
      this.#live(what, filter, {
        sql: `record.id <= ? AND ${sql}`,
        values: [rolled, hour * HOUR_US],
      })
    if (since !== undefined) rest.push(edge('start < ?', from))
    if (until !== undefined) rest.push(edge('start >= ?', to))
    const parts = [...counted, ...rest]
    return {
      sql: parts.map(({ sql }) => sql).join(' UNION ALL '),
      values: parts.flatMap(({ values }) => values),
    }
  }

  #total(what: What, filter: Filter): Query {
    return {
      sql: `SELECT key, 0 AS at, verdict, flows, bytes FROM total
            WHERE what = ?${this.#byVerdict(filter)}`,
      values: [WHATS[what]],
    }
  }

  #counted(what: What, filter: Filter, { table, from, to }: Range): Query {
    const [column, step] = table === 'hourly' ? ['hour', HOUR_US] : ['day', DAY_US]
    return {
      sql: `SELECT key, ${column} * ${String(step)} AS at, verdict, flows, bytes FROM ${table}
            WHERE what = ? AND ${column} >= ? AND ${column} < ?${this.#byVerdict(filter)}`,
      values: [WHATS[what], from, to],
    }
  }

  #byVerdict({ verdict }: Filter): string {
    return verdict === undefined ? '' : ` AND verdict = ${this.#number(verdict)}`
  }

  #live(what: What, filter: Filter, more?: Query): Query {
    const where = this.#where(filter)
    const both = more ? ` AND ${more.sql}` : ''
    return {
      sql: `SELECT ${what} AS key, start AS at, verdict, 1 AS flows,
              coalesce(bytes_up + bytes_down, 0) AS bytes
            FROM ${where.from} WHERE ${what} IS NOT NULL AND ${where.sql}${both}`,
      values: [...where.values, ...(more?.values ?? [])],
    }
  }

  /** `limit`: so many of the latest are enough. */
  #where({ since, until, host, client, protocol, verdict }: Filter, limit?: number): Where {
    const parts: Query[] = []
    if (since !== undefined) parts.push({ sql: 'start >= ?', values: [since] })
    if (until !== undefined) parts.push({ sql: 'start < ?', values: [until] })
    for (const [column, text] of Object.entries({ client, protocol, verdict })) {
      if (text !== undefined) parts.push(this.#equal(column, text))
    }
    const which = host === undefined ? undefined : this.#hosts(host)
    const isFew = which && which.sql !== NONE && this.#isFew(which, limit)
    const found = isFew ? this.#found(which) : undefined
    if (which && !found) parts.push(which)
    return {
      from: found ? `(${found.sql}) AS found CROSS JOIN record ON record.id = found.id` : 'record',
      sql: ['1', ...parts.map(({ sql }) => sql)].join(' AND '),
      values: [...(found?.values ?? []), ...parts.flatMap(({ values }) => values)],
    }
  }

  /** What no record has is not looked for. */
  #equal(column: string, text: string): Query {
    const number = this.#texts.known(text)
    return { sql: number === undefined ? NONE : `${column} = ${String(number)}`, values: [] }
  }

  #hosts(host: string): Query {
    if (!host.startsWith('*.')) return this.#equal('host', host)
    const suffix = host.slice(1)
    return {
      sql: 'host IN (SELECT id FROM text WHERE substr(value, -length(?)) = ?)',
      values: [suffix, suffix],
    }
  }

  /** Whether it is quicker to go to the records of these hosts than to read all in their order, until there are enough. */
  #isFew({ sql, values }: Query, limit: number | undefined): boolean {
    const count = (query: string, ...of: Values): number =>
      this.#db
        .prepare(query)
        .pluck()
        .get(...of) as number
    // Each on its own is a step in the tree, both at once would read it all.
    const all = count(
      'SELECT coalesce((SELECT max(id) FROM record) - (SELECT min(id) FROM record), 0)',
    )
    const flows = count(
      `SELECT coalesce(sum(flows), 0) FROM (SELECT key AS host, flows FROM total WHERE what = ?) WHERE ${sql}`,
      WHATS.host,
      ...values,
    )
    const read = limit === undefined ? all : Math.min(all, (limit * all) / (flows + 1))
    return flows * GOING < read
  }

  /** Numbers of the records of hosts: by their segments, and one by one behind the last of these. */
  #found({ sql, values }: Query): Query {
    const last = this.#db.prepare('SELECT coalesce(max(last), 0) FROM segment').pluck().get()
    return {
      sql: `SELECT record.id FROM segment
              CROSS JOIN host_record ON host_record.segment = segment.number
              CROSS JOIN record ON record.id = host_record.record
            WHERE host_record.${sql} AND record.host = host_record.host
            UNION SELECT id FROM record WHERE id > ${String(last)} AND ${sql}`,
      values: [...values, ...values],
    }
  }
}

/** Hours from `from` until before `to`, whole days of them at once. */
function rangesOf(from: number, to: number, isByHour: boolean): Range[] {
  const first = Math.ceil(from / HOURS_A_DAY)
  const last = Math.floor(to / HOURS_A_DAY)
  if (isByHour || first >= last) return [{ table: 'hourly', from, to }]
  return [
    { table: 'hourly', from, to: first * HOURS_A_DAY },
    { table: 'daily', from: first, to: last },
    { table: 'hourly', from: last * HOURS_A_DAY, to },
  ]
}
