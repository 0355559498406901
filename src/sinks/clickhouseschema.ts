// The tables of a fleet. What newer servers have is used where they have it; 18.16 is the oldest that is taken.
export const TABLES = ['flows', 'lookups', 'reports'] as const
export type Table = (typeof TABLES)[number]

/** Year and month of a release: 18.16, 24.8. */
export interface Version {
  readonly major: number
  readonly minor: number
}

export interface Cluster {
  readonly name: string
  readonly shards: number
  /** Of a shard. */
  readonly replicas: number
}

export interface SchemaOptions {
  readonly database: string
  readonly version: Version
  /** null: one server. */
  readonly cluster: Cluster | null
  /** Days that flows and lookups are kept; the inventory allows 30. */
  readonly days: number
}

export const parseVersion = (text: string): Version => {
  const [major = 0, minor = 0] = text.split('.').map(Number)
  return { major, minor }
}

export const isSince = (version: Version, major: number, minor: number): boolean =>
  version.major > major || (version.major === major && version.minor >= minor)

/** TTL of tables. */
export const hasTtl = (version: Version): boolean => isSince(version, 19, 6)
/** insert_deduplication_token, and a window of it for tables that are not replicated. */
export const hasTokens = (version: Version): boolean => isSince(version, 22, 2)

/** `text` and `count` are String and UInt64, `word` a String of few values. */
const SHARED = `
  batch UUID, position UInt32,
  id UInt64, start DateTime, start_us UInt32, end DateTime, end_us UInt32, transport word,
  client_ip String, client_port UInt16, server_ip String, server_port UInt16,
  protocol word, host String, host_source word, verdict word, action word, reason word,
  rule String, list word, line UInt32, category word,
  overruled String, overruled_list word, overruled_line UInt32, withheld Array(String)`

const COLUMNS: Readonly<Record<Table, string>> = {
  flows: `${SHARED},
  packets_up UInt64, packets_down UInt64, bytes_up UInt64, bytes_down UInt64, close word,
  via word, evidence word, hosts Array(String), hosts_source Array(String),
  name_is_outer UInt8, hint_ambiguous UInt8, esni UInt8, ech UInt8,
  alpn Array(String), tls_version word, quic_version word, ja4 String`,
  lookups: `${SHARED},
  dns_id UInt16, query String, qtype word, query_seen UInt8, rcode word, answer_count UInt32,
  answers_type Array(String), answers_ttl Array(UInt32), answers_value Array(String)`,
  reports: `
  batch UUID, position UInt32,
  type word, time DateTime, expires DateTime, report String`,
}

/** What rows are found by, when they are no more, and what roll-ups sum. */
interface Layout {
  readonly order: string
  readonly expires: (days: number) => string
  readonly partition: string
}

const TRAFFIC: Layout = {
  order: 'start, host',
  expires: (days) => `start + INTERVAL ${days} DAY`,
  partition: 'toYYYYMMDD(start)',
}
const LAYOUTS: Readonly<Record<Table, Layout>> = {
  flows: TRAFFIC,
  lookups: TRAFFIC,
  reports: { order: 'type, time', expires: () => 'expires', partition: 'toYYYYMMDD(expires)' },
}

interface RollUp {
  readonly from: Table
  readonly name: string
  readonly keys: string
  readonly sums: string
  readonly summing: string
}

export const ROLL_UPS: readonly RollUp[] = [
  {
    from: 'flows',
    name: 'flows_hourly',
    keys: 'host String, verdict word, action word, category word, protocol word',
    sums: 'flows UInt64, bytes_up UInt64, bytes_down UInt64',
    summing: 'count() AS flows, sum(bytes_up) AS bytes_up, sum(bytes_down) AS bytes_down',
  },
  {
    from: 'lookups',
    name: 'lookups_hourly',
    keys: 'host String, verdict word, action word, category word, rcode word',
    sums: 'lookups UInt64',
    summing: 'count() AS lookups',
  },
]

/** The statements that make what is missing, in order; each can be run again. */
export function schemaOf(options: SchemaOptions): string[] {
  const { database, cluster } = options
  const name = quoted(database)
  return [
    `CREATE DATABASE IF NOT EXISTS ${name}${onCluster(cluster)}`,
    ...TABLES.flatMap((table) => tableStatements(options, table)),
    ...ROLL_UPS.flatMap((rollUp) => rollUpStatements(options, rollUp)),
  ]
}

