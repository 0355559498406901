import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ClickHouseTransport } from '../../src/sinks/clickhouse.js'
import { initFleet } from '../../src/sinks/clickhousefleet.js'
import { rowOf } from '../../src/sinks/clickhouserows.js'
import { expiredBefore, parseVersion, schemaOf } from '../../src/sinks/clickhouseschema.js'
import type { Batch } from '../../src/sinks/spool.js'
import { Refused } from '../../src/sinks/spoolretry.js'
import { SpooledSink } from '../../src/sinks/spoolsink.js'
import { until } from '../support/namespace.js'
import { ClickHouseServer } from './clickhouseserver.js'
import { numbered, openGate, Scratch, TestConsent, traffic } from './spoolsupport.js'

const gate = await openGate()
let server: ClickHouseServer
beforeAll(async () => {
  server = await ClickHouseServer.start()
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())

const at = (database: string): URL => new URL(database, server.url)
const signal = new AbortController().signal

function batchOf(key: number, isRepeat = false, count = 300): Batch {
  const records = [...traffic(gate, count, key), numbered(gate, 1), numbered(gate, 2)]
  const entries = records.map((record) => ({ kind: record.type, revision: 1, text: rowOf(record) }))
  return { key: `0b5e8d4c-7a3a-4c8e-9a51-${String(key).padStart(12, '0')}`, entries, isRepeat }
}

const counts = async (database: string): Promise<number[]> => {
  const count = async (what: string): Promise<number> =>
    Number(
      (await server.ask<[string]>(`SELECT ${what}`.replace('FROM ', `FROM ${database}.`)))[0]![0],
    )
  return [
    await count('count() FROM flows'),
    await count('sum(flows) FROM flows_hourly'),
    await count('count() FROM lookups'),
    await count('sum(lookups) FROM lookups_hourly'),
    await count('count() FROM reports'),
  ]
}

function expected(...batches: Batch[]): number[] {
  const all = batches.flatMap(({ entries }) => entries)
  const [flows, lookups] = ['flow', 'dns'].map(
    (kind) => all.filter((one) => one.kind === kind).length,
  )
  return [flows!, flows!, lookups!, lookups!, all.length - flows! - lookups!]
}

describe("a fleet's tables", () => {
  it('are made once, and take what the records say', async () => {
    const options = { url: at('one'), days: 30 }
    const made = await initFleet(options)
    expect(made).toMatchObject({
      database: 'one',
      version: { major: 18, minor: 16 },
      cluster: null,
    })
    await initFleet(options)
    const transport = new ClickHouseTransport(options)
    const batch = batchOf(1)
    await transport.send(batch, signal)
    await transport.close()
    expect(await counts('one')).toEqual(expected(batch))
    const [flow] = traffic(gate, 50).filter(({ type }) => type === 'flow')
    const row = JSON.parse(rowOf(flow!)) as Record<string, unknown>
    const names = Object.keys(row)
    const [kept] = await server.ask<unknown[]>(
      `SELECT ${names.join(', ')} FROM one.flows WHERE host = '${row['host'] as string}' LIMIT 1`,
    )
    const numeric = (value: unknown): unknown =>
      typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
    const shown = Object.fromEntries(names.map((name, i) => [name, numeric(kept![i])]))
    expect(shown).toEqual({ ...row, start: '2026-11-23 19:03:21', end: '2026-11-23 19:03:23' })
  })

  it('take a batch once, however often it is sent, roll-ups too', async () => {
    const options = { url: at('twice'), days: 30 }
    await initFleet(options)
    const transport = new ClickHouseTransport(options)
    const [first, second] = [batchOf(1), batchOf(2)]
    await transport.send(first, signal)
    await transport.send({ ...first, isRepeat: true }, signal)
    // An attempt that broke off between two tables.
    await transport.send({ ...second, entries: second.entries.slice(0, 100) }, signal)
    await transport.send({ ...second, isRepeat: true }, signal)
    await transport.close()
    expect(await counts('twice')).toEqual(expected(first, second))
  })

  it('are spread over the shards of a cluster', async () => {
    const options = { url: at('spread'), days: 30, cluster: 'fleet' }
    const made = await initFleet(options)
    expect(made.cluster).toEqual({ name: 'fleet', shards: 2, replicas: 1 })
    const transport = new ClickHouseTransport(options)
    const batches = [batchOf(1), batchOf(2), batchOf(3)]
    for (const batch of batches) await transport.send(batch, signal)
    await transport.close()
    // Both shards are this server: each row is seen twice by way of the cluster, and lies here once.
    const [local] = await server.ask<[string]>('SELECT count() FROM spread.flows_local')
    expect(Number(local![0])).toBe(expected(...batches)[0])
    const [all] = await server.ask<[string]>('SELECT count() FROM spread.flows')
    expect(Number(all![0])).toBe(2 * expected(...batches)[0]!)
    await expect(initFleet({ ...options, cluster: 'none' })).rejects.toMatchObject({
      code: 'WEIR_BAD_ARGUMENT',
    })
  })

  it('lose what is too old: a server without TTL when it is set up again', async () => {
    const options = { url: at('old'), days: 30 }
    await initFleet(options)
    const transport = new ClickHouseTransport(options)
    const batch = batchOf(1)
    const entries = batch.entries.map((entry) => ({
      ...entry,
      text: entry.text.replace(/"(start|expires)":\d+/, '"$1":1500000000'),
    }))
    await transport.send({ ...batch, entries }, signal)
    await transport.close()
    const { dropped } = await initFleet(options)
    expect(dropped).toContain('flows 20170714')
    expect(await counts('old')).toEqual([0, 0, 0, 0, 0])
  })

  it('are made as the server can', () => {
    const options = { database: 'weir', version: parseVersion('24.8.4.13'), cluster: null, days: 7 }
    const [, flows] = schemaOf(options)
    expect(flows).toContain('TTL start + INTERVAL 7 DAY')
    expect(flows).toContain('protocol LowCardinality(String)')
    expect(flows).toContain('SETTINGS non_replicated_deduplication_window = 10000')
    const cluster = { name: 'c', shards: 2, replicas: 2 }
    const many = schemaOf({ ...options, cluster })
    expect(many[1]).toContain(
      "ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/weir/flows', '{replica}')",
    )
    expect(many[1]).toContain('`weir`.flows_local ON CLUSTER `c`')
    expect(many[2]).toContain('Distributed(`c`, `weir`, flows_local, cityHash64(toString(batch)))')
    expect(many.join('\n')).not.toContain('non_replicated')
    const old = schemaOf({ ...options, version: parseVersion('18.16.1') }).join('\n')
    expect(old).not.toMatch(/TTL|LowCardinality|SETTINGS/)
    expect(expiredBefore('flows', 30, new Date('2026-11-23T10:00Z'))).toBe('20261024')
    expect(expiredBefore('reports', 30, new Date('2026-11-23T10:00Z'))).toBe('20261123')
  })
})

describe('the sink', () => {
  it('goes on when the server does', async () => {
    using scratch = new Scratch()
    await initFleet({ url: at('outage'), days: 30 })
    const tell = vi.fn()
    const sink = await SpooledSink.open(
      scratch.join('spool'),
      new ClickHouseTransport({ url: at('outage') }),
      {
        consent: new TestConsent(),
        batchMs: 5,
        gatherMs: 1,
        backoff: { firstMs: 20, mostMs: 100, askedMs: 100 },
        tell,
      },
    )
    const records = traffic(gate, 400)
    for (const record of records.slice(0, 200)) sink.write(record)
    await until(() => sink.counts.kept === 200)
    await server.stop()
    for (const record of records.slice(200)) sink.write(record)
    await sink.flush()
    await until(() => tell.mock.calls.length === 1)
    await server.start()
    await until(() => sink.counts.kept === 400)
    await sink.close()
    const [flows, , lookups] = await counts('outage')
    expect(flows! + lookups!).toBe(400)
    expect(tell.mock.calls.map(([error]) => (error as Error | null)?.message)).toEqual([
      expect.stringMatching(/^127\.0\.0\.1:\d+: no answer$/),
      undefined,
    ])
  })

  it('is refused what cannot be taken, and does not say what it was', async () => {
    const transport = new ClickHouseTransport({ url: at('one') })
    const { entries, ...batch } = batchOf(9)
    const secret = { ...entries[0]!, text: '{"id":"secret.example"}' }
    const error = await transport
      .send({ ...batch, entries: [secret] }, signal)
      .catch((e: unknown) => e)
    await transport.close()
    expect(error).toBeInstanceOf(Refused)
    expect(String(error)).not.toContain('secret')
  })
})
