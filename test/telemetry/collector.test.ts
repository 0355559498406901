import { statSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import * as zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Agent, request } from 'undici'
import type { FlowRecord } from '../../src/records/types.js'
import { Collected } from '../../src/telemetry/collected.js'
import { Collector, type CollectorOptions, isLoopback } from '../../src/telemetry/collector.js'
import { UNPACKED_MAX } from '../../src/telemetry/unpack.js'
import { TestCa } from '../sinks/httpcollector.js'
import { numbered, openGate, traffic } from '../sinks/spoolsupport.js'
import { Place } from './place.js'

const gate = await openGate()
const HOST = '127.0.0.1'
const KEY = '00000000-0000-4000-8000-000000000001'
const GZIP = { 'content-encoding': 'gzip' }

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

class Rig implements AsyncDisposable {
  private constructor(
    private readonly place: Place,
    readonly kept: Collected,
    readonly collector: Collector,
    readonly token: string,
  ) {}

  static async open(options: Partial<CollectorOptions> = {}): Promise<Rig> {
    const place = new Place()
    const kept = new Collected(place.join('collected.db'))
    const token = kept.newToken('laptop')
    const collector = await Collector.listen(kept, { host: HOST, port: 0, ...options })
    return new Rig(place, kept, collector, token)
  }

  async post(body: Buffer | string, headers: object = {}, path = 'v1/records'): Promise<Answer> {
    const answer = await request(new URL(path, this.collector.url), {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/x-ndjson',
        authorization: `Bearer ${this.token}`,
        'idempotency-key': KEY,
        ...headers,
      },
    })
    const text = await answer.body.text()
    return { status: answer.statusCode, body: JSON.parse(text) as Answer['body'] }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.collector.close()
    this.place[Symbol.dispose]()
  }
}

const line = (count: number): string => `${JSON.stringify(numbered(gate, count))}\n`

