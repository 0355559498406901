// A collector that keeps what it is sent in a fleet's ClickHouse.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { clickHouseUrl } from '../../src/cli/sinkurl.js'
import { openSqlite } from '../../src/files/sqlite.js'
import type { ClearedRecord } from '../../src/privacy/gate.js'
import { initFleet } from '../../src/sinks/clickhousefleet.js'
import { ClickHouseStore } from '../../src/sinks/clickhousestore.js'
import { HttpTransport } from '../../src/sinks/http.js'
import { Refused } from '../../src/sinks/spoolretry.js'
import { SpooledSink } from '../../src/sinks/spoolsink.js'
import { Collected } from '../../src/telemetry/collected.js'
import { Collector } from '../../src/telemetry/collector.js'
import { Elsewhere, type RecordStore } from '../../src/telemetry/elsewhere.js'
import { ClickHouseServer } from '../sinks/clickhouseserver.js'
import * as fake from '../sinks/httpcollector.js'
import { numbered, openGate, TestConsent, traffic } from '../sinks/spoolsupport.js'
import { Program, until } from '../support/namespace.js'
import { weir } from '../support/weir.js'
import { Place } from './place.js'

const gate = await openGate()
const command = fileURLToPath(new URL('../../dist/cli/weir.js', import.meta.url))
const HOST = '127.0.0.1'
const KEY = '00000000-0000-4000-8000-000000000001'

