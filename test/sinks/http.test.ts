import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createProxy } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import * as zlib from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { HttpTransport } from '../../src/sinks/http.js'
import { type HttpSinkOptions, proxyOf } from '../../src/sinks/httpoptions.js'
import { retryAfterMs } from '../../src/sinks/spoolretry.js'
import { SpooledSink, type SpoolSinkOptions } from '../../src/sinks/spoolsink.js'
import { random } from '../privacy/random.js'
import { until } from '../support/namespace.js'
import {
  accept,
  Collector,
  cut,
  garbage,
  type Manner,
  say,
  silence,
  takeAndCut,
  TestCa,
} from './httpcollector.js'
import { numbered, openGate, Scratch, TestConsent, traffic } from './spoolsupport.js'

const gate = await openGate()
const QUICK = { batchMs: 5, gatherMs: 1, backoff: { firstMs: 2, mostMs: 10, askedMs: 300 } }

const open = (
  scratch: Scratch,
  http: HttpSinkOptions,
  options: Partial<SpoolSinkOptions> = {},
): Promise<SpooledSink> =>
  SpooledSink.open(scratch.join('spool'), new HttpTransport({ proxy: null, ...http }), {
    consent: new TestConsent(),
    ...QUICK,
    ...options,
  })

const countOf = (line: string): number => (JSON.parse(line) as { count: number }).count
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i)

async function writeAll(sink: SpooledSink, from: number, to: number): Promise<void> {
  for (const count of range(from, to)) sink.write(numbered(gate, count))
  await sink.flush()
}

describe('a collector', () => {
  it('gets records as compressed lines under a key, with a token', async () => {
    using scratch = new Scratch()
    await using collector = await Collector.start()
    const sink = await open(scratch, { url: collector.url, token: 'abc.DEF-123' })
    const records = traffic(gate, 200)
    for (const record of records) sink.write(record)
    await sink.close()
    expect(collector.lines).toEqual(records.map((record) => JSON.stringify(record)))
    expect(collector.headers[0]).toMatchObject({
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
      authorization: 'Bearer abc.DEF-123',
      'idempotency-key': expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    })
    expect(sink.counts).toEqual({ given: 200, kept: 200, lost: 0, waiting: 0, purged: 0 })
    expect(scratch.segments()).toEqual([])
  })

  it('may take zstd, where Node has it', async () => {
    using scratch = new Scratch()
    await using collector = await Collector.start()
    const { zstdDecompressSync } = zlib as { zstdDecompressSync?: typeof zlib.gunzipSync }
    const expected = zstdDecompressSync ? 'zstd' : 'gzip'
    collector.decode = (body) => (zstdDecompressSync ?? zlib.gunzipSync)(body)
    const sink = await open(scratch, { url: collector.url, compression: 'zstd' })
    await writeAll(sink, 0, 3)
    await sink.close()
    expect(collector.headers[0]!['content-encoding']).toBe(expected)
    expect(collector.lines.map(countOf)).toEqual([0, 1, 2])
  })

  it.each<[string, Manner[]]>([
    ['answers 500 and 503', [say(500), say(503), accept]],
    ['answers 429, soon', [say(429, { 'retry-after': '0' }), accept]],
    ['answers 401 until it knows the token', [say(401), say(403), accept]],
    ['redirects', [say(302, { location: 'http://127.0.0.1:1/' }), accept]],
    ['cuts the connection', [cut, cut, accept]],
    ['takes a batch and cuts the connection', [takeAndCut, takeAndCut, accept]],
    ['answers garbage', [garbage, accept]],
    ['says nothing', [silence, accept]],
  ])('that %s gets the same batch again, under the same key', async (_what, manners) => {
    using scratch = new Scratch()
    await using collector = await Collector.start()
    collector.manners = [...manners]
    const timeouts = { headersMs: 200, overallMs: 200 }
    const sink = await open(scratch, { url: collector.url, timeouts })
    await writeAll(sink, 0, 10)
    await until(() => sink.counts.kept === 10)
    await sink.close()
    expect(collector.lines.map(countOf)).toEqual(range(0, 10))
    expect(collector.requests.length).toBe(manners.length)
    expect(new Set(collector.requests.map(({ key, body }) => key + body)).size).toBe(1)
  })

  it('that refuses a batch for good is not asked again; what is lost is counted', async () => {
    using scratch = new Scratch()
    await using collector = await Collector.start()
    collector.manners = [say(400), accept]
    const tell = vi.fn()
    const sink = await open(scratch, { url: collector.url }, { tell })
    await writeAll(sink, 0, 5)
    await until(() => sink.counts.lost === 5)
    await writeAll(sink, 5, 8)
    await until(() => sink.counts.kept === 3)
    await sink.close()
    expect(collector.lines.map(countOf)).toEqual([5, 6, 7])
    expect(tell.mock.calls.map(([error]) => (error as Error | null)?.message)).toEqual([
      `${collector.url.host} answers 400`,
      undefined,
    ])
  })

  it('is left alone as long as it asks, within a bound', async () => {
    using scratch = new Scratch()
    await using collector = await Collector.start()
    collector.manners = [say(503, { 'retry-after': '86400' }), accept]
    const sink = await open(scratch, { url: collector.url })
    await writeAll(sink, 0, 1)
    await until(() => sink.counts.kept === 1)
    await sink.close()
    const [first, second] = collector.requests
    expect(second!.at - first!.at).toBeGreaterThan(290)
  })

  it('that is down costs a bounded amount of memory and disk, and no time', async () => {
    using scratch = new Scratch()
    await using collector = await Collector.start()
    const { url } = collector
    await collector[Symbol.asyncDispose]()
    const bytesMax = 200_000
    const bounds = { bytesMax, batchBytes: 50_000, queueBytes: 100_000 }
    const sink = await open(scratch, { url }, bounds)
    const records = traffic(gate, 500)
    let longest = 0
    for (let round = 0; round < 20; round++) {
      const start = performance.now()
      for (const record of records) sink.write(record)
      longest = Math.max(longest, performance.now() - start)
      await sink.flush()
    }
    const { given, kept, lost, waiting } = sink.counts
    expect(given).toBe(10_000)
    expect(kept).toBe(0)
    expect(lost + waiting).toBe(10_000)
    expect(waiting).toBeGreaterThan(50)
    await sink.close()
    expect(longest).toBeLessThan(2000)
  })

  it('gets nothing any more of what consent was withdrawn for', async () => {
    using scratch = new Scratch()
    await using collector = await Collector.start()
    const consent = new TestConsent()
    collector.manners = [silence, accept]
    const sink = await open(scratch, { url: collector.url }, { consent })
    for (const record of traffic(gate, 20)) sink.write(record)
    await writeAll(sink, 0, 2)
    await until(() => collector.requests.length === 1)
    await sink.purge(new Set(['flow', 'dns'] as const))
    await until(() => sink.counts.kept === 2)
    expect(collector.lines.map(countOf)).toEqual([0, 1])
    collector.manners = [say(500)]
    await writeAll(sink, 2, 4)
    await until(() => collector.requests.length > 2)
    consent.tighten('action')
    // A request that was on its way when consent changed is answered 500 still.
    await sink.purgeStale()
    collector.manners = [accept]
    await until(() => sink.counts.waiting === 0)
    await sink.close()
    expect(collector.lines.map(countOf)).toEqual([0, 1])
    expect(sink.counts).toMatchObject({ kept: 2, purged: 22, lost: 0 })
  })
})