describe('a collector', () => {
  it('takes every kind of record once under a key, and tells devices apart', async () => {
    await using rig = await Rig.open()
    const records = traffic(gate, 50)
    const body = records.map((record) => `${JSON.stringify(record)}\n`).join('')
    expect(await rig.post(gzipSync(body), GZIP)).toEqual({
      status: 200,
      body: { records: 50, isRepeat: false },
    })
    expect(await rig.post(gzipSync(body), GZIP)).toEqual({
      status: 200,
      body: { records: 0, isRepeat: true },
    })
    expect(rig.kept.counts()).toEqual({ batches: 1, records: 50 })
    const authorization = `Bearer ${rig.kept.newToken('phone')}`
    expect((await rig.post(line(1), { authorization })).body).toMatchObject({ isRepeat: false })
    expect(rig.kept.counts()).toEqual({ batches: 2, records: 51 })
    expect(statSync(rig.kept.path).mode & 0o777).toBe(0o600)
  })

  it('takes zstd where Node has it, and else says what it takes', async () => {
    await using rig = await Rig.open()
    const { zstdCompressSync } = zlib as { zstdCompressSync?: typeof gzipSync }
    const body = (zstdCompressSync ?? gzipSync)(line(1))
    const { status } = await rig.post(body, { 'content-encoding': 'zstd' })
    expect(status).toBe(zstdCompressSync ? 200 : 415)
  })

  it('refuses a batch for one line that is not in the inventory, and says which', async () => {
    await using rig = await Rig.open()
    const flow = traffic(gate, 20).find(({ type }) => type === 'flow') as unknown as FlowRecord
    const bad = async (second: unknown): Promise<unknown> => {
      const text = typeof second === 'string' ? second : JSON.stringify(second)
      const { status, body } = await rig.post(`${line(1)}${text}\n${line(3)}`)
      expect([status, body['line']]).toEqual([422, 2])
      expect(JSON.stringify(body)).not.toContain('hunter2')
      return body['error']
    }
    expect(await bad({ ...flow, hunter2: 'hunter2' })).toBe(
      'a field that the inventory does not list',
    )
    expect(await bad({ ...flow, client: { ...flow.client, hunter2: 1 } })).toContain('/client')
    expect(await bad({ ...numbered(gate, 1), list: 'hunter2/\n' })).toContain('/list')
    expect(await bad({ type: 'hunter2' })).toContain('type')
    expect(await bad({ type: '__proto__' })).toContain('type')
    expect(await bad(`{"type": "action", "__proto__": {"hunter2": 1}}`)).toEqual(expect.anything())
    for (const none of ['', '[]', 'null', '"hunter2"', '{hunter2', '\0', '['.repeat(50_000)]) {
      expect(await bad(none)).toContain('JSON')
    }
    expect(rig.kept.counts()).toEqual({ batches: 0, records: 0 })
    // Nothing was remembered of it: the key is free.
    expect((await rig.post(line(1))).body).toEqual({ records: 1, isRepeat: false })
  })

  it('bounds what it reads, and what that unpacks to', async () => {
    await using rig = await Rig.open()
    const bomb = gzipSync(Buffer.alloc(UNPACKED_MAX + 1, ' '))
    expect((await rig.post(bomb, GZIP)).status).toBe(413)
    expect((await rig.post(Buffer.alloc((1 << 22) + 1, ' '))).status).toBe(413)
    expect((await rig.post('no gzip', GZIP)).status).toBe(400)
    expect((await rig.post(line(1), { 'content-encoding': 'br' })).status).toBe(415)
    expect((await rig.post(line(1), { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await rig.post(line(1), { 'idempotency-key': 'short' })).status).toBe(400)
    expect((await rig.post('\n'.repeat(1 << 20))).status).toBe(422)
    expect(rig.kept.counts().batches).toBe(0)
  })

  it('knows its devices by tokens, of which it keeps hashes', async () => {
    await using rig = await Rig.open()
    const [id = '', secret = ''] = rig.token.split('.')
    const wrong = [`${id}.${'A'.repeat(secret.length)}`, `${id}.`, `nobody.${secret}`, '', 'x']
    for (const token of wrong) {
      const { status } = await rig.post(line(1), { authorization: `Bearer ${token}` })
      expect(status).toBe(401)
    }
    expect((await rig.post(line(1), { authorization: `Basic ${rig.token}` })).status).toBe(401)
    expect((await rig.post(line(1))).status).toBe(200)
    expect(rig.kept.tokens()).toEqual([{ name: 'laptop', id, made: expect.any(Number) as number }])
    expect(rig.kept.revoke('laptop')).toBe(1)
    expect((await rig.post(line(1))).status).toBe(401)
  })

  it('enrols a device once for a code, until it expires', async () => {
    await using rig = await Rig.open()
    const enrol = (code: string) =>
      rig.post(JSON.stringify({ code }), { 'content-type': 'application/json' }, 'v1/enrol')
    const code = rig.kept.newCode('tablet', 60_000)
    const { status, body } = await enrol(code)
    expect([status, body['device']]).toEqual([200, 'tablet'])
    const authorization = `Bearer ${String(body['token'])}`
    expect((await rig.post(line(1), { authorization })).status).toBe(200)
    expect((await enrol(code)).status).toBe(403)
    expect((await enrol(rig.kept.newCode('late', -1))).status).toBe(403)
    expect((await enrol('{')).status).toBe(403)
    expect((await rig.post('[', { 'content-type': 'application/json' }, 'v1/enrol')).status).toBe(
      400,
    )
  })

  it('lets each device ask so often, and no more', async () => {
    await using rig = await Rig.open({ perMinute: 3 })
    const statuses: number[] = []
    for (let i = 0; i < 4; i++) statuses.push((await rig.post(line(1))).status)
    expect(statuses).toEqual([200, 200, 200, 429])
    const authorization = `Bearer ${rig.kept.newToken('phone')}`
    expect((await rig.post(line(1), { authorization })).status).toBe(200)
  })

  it('forgets records when the inventory says, but not their keys', async () => {
    await using rig = await Rig.open()
    await rig.post(line(1))
    rig.kept.prune(Date.parse('2026-12-01T00:00:00Z'))
    expect(rig.kept.counts().records).toBe(1)
    rig.kept.prune(Date.parse('2027-06-01T00:00:00Z'))
    expect(rig.kept.counts()).toEqual({ batches: 1, records: 0 })
    expect((await rig.post(line(1))).body).toMatchObject({ isRepeat: true })
  })

  it('listens on a network with TLS only, and takes devices by certificate', async () => {
    using place = new Place()
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'localhost.example']) {
      const kept = new Collected(place.join('c.db'))
      await expect(Collector.listen(kept, { host, port: 0 })).rejects.toThrow('--cert')
      kept.close()
    }
    expect([HOST, '127.9.9.9', '::1'].every(isLoopback)).toBe(true)
    using ca = new TestCa()
    const tls = {
      cert: ca.pem('localhost.pem'),
      key: ca.pem('localhost.key'),
      clientCa: ca.pem('ca.pem'),
    }
    await using rig = await Rig.open({ tls })
    const post = async (connect: object): Promise<number> => {
      const dispatcher = new Agent({ connect: { ca: ca.pem('ca.pem'), ...connect } })
      const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': KEY }
      const url = `https://localhost:${rig.collector.url.port}/v1/records`
      try {
        const { statusCode, body } = await request(url, {
          method: 'POST',
          body: line(1),
          headers,
          dispatcher,
        })
        await body.dump()
        return statusCode
      } finally {
        await dispatcher.destroy()
      }
    }
    expect(await post({})).toBe(401)
    expect(await post({ cert: ca.pem('device.pem'), key: ca.pem('device.key') })).toBe(200)
    using others = new TestCa()
    expect(await post({ cert: others.pem('device.pem'), key: others.pem('device.key') })).toBe(401)
  })
})