let server: ClickHouseServer
beforeAll(async () => {
  server = await ClickHouseServer.start()
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())

type Records = readonly ClearedRecord<'tenant'>[]
const bodyOf = (records: Records): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('')
const everyKind = (seed: number): Records => [...traffic(gate, 300, seed), numbered(gate, seed)]

/** Of flows and their roll-up, lookups and theirs, and reports. */
async function counts(database: string): Promise<number[]> {
  const wanted = [
    'count() FROM flows',
    'sum(flows) FROM flows_hourly',
    'count() FROM lookups',
    'sum(lookups) FROM lookups_hourly',
    'count() FROM reports',
  ]
  return Promise.all(
    wanted.map(async (what) => {
      const query = `SELECT ${what.replace('FROM ', `FROM ${database}.`)}`
      const [row] = await server.ask<[string]>(query)
      return Number(row![0])
    }),
  )
}

function expected(...batches: Records[]): number[] {
  const all = batches.flat()
  const [flows, lookups] = ['flow', 'dns'].map(
    (kind) => all.filter(({ type }) => type === kind).length,
  )
  return [flows!, flows!, lookups!, lookups!, all.length - flows! - lookups!]
}

/** A collector in this process, on keys that outlive it. */
class Rig implements AsyncDisposable {
  private constructor(
    private readonly collector: Collector,
    readonly kept: Collected,
    readonly tell: ReturnType<typeof vi.fn>,
    private readonly token: string,
  ) {}

  static async open(place: Place, store: RecordStore): Promise<Rig> {
    const kept = new Collected(place.join('collected.db'))
    const tell = vi.fn()
    const isForGood = (error: unknown): boolean => error instanceof Refused
    const elsewhere = new Elsewhere(kept, store, { isForGood, tell })
    const collector = await Collector.listen(kept, { host: HOST, port: 0, elsewhere })
    return new Rig(collector, kept, tell, kept.newToken('laptop'))
  }

  async post(records: Records, token = this.token) {
    const answer = await request(new URL('v1/records', this.collector.url), {
      method: 'POST',
      body: bodyOf(records),
      headers: {
        'content-type': 'application/x-ndjson',
        authorization: `Bearer ${token}`,
        'idempotency-key': KEY,
      },
    })
    const body = (await answer.body.json()) as Record<string, unknown>
    return { status: answer.statusCode, wait: answer.headers['retry-after'], body }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.collector.close()
  }
}

async function fleet(database: string): Promise<URL> {
  const url = new URL(database, server.url)
  await initFleet({ url, days: 30 })
  return url
}

const TAKEN = { records: 301, isRepeat: false }
const REPEATED = { records: 0, isRepeat: true }

describe('a collector with ClickHouse behind it', () => {
  it('keeps a batch of every kind once under its key, and tells devices apart', async () => {
    using place = new Place()
    await using rig = await Rig.open(place, new ClickHouseStore({ url: await fleet('keeps') }))
    const [first, other] = [everyKind(1), everyKind(2)]
    expect((await rig.post(first)).body).toEqual(TAKEN)
    expect((await rig.post(first)).body).toEqual(REPEATED)
    expect((await rig.post(other, rig.kept.newToken('phone'))).body).toEqual(TAKEN)
    expect(await counts('keeps')).toEqual(expected(first, other))
    expect(rig.kept.counts()).toEqual({ batches: 2, records: 602 })
    expect(rig.tell).not.toHaveBeenCalled()
  })

  it('stores a batch once that comes twice at a time', async () => {
    using place = new Place()
    await using rig = await Rig.open(place, new ClickHouseStore({ url: await fleet('atonce') }))
    const batch = everyKind(1)
    const answers = await Promise.all([1, 2, 3].map(() => rig.post(batch)))
    expect(answers.map(({ body }) => body['isRepeat']).sort()).toEqual([false, true, true])
    expect(await counts('atonce')).toEqual(expected(batch))
  })

  it('knows a batch again whose acknowledgement was lost, or half of it, by a collector that died', async () => {
    using place = new Place()
    const url = await fleet('lost')
    for (const [seed, part] of [301, 120, 0].entries()) {
      const real = new ClickHouseStore({ url })
      const records = everyKind(seed + 1)
      const dying: RecordStore = {
        name: 'dying',
        async take(batch) {
          if (part) await real.take({ ...batch, records: batch.records.slice(0, part) })
          throw new Error('no answer')
        },
        close: () => real.close(),
      }
      const device = `device-${seed}`
      {
        await using rig = await Rig.open(place, dying)
        const { status, wait } = await rig.post(records, rig.kept.newToken(device))
        expect([status, wait]).toEqual([503, '5'])
        expect(rig.kept.counts()).toEqual({ batches: seed, records: seed * 301 })
      }
      await using rig = await Rig.open(place, new ClickHouseStore({ url }))
      const token = rig.kept.newToken(device)
      expect((await rig.post(records, token)).body).toEqual(TAKEN)
      expect((await rig.post(records, token)).body).toEqual(REPEATED)
    }
    expect(await counts('lost')).toEqual(expected(everyKind(1), everyKind(2), everyKind(3)))
  })

  it.each([
    ['garbage', fake.garbage],
    ['an error', fake.say(500)],
    ['too many requests', fake.say(429)],
    ['a connection that is cut', fake.cut],
    ['silence', fake.silence],
  ])('acknowledges nothing where the answer is %s', async (_, manner) => {
    using place = new Place()
    await using broken = await fake.Collector.start()
    broken.manners = [manner, manner, manner]
    await using rig = await Rig.open(
      place,
      new ClickHouseStore({ url: new URL('/weir', broken.url) }, 200),
    )
    for (let i = 0; i < 2; i++) expect((await rig.post(everyKind(1))).status).toBe(503)
    expect(rig.tell).toHaveBeenCalledOnce()
    expect(rig.kept.counts()).toEqual({ batches: 0, records: 0 })
  })

  it('takes up keys of a version that knew no other store', async () => {
    using place = new Place()
    const path = place.join('collected.db')
    const before = new Collected(path)
    before.take(before.device('laptop'), KEY, [
      { kind: 'action', time: new Date().toISOString(), text: '{}' },
    ])
    before.close()
    const db = openSqlite(path)
    db.exec('DROP TABLE begun; ALTER TABLE batch DROP COLUMN elsewhere; PRAGMA user_version = 1')
    db.close()
    await using rig = await Rig.open(place, new ClickHouseStore({ url: await fleet('older') }))
    expect((await rig.post(everyKind(1))).body).toEqual(REPEATED)
    expect((await rig.post(everyKind(1), rig.kept.newToken('phone'))).body).toEqual(TAKEN)
    expect(rig.kept.counts()).toEqual({ batches: 2, records: 302 })
  })

  it('says what is missing where there are no tables', async () => {
    using place = new Place()
    const url = new URL('nowhere', server.url)
    await using rig = await Rig.open(place, new ClickHouseStore({ url }))
    expect((await rig.post(everyKind(1))).status).toBe(503)
    expect(String(rig.tell.mock.calls[0])).toMatch(/error (60|81) of ClickHouse: weir fleet init/)
  })

  it('says that it takes no batch that can never be stored', async () => {
    using place = new Place()
    const refuses = { name: 'refuses', take: () => Promise.reject(new Refused('no')), close: () => Promise.resolve() } // prettier-ignore
    await using rig = await Rig.open(place, refuses)
    expect((await rig.post(everyKind(1))).status).toBe(422)
  })
})

describe('weir collect --clickhouse', () => {
  it('killed between, and ClickHouse too: all that was spooled is there, and once', async () => {
    using place = new Place()
    const url = await fleet('killed')
    const store = place.join('collected.db')
    const args = ['--store', store, '--clickhouse', url.href.replace('http:', 'clickhouse:')]
    let port = 0
    const start = async (): Promise<Program> => {
      const all = [command, 'collect', '--listen', `${HOST}:${port}`, ...args]
      const program = await new Program(spawn(process.execPath, all, { stdio: 'pipe' })).says('into') // prettier-ignore
      port = Number(/127\.0\.0\.1:(\d+)/.exec(program.err)?.[1])
      expect(program.err).toContain(`into clickhouse://${url.host}/killed, its keys into ${store}`)
      return program
    }
    let collecting = await start()
    const token = weir(['collect', 'token', 'new', '--name', 'laptop', '--store', store]).out.trim()
    const at = new URL(`http://${HOST}:${port}/v1/records`)
    const transport = new HttpTransport({ url: at, token, proxy: null })
    const sink = await SpooledSink.open(place.join('spool'), transport, {
      consent: new TestConsent(),
      batchMs: 20,
      gatherMs: 1,
      backoff: { firstMs: 20, mostMs: 100, askedMs: 100 },
    })
    const records = [1, 2, 3, 4].map(everyKind)
    for (const [round, part] of records.entries()) {
      for (const record of part) sink.write(record)
      await sink.flush()
      if (round === 1) await server.stop()
      await collecting.stop('SIGKILL')
      collecting = await start()
      if (round === 1) {
        await collecting.says('devices keep what they have')
        await server.start()
      }
    }
    await until(() => sink.counts.kept === 4 * 301)
    await sink.close()
    expect(sink.counts).toMatchObject({ lost: 0, waiting: 0 })
    expect((await collecting.stop('SIGTERM')).code).toBe(0)
    expect(await counts('killed')).toEqual(expected(...records))
  })

  it('takes addresses as weir fleet init does', () => {
    expect(clickHouseUrl('clickhouse://127.0.0.1/x').href).toBe('http://127.0.0.1:8123/x')
    const { code, err } = weir(['collect', '--clickhouse', 'http://127.0.0.1/'])
    expect([code, err]).toEqual([2, expect.stringContaining('clickhouse://')])
  })
})