describe('TLS', () => {
  it('is verified, by an authority of the administrator or those that Node trusts', async () => {
    using ca = new TestCa()
    using scratch = new Scratch()
    const server = { cert: ca.pem('localhost.pem'), key: ca.pem('localhost.key') }
    await using collector = await Collector.start(server)
    const tell = vi.fn()
    const untrusting = await open(scratch, { url: collector.url }, { tell })
    await writeAll(untrusting, 0, 3)
    await until(() => tell.mock.calls.length > 0)
    await untrusting.close()
    expect(collector.requests).toEqual([])
    const other = new URL(collector.url.href.replace('localhost', '127.0.0.1'))
    const misnamed = await open(scratch, { url: other, tls: { ca: ca.pem('ca.pem') } })
    await misnamed.close()
    expect(collector.requests).toEqual([])
    const trusting = await open(scratch, { url: collector.url, tls: { ca: ca.pem('ca.pem') } })
    await trusting.close()
    expect(collector.lines.map(countOf)).toEqual([0, 1, 2])
  })

  it('shows a client certificate', async () => {
    using ca = new TestCa()
    using scratch = new Scratch()
    const server = { cert: ca.pem('localhost.pem'), key: ca.pem('localhost.key') }
    const authority = ca.pem('ca.pem')
    await using collector = await Collector.start({ ...server, ca: authority, requestCert: true })
    const tls = { ca: authority, cert: ca.pem('device.pem'), key: ca.pem('device.key') }
    const sink = await open(scratch, { url: collector.url, tls })
    await writeAll(sink, 0, 1)
    await sink.close()
    expect(collector.lines.length).toBe(1)
  })

  it.each<[string, Partial<HttpSinkOptions>]>([
    ['http://collector.example/', {}],
    ['ftp://collector.example/', {}],
    ['https://user:secret@collector.example/', {}],
    ['https://collector.example/', { tls: { cert: 'a certificate' } }],
    ['https://collector.example/', { token: 'two words' }],
  ])('%s with %o is refused', (url, more) => {
    const make = (): unknown => new HttpTransport({ url: new URL(url), ...more })
    expect(make).toThrow(expect.objectContaining({ code: 'WEIR_BAD_ARGUMENT' }))
  })
})