/** The partition by day of what a table kept that long ago may keep no more, where the server has no TTL. */
export function expiredBefore(table: string, days: number, now: Date): string {
  const kept = table === 'reports' ? 0 : days
  const day = new Date(now.getTime() - kept * 86_400_000)
  return day.toISOString().slice(0, 10).replaceAll('-', '')
}

function tableStatements(options: SchemaOptions, table: Table): string[] {
  const { order, expires, partition } = LAYOUTS[table]
  const engine = engineOf(options, table, 'ReplacingMergeTree')
  return made(options, table, COLUMNS[table], [
    `ENGINE = ${engine}`,
    `PARTITION BY ${partition}`,
    `ORDER BY (${order}, batch, position)`,
    ...ttl(options, expires(options.days)),
    ...settings(options),
  ])
}

function rollUpStatements(options: SchemaOptions, rollUp: RollUp): string[] {
  const { database, cluster } = options
  const { from, name, keys, sums, summing } = rollUp
  const names = keys.split(', ').map((column) => column.split(' ')[0]!)
  const target = made(options, name, `hour DateTime, ${keys}, ${sums}`, [
    `ENGINE = ${engineOf(options, name, 'SummingMergeTree')}`,
    'PARTITION BY toYYYYMMDD(hour)',
    `ORDER BY (hour, ${names.join(', ')})`,
    ...ttl(options, `hour + INTERVAL ${options.days} DAY`),
    ...settings(options),
  ])
  const local = (table: string): string => `${quoted(database)}.${localName(options, table)}`
  return [
    ...target,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${local(`${name}_view`)}${onCluster(cluster)} TO ${local(name)} AS ` +
      `SELECT toStartOfHour(start) AS hour, ${names.join(', ')}, ${summing} ` +
      `FROM ${local(from)} GROUP BY hour, ${names.join(', ')}`,
  ]
}

/** A table, and what spreads it over shards where there are several. */
function made(
  options: SchemaOptions,
  table: string,
  columns: string,
  clauses: readonly string[],
): string[] {
  const { database, cluster, version } = options
  const word = isSince(version, 19, 14) ? 'LowCardinality(String)' : 'String'
  const typed = columns.replaceAll(/\bword\b/g, word)
  const on = onCluster(cluster)
  const [name, local] = [`${quoted(database)}.${table}`, localName(options, table)]
  const create = `CREATE TABLE IF NOT EXISTS ${quoted(database)}.${local}${on} (${typed}) ${clauses.join(' ')}`
  if (local === table) return [create]
  // All of a batch goes to one shard, which knows it again; roll-ups are written by their shard itself.
  const by = columns.includes('batch UUID') ? 'cityHash64(toString(batch))' : 'rand()'
  const spread = `Distributed(${quoted(cluster!.name)}, ${quoted(database)}, ${local}, ${by})`
  return [
    create,
    `CREATE TABLE IF NOT EXISTS ${name}${on} AS ${quoted(database)}.${local} ENGINE = ${spread}`,
  ]
}

export const localName = ({ cluster }: Pick<SchemaOptions, 'cluster'>, table: string): string =>
  cluster && cluster.shards > 1 ? `${table}_local` : table

function engineOf({ database, cluster }: SchemaOptions, table: string, engine: string): string {
  if (!cluster || cluster.replicas < 2) return `${engine}()`
  return `Replicated${engine}('/clickhouse/tables/{shard}/${database}/${table}', '{replica}')`
}

/** Without replicas there may be no ZooKeeper, and nothing that runs on all servers: then each is set up by itself. */
const onCluster = (cluster: Cluster | null): string =>
  cluster && cluster.replicas > 1 ? ` ON CLUSTER ${quoted(cluster.name)}` : ''

const ttl = ({ version }: SchemaOptions, expires: string): string[] =>
  hasTtl(version) ? [`TTL ${expires}`] : []

const settings = ({ version, cluster }: SchemaOptions): string[] =>
  hasTokens(version) && !(cluster && cluster.replicas > 1)
    ? ['SETTINGS non_replicated_deduplication_window = 10000']
    : []

/** An identifier: databases and clusters are named by people. */
export const quoted = (name: string): string => `\`${name.replaceAll(/[\\`]/g, '\\$&')}\``
