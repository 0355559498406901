// Sets a fleet's ClickHouse up.
import type { ClickHouseClient } from '@clickhouse/client'
import { WeirError } from '../errors.js'
import {
  clientOf,
  type ClickHouseOptions,
  codeOf,
  databaseOf,
  rowsOf,
  versionOf,
} from './clickhouse.js'
import {
  type Cluster,
  expiredBefore,
  hasTtl,
  localName,
  quoted,
  ROLL_UPS,
  schemaOf,
  TABLES,
  type Version,
} from './clickhouseschema.js'

export interface FleetOptions extends ClickHouseOptions {
  /** As system.clusters names it; undefined: one server. */
  readonly cluster?: string | undefined
  /** As SchemaOptions. */
  readonly days: number
}

export interface FleetSetUp {
  readonly database: string
  readonly version: Version
  readonly cluster: Cluster | null
  readonly statements: readonly string[]
  /** Days that were dropped, as the server itself knows no TTL: table and partition. */
  readonly dropped: readonly string[]
}

/** Makes what is missing; harmless where all is there. Throws WEIR_BAD_ARGUMENT, WEIR_FLEET_FAILED. */
export async function initFleet(options: FleetOptions): Promise<FleetSetUp> {
  const database = databaseOf(options)
  const client = clientOf(options)
  try {
    const version = await versionOf(client)
    const cluster = options.cluster === undefined ? null : await clusterOf(client, options.cluster)
    const schema = { database, version, cluster, days: options.days }
    const statements = schemaOf(schema)
    for (const query of statements) await client.command({ query })
    const dropped = hasTtl(version) ? [] : await dropExpired(client, schema)
    return { database, version, cluster, statements, dropped }
  } catch (error) {
    throw faultOf(options, error)
  } finally {
    await client.close()
  }
}

async function clusterOf(client: ClickHouseClient, name: string): Promise<Cluster> {
  const query = 'SELECT shard_num, replica_num, cluster FROM system.clusters'
  const all = await rowsOf<[number, number, string]>(client, query)
  const rows = all.filter(([, , its]) => its === name)
  if (!rows.length) throw new WeirError('WEIR_BAD_ARGUMENT', `there is no cluster ${name}`)
  const most = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column]))
  return { name, shards: most(0), replicas: most(1) }
}

async function dropExpired(
  client: ClickHouseClient,
  schema: { database: string; cluster: Cluster | null; days: number },
): Promise<string[]> {
  const dropped: string[] = []
  for (const table of [...TABLES, ...ROLL_UPS.map(({ name }) => name)]) {
    const local = localName(schema, table)
    const query = `SELECT DISTINCT partition FROM system.parts WHERE active AND database = '${schema.database}' AND table = '${local}'`
    const first = expiredBefore(table, schema.days, new Date())
    for (const [partition] of await rowsOf<[string]>(client, query)) {
      if (!/^\d{8}$/.test(partition) || partition >= first) continue
      const from = `${quoted(schema.database)}.${local}`
      await client.command({ query: `ALTER TABLE ${from} DROP PARTITION ${partition}` })
      dropped.push(`${table} ${partition}`)
    }
  }
  return dropped
}

function faultOf({ url }: ClickHouseOptions, error: unknown): WeirError {
  if (error instanceof WeirError) return error
  const code = codeOf(error)
  const { message } = error as Error
  const why = code === undefined ? message : `error ${code} of ClickHouse: ${message.slice(0, 300)}`
  return new WeirError('WEIR_FLEET_FAILED', `${url.host}: ${why}`, { cause: error })
}
