// Batches into a fleet's ClickHouse, by its own client. A batch that is sent again adds nothing.
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { WeirError } from '../errors.js'
import type { ClearedRecord } from '../privacy/gate.js'
import { rowOf, tableOf } from './clickhouserows.js'
import { hasTokens, parseVersion, quoted, type Table, type Version } from './clickhouseschema.js'
import type { TlsFiles } from './httpoptions.js'
import type { Batch } from './spool.js'
import { NotNow, Refused } from './spoolretry.js'
import type { Transport } from './spoolsink.js'

export interface ClickHouseOptions {
  /** Its HTTP interface: https:, or http: on this host; the path is the database (weir), the user stands before the host. */
  readonly url: URL
  readonly password?: string | undefined
  readonly tls?: TlsFiles
}

/** Errors that the same rows give each time: what cannot be parsed, converted or partitioned. */
const FOR_GOOD = new Set([6, 26, 27, 38, 41, 69, 72, 131, 252])
const DATABASE = /^[A-Za-z_][\w-]{0,63}$/
const REQUEST_MS = 120_000

/** Throws WEIR_BAD_ARGUMENT. */
export function databaseOf({ url }: ClickHouseOptions): string {
  const database = url.pathname.replace(/^\/|\/$/g, '') || 'weir'
  if (DATABASE.test(database)) return database
  throw new WeirError('WEIR_BAD_ARGUMENT', `${url.host}: ${database} cannot be a database's name`)
}

/** A client that says nothing itself: what the server says may hold records. Throws WEIR_BAD_ARGUMENT. */
export function clientOf({ url, password, tls = {} }: ClickHouseOptions): ClickHouseClient {
  const { ca, cert, key } = tls
  if (ca === undefined && cert !== undefined) {
    throw new WeirError(
      'WEIR_BAD_ARGUMENT',
      'for ClickHouse, a client certificate needs a CA beside it',
    )
  }
  const pem = (text: string): Buffer => Buffer.from(text)
  const authority = ca === undefined ? undefined : { ca_cert: pem(ca) }
  const mutual = cert === undefined ? {} : { cert: pem(cert), key: pem(key!) }
  return createClient({
    url: url.origin,
    ...(url.username ? { username: decodeURIComponent(url.username) } : {}),
    ...(password === undefined ? {} : { password }),
    application: 'weir',
    request_timeout: REQUEST_MS,
    max_open_connections: 1,
    compression: { request: true, response: false },
    log: { level: ClickHouseLogLevel.OFF },
    ...(authority ? { tls: { ...authority, ...mutual } } : {}),
  })
}

export class ClickHouseTransport implements Transport {
  readonly name: string
  readonly #client: ClickHouseClient
  readonly #database: string
  #version: Version | undefined

  constructor(private readonly options: ClickHouseOptions) {
    this.#database = databaseOf(options)
    this.name = `clickhouse://${options.url.host}/${this.#database}`
    this.#client = clientOf(options)
  }

  encode(record: ClearedRecord<'tenant'>): string {
    return rowOf(record)
  }

  async send(batch: Batch, signal: AbortSignal): Promise<void> {
    try {
      this.#version ??= await versionOf(this.#client, signal)
      for (const [table, rows] of rowsByTable(batch)) await this.#insert(batch, table, rows, signal)
    } catch (error) {
      const code = codeOf(error)
      const said = `${this.options.url.host}: ${whyOf(code)}`
      throw code !== undefined && FOR_GOOD.has(code) ? new Refused(said) : new NotNow(said)
    }
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  /** One block, which a server that knows tokens takes once; else rows that are there already are left out. */
  async #insert(batch: Batch, table: Table, rows: Rows, signal: AbortSignal): Promise<void> {
    const hasToken = hasTokens(this.#version!)
    const isAsked = batch.isRepeat && !hasToken
    const there = isAsked ? await this.#there(batch, table, rows, signal) : NOTHING
    const missing = rows.lines.filter((_line, i) => !there.has(rows.positions[i]!))
    if (!missing.length) return
    await this.#client.command({
      query: `INSERT INTO ${this.#table(table)} FORMAT JSONEachRow\n${missing.join('\n')}\n`,
      abort_signal: signal,
      clickhouse_settings: hasToken
        ? {
            ...SYNCHRONOUS,
            insert_deduplicate: 1,
            insert_deduplication_token: `${batch.key}-${table}`,
            deduplicate_blocks_in_dependent_materialized_views: 1,
          }
        : SYNCHRONOUS,
    })
  }

  /** Positions of the batch that an earlier attempt has brought there. */
  async #there(
    { key }: Batch,
    table: Table,
    { lines }: Rows,
    signal: AbortSignal,
  ): Promise<ReadonlySet<number>> {
    const column = table === 'reports' ? 'expires' : 'start'
    const times = lines.map((line) => (JSON.parse(line) as Record<string, number>)[column]!)
    const [from, to] = [Math.min(...times), Math.max(...times)]
    const within = `${column} >= toDateTime(${from}) AND ${column} <= toDateTime(${to})`
    const query = `SELECT position FROM ${this.#table(table)} WHERE ${within} AND batch = '${key}'`
    const rows = await rowsOf<[number]>(this.#client, query, signal)
    return new Set(rows.map(([position]) => position))
  }

  #table(table: Table): string {
    return `${quoted(this.#database)}.${table}`
  }
}

/** No database, and no table, of that name. */
const MISSING = new Set([60, 81])

function whyOf(code: number | undefined): string {
  if (code === undefined) return 'no answer'
  const hint = MISSING.has(code) ? ': weir fleet init makes its tables' : ''
  return `error ${code} of ClickHouse${hint}`
}

/** What is acknowledged is on the shards. */
const SYNCHRONOUS = { insert_distributed_sync: 1 } as const
const NOTHING: ReadonlySet<number> = new Set()

interface Rows {
  readonly lines: string[]
  readonly positions: number[]
}

function rowsByTable({ key, entries }: Batch): Map<Table, Rows> {
  const tables = new Map<Table, Rows>()
  entries.forEach(({ kind, text }, position) => {
    const table = tableOf(kind)
    const rows = tables.get(table) ?? { lines: [], positions: [] }
    tables.set(table, rows)
    rows.lines.push(`{"batch":"${key}","position":${position},${text.slice(1)}`)
    rows.positions.push(position)
  })
  return tables
}

export async function versionOf(client: ClickHouseClient, signal?: AbortSignal): Promise<Version> {
  const [[text] = ['']] = await rowsOf<[string]>(client, 'SELECT version()', signal)
  return parseVersion(text)
}

/** What a query gives; no more than fits in memory. */
export async function rowsOf<T>(
  client: ClickHouseClient,
  query: string,
  signal?: AbortSignal,
): Promise<T[]> {
  const abort = signal && { abort_signal: signal }
  const result = await client.query({ query, format: 'JSONCompact', ...abort })
  return (await result.json<T>()).data
}

/** Old servers say it in their text only; the text itself may hold records, and is not told. */
export function codeOf(error: unknown): number | undefined {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (typeof code === 'string' && /^\d+$/.test(code)) return Number(code)
  const found = typeof message === 'string' ? /^Code: (\d{1,6})/.exec(message) : null
  return found ? Number(found[1]) : undefined
}
