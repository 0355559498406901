import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { nextHop } from '../../src/feeds/request.js'
import { answer, cutAfter, FeedServer, serve, serveRanges } from './server.js'
import { names, saying, TestStore } from './support.js'

let server: FeedServer
let store: TestStore
beforeAll(async () => {
  server = await FeedServer.start()
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(() => {
  store = new TestStore()
  server.requests.length = 0
})
afterEach(() => store[Symbol.dispose]())

const LIST = names(500)

describe('what is new', () => {
  it('is fetched once, and not again while the server says that nothing changed', async () => {
    server.on(
      '/list.txt',
      serve(LIST, { etag: 'W/"1"', 'last-modified': 'Mon, 02 Nov 2020 10:00:00 GMT' }),
    )
    const name = await store.add(server.url('/list.txt'))
    expect(server.requests).toHaveLength(0)
    expect(await store.updateOne()).toEqual({ name, outcome: 'updated', message: '500 rules' })
    expect(store.content(name)).toBe(LIST)
    expect(await store.updateOne()).toMatchObject({ outcome: 'unchanged' })
    expect(server.requests[1]!.headers).toMatchObject({
      'if-none-match': 'W/"1"',
      'if-modified-since': 'Mon, 02 Nov 2020 10:00:00 GMT',
    })
    server.on('/list.txt', serve(names(510), { etag: '"2"' }))
    expect(await store.updateOne()).toMatchObject({
      outcome: 'updated',
      message: '510 rules (+10)',
    })
    expect(store.content(name)).toBe(names(510))
  })

  it('is not asked for by ETag where the copy on disk is not the one that has it', async () => {
    server.on('/list.txt', serve(LIST, { etag: '"1"' }))
    const name = await store.add(server.url('/list.txt'))
    await store.updateOne()
    writeFileSync(store.path(name, 'list'), 'damaged')
    expect(await store.updateOne()).toMatchObject({ outcome: 'updated' })
    expect(store.content(name)).toBe(LIST)
  })

  it('is unchanged where a server without ETags sends the same', async () => {
    server.on('/list.txt', serve(LIST))
    await store.add(server.url('/list.txt'))
    await store.updateOne()
    expect(await store.updateOne()).toMatchObject({ outcome: 'unchanged' })
  })

  it.each([
    ['gzip', gzipSync(LIST)],
    ['x-gzip', gzipSync(LIST)],
    ['br', brotliCompressSync(LIST)],
    ['deflate', deflateSync(LIST)],
    ['deflate', deflateRawSync(LIST)],
    ['identity', Buffer.from(LIST)],
  ])('is decoded from %s', async (encoding, body) => {
    server.on('/list.txt', serve(body, { 'content-encoding': encoding }))
    const name = await store.add(server.url('/list.txt'))
    expect(await store.updateOne()).toMatchObject({ outcome: 'updated' })
    expect(store.content(name)).toBe(LIST)
  })

  it('is stored uncompressed where the list is a .gz file', async () => {
    server.on('/list.txt.gz', serve(gzipSync(LIST)))
    expect(await store.add(server.url('/list.txt.gz'))).toBe('list')
    expect(await store.updateOne()).toMatchObject({ outcome: 'updated' })
    expect(store.content('list')).toBe(LIST)
  })
})

describe('a download that breaks off', () => {
  const ETAG = '"strong"'
  const NOW = 'Mon, 02 Nov 2020 10:00:00 GMT'

  it('goes on where it was, within one update', async () => {
    server.inTurn('/l', cutAfter(LIST, 4000, { etag: ETAG }), serveRanges(LIST, ETAG))
    const name = await store.add(server.url('/l'))
    expect(await store.updateOne()).toMatchObject({ outcome: 'updated' })
    expect(server.requests[1]!.headers).toMatchObject({ range: 'bytes=4000-', 'if-range': ETAG })
    expect(store.content(name)).toBe(LIST)
    expect(store.content(name, 'part')).toBeUndefined()
  })

  it('goes on where it was, in the next update', async () => {
    server.on('/l', cutAfter(LIST, 4000, { etag: ETAG }))
    const name = await store.add(server.url('/l'))
    expect(await store.updateOne({ retries: 0 })).toMatchObject({
      outcome: 'failed',
      code: 'WEIR_FETCH_FAILED',
    })
    expect(store.content(name, 'part')).toContain('host1.example.test')
    server.on('/l', serveRanges(LIST, ETAG))
    expect(await store.updateOne()).toMatchObject({ outcome: 'updated' })
    expect(server.requests[1]!.headers.range).toBe('bytes=4000-')
    expect(store.content(name)).toBe(LIST)
  })

  it('goes on by Last-Modified where that is old enough', async () => {
    server.inTurn('/l', cutAfter(LIST, 4000, { 'last-modified': NOW }), serveRanges(LIST, NOW))
    await store.add(server.url('/l'))
    expect(await store.updateOne()).toMatchObject({ outcome: 'updated' })
    expect(server.requests[1]!.headers['if-range']).toBe(NOW)
  })

  it.each([
    ['a weak ETag', { etag: 'W/"1"' }],
    ['no validator', {}],
    ['a Last-Modified of the same second', { 'last-modified': NOW, date: NOW }],
  ])('begins anew with %s', async (_what, headers) => {
    server.inTurn('/l', cutAfter(LIST, 4000, headers), serve(LIST, headers))
    const name = await store.add(server.url('/l'))
    expect(await store.updateOne()).toMatchObject({ outcome: 'updated' })
    expect(server.requests[1]!.headers.range).toBeUndefined()
    expect(store.content(name)).toBe(LIST)
  })

  const other = names(400, 'other')
  it.each([
    ['the whole of another version', serve(other, { etag: '"other"' })],
    [
      'a range of another version',
      answer(206, { etag: '"other"', 'content-range': 'bytes 4000-4002/4003' }, 'abc'),
    ],
    ['another range', answer(206, { etag: ETAG, 'content-range': 'bytes 0-2/4003' }, 'abc')],
    [
      'a range that ends too soon',
      answer(206, { etag: ETAG, 'content-range': 'bytes 4000-4002/9000' }, 'abc'),
    ],
    [
      'another encoding',
      answer(206, { 'content-encoding': 'br', 'content-range': 'bytes 4000-4002/4003' }, 'abc'),
    ],
    ['no range', answer(206, { etag: ETAG }, 'abc')],
    ['416', answer(416)],
  ])('is dropped when the server then sends %s', async (_what, second) => {
    server.inTurn(
      '/l',
      cutAfter(LIST, 4000, { etag: ETAG }),
      second,
      serve(other, { etag: '"other"' }),
    )
    const name = await store.add(server.url('/l'))
    expect(await store.updateOne()).toMatchObject({ outcome: 'updated', message: '400 rules' })
    expect(store.content(name)).toBe(other)
  })
})

describe('a server that fails', () => {
  it.each([
    ['500', answer(500)],
    ['503 with Retry-After', answer(503, { 'retry-after': '0' })],
    ['429', answer(429)],
    ['a cut connection', (_q, response) => response.destroy()],
    ['silence', () => undefined],
  ] as [string, Parameters<FeedServer['on']>[1]][])(
    'is asked again after %s',
    async (_what, first) => {
      server.inTurn('/l', first, serve(LIST))
      await store.add(server.url('/l'))
      expect(await store.updateOne()).toMatchObject({ outcome: 'updated' })
      expect(server.requests).toHaveLength(2)
    },
  )

  it('is left alone after a few attempts, at once where it asks for that, and after 404', async () => {
    server.on('/always', answer(502))
    server.on('/later', answer(503, { 'retry-after': '3600' }))
    const paths = ['/always', '/later', '/nowhere']
    for (const path of paths) await store.add(server.url(path))
    const results = await store.update({ retries: 2 })
    expect(results.map(({ message }) => message)).toEqual([
      saying(/answers 502 Bad Gateway \(3 attempts\)/),
      saying(/asks to wait 3600 s/),
      saying(/answers 404 Not Found/),
    ])
    expect(results.every(({ code }) => code === 'WEIR_FETCH_FAILED')).toBe(true)
    expect(server.requests).toHaveLength(3 + 1 + 1)
  })

  it('keeps the last good copy, and stops no other list', async () => {
    server.inTurn('/l', serve(LIST), answer(500))
    server.on('/other', serve(LIST))
    const name = await store.add(server.url('/l'))
    await store.add(server.url('/other'))
    await store.update()
    const results = await store.update({ retries: 0 })
    expect(results.map(({ outcome }) => outcome)).toEqual(['failed', 'unchanged'])
    expect(store.content(name)).toBe(LIST)
    expect((await store.entry(name)).last).toMatchObject({ outcome: 'failed' })
    expect((await store.entry(name)).good).toMatchObject({ rules: 500 })
  })

  it('is not waited for beyond the limit when it drips', async () => {
    server.on('/l', (_request, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write('x.test\n'), 20)
      response.on('close', () => clearInterval(timer))
    })
    await store.add(server.url('/l'))
    const result = await store.updateOne({ overallMs: 300 })
    expect(result).toMatchObject({
      outcome: 'failed',
      message: saying(/not done within 0.3 s/),
    })
  })

  it('is not waited for when it stops in the middle', async () => {
    server.on('/l', (_request, response) => {
      response.writeHead(200, { 'content-length': 1000 })
      response.write('a.test\n')
    })
    await store.add(server.url('/l'))
    const result = await store.updateOne({ retries: 0, bodyMs: 100 })
    expect(result.message).toMatch(/stops in the middle/)
  })

  it('is cut off when a body has no end', async () => {
    server.on('/l', (_request, response) => {
      const piece = Buffer.alloc(1 << 16, 'a.test\n')
      const more = (): void => {
        if (!response.destroyed) response.write(piece, more)
      }
      response.writeHead(200)
      more()
    })
    const name = await store.add(server.url('/l'))
    const result = await store.updateOne({ receivedMax: 1 << 20 })
    expect(result).toMatchObject({
      code: 'WEIR_FETCH_FAILED',
      message: saying(/sends too much/),
    })
    expect(store.content(name, 'part')).toBeUndefined()
  })

  it('is cut off before a body that it says is too long', async () => {
    server.on('/l', serve(LIST))
    await store.add(server.url('/l'))
    expect((await store.updateOne({ receivedMax: 100 })).message).toMatch(/sends too much/)
  })

  it.each([
    ['gzip', gzipSync(Buffer.alloc(1 << 24)), { 'content-encoding': 'gzip' }],
    ['br', brotliCompressSync(Buffer.alloc(1 << 24)), { 'content-encoding': 'br' }],
    ['a .gz file', gzipSync(Buffer.alloc(1 << 24)), {}],
    [
      'a .gz file in gzip',
      gzipSync(gzipSync(Buffer.alloc(1 << 24))),
      { 'content-encoding': 'gzip' },
    ],
  ])('is not believed a bomb: %s', async (_what, body, headers) => {
    server.on('/l', serve(body, headers))
    const name = await store.add(server.url('/l'))
    const result = await store.updateOne({ listMax: 1 << 20 })
    expect(result).toMatchObject({
      code: 'WEIR_FEED_REFUSED',
      message: saying(/longer than 1048576/),
    })
    expect(store.content(name)).toBeUndefined()
  })

  it.each([
    ['damaged gzip', gzipSync(LIST).subarray(0, 500), { 'content-encoding': 'gzip' }, /damaged/],
    [
      'an encoding that nobody asked for',
      LIST,
      { 'content-encoding': 'zstd' },
      /unknown encoding: zstd/,
    ],
  ])('is told of: %s', async (_what, body, headers, message) => {
    server.on('/l', serve(body, headers))
    await store.add(server.url('/l'))
    expect(await store.updateOne()).toMatchObject({
      code: 'WEIR_FEED_REFUSED',
      message: saying(message),
    })
  })
})

describe('redirects', () => {
  it('are followed, a few of them', async () => {
    server.on('/a', answer(302, { location: '/b' }))
    server.on('/b', answer(308, { location: server.url('/c') }))
    server.on('/c', serve(LIST))
    const name = await store.add(server.url('/a'))
    expect(await store.updateOne()).toMatchObject({ outcome: 'updated' })
    expect((await store.entry(name)).address).toBe(server.url('/a'))
  })

  it('are not followed for ever', async () => {
    server.on('/a', answer(301, { location: '/a' }))
    await store.add(server.url('/a'))
    expect((await store.updateOne({ redirects: 3 })).message).toMatch(/redirects more than 3 times/)
    expect(server.requests).toHaveLength(4)
  })

  it.each([
    ['http://x.test/', /from https to http/],
    ['ftp://x.test/', /to ftp:/],
    ['file:///etc/passwd', /to file:/],
    ['https://a:b@x.test/', /password/],
    ['https://', /to nowhere/],
    [undefined, /to nowhere/],
  ])('lead not to %s', (location, message) => {
    expect(() => nextHop(new URL('https://lists.test/a'), location)).toThrow(message)
  })
})

it('says what cannot be reached', async () => {
  const gone = await FeedServer.start()
  const url = gone.url('/l')
  await gone[Symbol.asyncDispose]()
  await store.add(url, { name: 'closed' })
  await store.add('http://no-such-host.invalid/l', { name: 'nameless' })
  const [closed, nameless] = await store.update({ retries: 1 })
  expect(closed!.message).toMatch(/refuses connections \(2 attempts\)/)
  expect(nameless!.message).toMatch(/no host no-such-host.invalid|no name server answers/)
})

it('fetches several lists at a time, four at most', async () => {
  let [open, most] = [0, 0]
  for (let i = 0; i < 9; i++) {
    server.on(`/${i}`, (request, response) => {
      most = Math.max(most, ++open)
      setTimeout(() => {
        open--
        serve(names(5, `l${i}-`))(request, response)
      }, 15)
    })
    await store.add(server.url(`/${i}`), { name: `l${i}` })
  }
  const results = await store.update()
  expect(results.map(({ name }) => name)).toEqual(Array.from({ length: 9 }, (_, i) => `l${i}`))
  expect(results.every(({ outcome }) => outcome === 'updated')).toBe(true)
  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThanOrEqual(4)
})

it('reads a list from a file', async () => {
  const path = `${store.directory}/mine.txt`
  writeFileSync(path, gzipSync(LIST))
  const name = await store.add(path, {
    sha256: createHash('sha256').update(gzipSync(LIST)).digest('hex'),
  })
  expect(name).toBe('mine')
  expect(await store.updateOne()).toMatchObject({ outcome: 'updated' })
  expect(await store.updateOne()).toMatchObject({ outcome: 'unchanged' })
  expect((await store.updateOne({ receivedMax: 10 })).message).toMatch(/longer than 10 bytes/)
})