describe('a proxy', () => {
  it('is a tunnel to the collector', async () => {
    using scratch = new Scratch()
    using ca = new TestCa()
    const server = { cert: ca.pem('localhost.pem'), key: ca.pem('localhost.key') }
    await using collector = await Collector.start(server)
    const asked: (string | undefined)[] = []
    const proxy = createProxy().on('connect', (request, socket) => {
      asked.push(request.url)
      const { hostname, port } = collector.url
      const onwards = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        onwards.pipe(socket).pipe(onwards)
      })
      socket.on('error', () => onwards.destroy())
      onwards.on('error', () => socket.destroy())
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const sink = await open(scratch, {
      url: collector.url,
      tls: { ca: ca.pem('ca.pem') },
      proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    })
    await writeAll(sink, 0, 2)
    await sink.close()
    proxy.close()
    expect(asked).toEqual([collector.url.host])
    expect(collector.lines.map(countOf)).toEqual([0, 1])
  })

  const env = {
    HTTPS_PROXY: 'http://p:1',
    NO_PROXY: 'example.org,.internal *.lab,h:444,[::1]:8443,::2',
  }
  it.each([
    ['https://example.net/', 'http://p:1'],
    ['https://example.org/', undefined],
    ['https://www.example.org/', undefined],
    ['https://notexample.org/', 'http://p:1'],
    ['https://a.internal/', undefined],
    ['https://a.lab/', undefined],
    ['https://h/', 'http://p:1'],
    ['https://h:444/', undefined],
    ['https://[::1]/', 'http://p:1'],
    ['https://[::1]:8443/', undefined],
    ['https://[::2]/', undefined],
    ['http://example.net/', undefined],
  ])('for %s is %s', (url, proxy) => {
    expect(proxyOf(new URL(url), env)).toBe(proxy)
  })

  it('is none for all where NO_PROXY says so, and lower case comes first', () => {
    const url = new URL('https://example.net/')
    expect(proxyOf(url, { ...env, NO_PROXY: '*' })).toBeUndefined()
    expect(proxyOf(url, { ...env, https_proxy: 'http://q:2' })).toBe('http://q:2')
    expect(proxyOf(url, { ALL_PROXY: 'http://r:3' })).toBe('http://r:3')
    expect(proxyOf(url, { HTTPS_PROXY: '' })).toBeUndefined()
  })
})

it.each([
  ['120', undefined, 120_000],
  ['Mon, 23 Nov 2026 20:01:00 GMT', 'Mon, 23 Nov 2026 20:00:00 GMT', 60_000],
  ['Mon, 23 Nov 2026 20:00:00 GMT', 'Mon, 23 Nov 2026 20:01:00 GMT', 0],
  ['-5', undefined, 0],
  ['soon', undefined, 0],
  [undefined, undefined, 0],
])('Retry-After %s at %s is %d ms', (value, date, ms) => {
  expect(retryAfterMs(value, date)).toBe(ms)
})

it('kill -9 in a loop: nothing acknowledged is lost, nothing arrives under two keys', async () => {
  using scratch = new Scratch()
  await using collector = await Collector.start()
  const pick = random(5)
  const manners = [accept, accept, accept, takeAndCut, cut, say(500), say(429), garbage]
  collector.manners = [(...args) => manners[pick(manners.length)]!(...args)]
  const script = fileURLToPath(new URL('httpkill.mjs', import.meta.url))
  const start = (first: string) =>
    spawn(process.execPath, [script, scratch.join('spool'), collector.url.href, first], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  const acknowledged: number[] = []
  for (let run = 0; run < 8; run++) {
    const child = start(String(run * 1_000_000))
    let out = ''
    child.stdout.on('data', (data: Buffer) => (out += data.toString()))
    await once(child.stdout, 'data')
    await new Promise((resolve) => setTimeout(resolve, pick(250)))
    child.kill('SIGKILL')
    await once(child, 'close')
    const last = Number(out.slice(0, out.lastIndexOf('\n')).split('\n').at(-1))
    acknowledged.push(...range(run * 1_000_000, last))
  }
  const [code] = (await once(start('drain'), 'close')) as [number]
  expect(code).toBe(0)

  const counts = collector.lines.map(countOf)
  const arrived = new Set(counts)
  expect(arrived.size).toBe(counts.length)
  expect(acknowledged.filter((count) => !arrived.has(count))).toEqual([])
  expect(acknowledged.length).toBeGreaterThan(100)
  // The same key is always the same batch.
  const bodies = new Map(collector.requests.map(({ key, body }) => [key, body]))
  for (const { key, body } of collector.requests) expect(body).toBe(bodies.get(key))
  expect(collector.requests.length).toBeGreaterThan(collector.taken.size)
  expect(scratch.segments()).toEqual([])
}, 120_000)
