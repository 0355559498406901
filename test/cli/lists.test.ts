import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { describe as describeError } from '../../src/cli/exit.js'
import { listsCommand } from '../../src/cli/lists.js'
import { makeEntry, type Said } from '../../src/feeds/add.js'
import { Store } from '../../src/feeds/store.js'
import { answer, FeedServer, serve, serveRanges } from '../feeds/server.js'
import { names } from '../feeds/support.js'
import { type Run, startWeir, weir } from '../support/weir.js'

let server: FeedServer
let folder: string
beforeAll(async () => {
  server = await FeedServer.start()
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-lists-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const at = (path: string): string => join(folder, path)
const lists = (...args: string[]): Run => weir(['lists', ...args, '--dir', folder])
const update = (...args: string[]): Promise<Run> =>
  startWeir(['lists', 'update', ...args, '--dir', folder]).end
const add = (source: string, said: Said = {}): Promise<void> =>
  Store.change(folder, (store) => store.add(makeEntry(source, said)))
const stored = (): unknown => JSON.parse(readFileSync(at('lists.json'), 'utf8'))

// Each run of the command takes a while on a machine that has much to do.
vi.setConfig({ testTimeout: 120_000 })

describe('weir lists', () => {
  it('adds, updates, shows and removes', async () => {
    server.on('/ads.txt', serve(names(42), { etag: '"1"' }))
    expect(lists('add', server.url('/ads.txt'), '--category', 'ads')).toMatchObject({
      code: 0,
      out: 'ads: registered, not fetched yet (weir lists update ads)\n',
    })
    expect(lists('add', 'urlhaus').code).toBe(0)
    expect(lists('status').out).toMatch(/^urlhaus +- .* new$/m)
    expect(await update('ads')).toMatchObject({ code: 0, out: 'ads  updated: 42 rules\n', err: '' })
    expect(await update('ads')).toMatchObject({ code: 0, out: 'ads  unchanged\n' })
    const status = lists('status')
    expect(status.out).toMatch(/^ads +42 +0 +\d+ B|kB +\d+ s +\d+ s +unchanged$/m)
    const [ads] = JSON.parse(lists('status', '--json').out) as { good: { rules: number } }[]
    expect(ads!.good).toMatchObject({ rules: 42, etag: '"1"' })
    expect(lists('remove', 'ads', 'urlhaus').code).toBe(0)
    expect(stored()).toEqual({ version: 1, lists: [] })
    expect(existsSync(at('lists/ads.list'))).toBe(false)
  })

  it('keeps a record of what became of a list, by the gate to the device and no longer than it may', async () => {
    const config = { XDG_CONFIG_HOME: at('config') }
    const run = (...args: string[]) => startWeir([...args], { env: config }).end
    const records = (): object[] =>
      readFileSync(at('changes.ndjson'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object)
    const old = '{"type":"action","time":"2020-01-01T00:00:00Z","action":"list-updated"}'
    writeFileSync(at('changes.ndjson'), `${old}\n`)
    server.on('/ads.txt', serve(names(42)))
    server.on('/bad.txt', answer(404))
    await add(server.url('/ads.txt'))
    await add(server.url('/bad.txt'))
    await run('lists', 'update', '--dir', folder)
    const about = { type: 'action', by: 'weir' }
    expect(records()).toMatchObject([
      { ...about, action: 'list-updated', list: 'ads', count: 42 },
      { ...about, action: 'list-failed', list: 'bad' },
    ])
    expect(statSync(at('changes.ndjson')).mode & 0o777).toBe(0o600)
    await run('lists', 'update', 'ads', '--dir', folder)
    expect(records()).toHaveLength(2)
    await run('consent', 'set', 'device-names', 'none')
    server.on('/ads.txt', serve(names(43)))
    await run('lists', 'update', 'ads', '--dir', folder)
    expect(records()[2]).toMatchObject({ action: 'list-updated', count: 43 })
    expect(records()[2]).not.toHaveProperty('list')
    writeFileSync(at('config/weir/consent.json'), '{')
    server.on('/ads.txt', serve(names(44)))
    const damaged = await run('lists', 'update', 'ads', '--dir', folder)
    expect(damaged).toMatchObject({ code: 0, out: 'ads  updated: 44 rules (+1)\n' })
    expect(damaged.err).toContain('not in its record')
    expect(records()).toHaveLength(3)
  })

  it('says with its exit code that a list failed or is held, and takes a held one', async () => {
    server.on('/bad', answer(404))
    server.on('/good', serve(names(5)))
    server.on('/odd', serve('github.com\n'))
    for (const path of ['/bad', '/good', '/odd']) await add(server.url(path))
    const run = await update()
    expect(run.code).toBe(5)
    expect(run.out).toMatch(/^bad +failed: 127\.0\.0\.1:\d+ answers 404 Not Found$/m)
    expect(run.out).toMatch(/^good +updated: 5 rules$/m)
    expect(run.out).toMatch(/^odd +held: it blocks github.com; .*--confirm$/m)
    expect(lists('status').out).toMatch(/^odd .* held +it blocks github.com$/m)
    expect(await update('--confirm', 'odd')).toMatchObject({ code: 0 })
    expect(await update('odd', 'good', '--json')).toMatchObject({ code: 0 })
    expect(await update('--confirm', 'odd')).toMatchObject({
      code: 2,
      err: expect.anything() as string,
    })
  })

  it.each([
    [[], /lists is followed by add, remove, update, status, catalogue/],
    [['toString'], /lists is followed by/],
    [['add'], /add takes one/],
    [['add', 'nothing'], /"nothing" is no list of the catalogue/],
    [['add', 'urlhaus', '--syntax', 'x'], /syntax is one of/],
    [['remove'], /remove takes names/],
    [['remove', 'x'], /there is no list "x"/],
    [['update', '../x'], /there is no list "..\/x"/],
    [['update', '--what'], /Unknown option '--what'/],
  ])('refuses %j', async (args, message) => {
    const run = listsCommand([...args, ...(args.length ? ['--dir', folder] : [])])
    const { code, line } = await run.then(
      () => ({ code: 0, line: '' }),
      (error: unknown) => describeError(error),
    )
    expect(code).toBe(2)
    expect(line).toMatch(message)
    expect(line).not.toContain('\n')
  })

  it('refuses a damaged store, and leaves it', () => {
    writeFileSync(at('lists.json'), '{"version":1')
    for (const command of [['status'], ['update'], ['add', 'urlhaus']]) {
      const { code, err } = lists(...command)
      expect(code).toBe(4)
      expect(err).toMatch(/no valid JSON.*left as it is/)
    }
    expect(readFileSync(at('lists.json'), 'utf8')).toBe('{"version":1')
  })

  it('keeps lists where XDG says', () => {
    const { out } = weir(['lists', 'catalogue'])
    expect(out).toMatch(/^stevenblack\n {2}StevenBlack.*\n {2}hosts, ads, MIT\n {2}https:/m)
    const env = { XDG_DATA_HOME: folder }
    return startWeir(['lists', 'add', 'urlhaus'], { env }).end.then(({ code }) => {
      expect(code).toBe(0)
      expect(existsSync(at('weir/lists.json'))).toBe(true)
    })
  })
})

describe('an update that is killed', () => {
  it('leaves the good copy and a part, from which the next one goes on', async () => {
    const [old, fresh] = [names(100), names(5000, 'fresh')]
    server.on('/l', serve(old, { etag: '"old"' }))
    await add(server.url('/l'))
    await update()
    const before = stored()
    const half = fresh.length >> 1
    server.on('/l', (_request, response) => {
      response.writeHead(200, { etag: '"new"', 'content-length': fresh.length })
      response.write(fresh.slice(0, half))
    })
    const running = startWeir(['lists', 'update', '--dir', folder])
    const part = at('lists/l.part')
    while (!existsSync(part) || statSync(part).size < half) await sleep(5)
    running.process.kill('SIGKILL')
    expect(await running.end).toMatchObject({ code: null })
    expect(stored()).toEqual(before)
    expect(readFileSync(at('lists/l.list'), 'utf8')).toBe(old)
    expect(existsSync(at('lists.lock'))).toBe(true)

    server.on('/l', serveRanges(fresh, '"new"'))
    expect(await update()).toMatchObject({ code: 0, out: 'l  updated: 5000 rules (+4900)\n' })
    expect(server.requests.at(-1)!.headers.range).toBe(`bytes=${half}-`)
    expect(readFileSync(at('lists/l.list'), 'utf8')).toBe(fresh)
    expect(existsSync(part)).toBe(false)
    expect(existsSync(at('lists.lock'))).toBe(false)
  })

  it('leaves a store that can be read, whenever it is killed', async () => {
    const versions = [names(2000, 'a'), names(2000, 'b')]
    for (const name of ['x', 'y', 'z']) await add(server.url('/v'), { name })
    for (let i = 0; i < 4; i++) {
      const asked = new Promise<void>((resolve) => {
        server.on('/v', (request, response) => {
          serve(versions[i % 2]!)(request, response)
          resolve()
        })
      })
      const running = startWeir(['lists', 'update', '--dir', folder])
      await asked
      await sleep(i * 12)
      running.process.kill('SIGKILL')
      await running.end
      expect((await Store.read(folder)).lists).toHaveLength(3)
      for (const name of ['x', 'y', 'z']) {
        const path = at(`lists/${name}.list`)
        if (existsSync(path)) expect(versions).toContain(readFileSync(path, 'utf8'))
      }
    }
    expect(await update()).toMatchObject({ code: 0 })
  })
})

it('survives a disk that takes no more', async () => {
  const through = ['sh', '-c', 'ulimit -f 16 && exec "$@"', 'sh'] // 16 × 512 bytes a file
  server.on('/l', serve(names(10)))
  await add(server.url('/l'))
  await update()
  server.on('/l', serve(names(5000)))
  const run = await startWeir(['lists', 'update', '--dir', folder], { through }).end
  expect(run.code).toBe(5)
  expect(run.out).toMatch(/^l {2}failed: cannot write .*l\.part: EFBIG/)
  expect(readFileSync(at('lists/l.list'), 'utf8')).toBe(names(10))
  expect(existsSync(at('lists/l.part'))).toBe(false)
  expect(await update()).toMatchObject({ code: 0, out: 'l  updated: 5000 rules (+4990)\n' })
})

it('fetches by https from a server whose certificate is trusted, and from no other', async () => {
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const files = ['-keyout', at('key.pem'), '-out', at('cert.pem')]
  const subject = [
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=DNS:localhost',
    '-days',
    '2',
  ]
  execFileSync('openssl', [...request, ...files, ...subject], { stdio: 'ignore' })
  const options = { key: readFileSync(at('key.pem')), cert: readFileSync(at('cert.pem')) }
  const secure = createServer(options, (_request, response) => response.end(names(7)))
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
  const { port } = secure.address() as AddressInfo
  await add(`https://localhost:${port}/l`)
  const refused = await update()
  expect(refused).toMatchObject({ code: 5 })
  expect(refused.out).toMatch(/^l {2}failed: localhost:\d+: self-signed certificate/m) // Node 24 says more
  const env = { NODE_EXTRA_CA_CERTS: at('cert.pem') }
  const trusted = await startWeir(['lists', 'update', '--dir', folder], { env }).end
  expect(trusted).toMatchObject({ code: 0, out: 'l  updated: 7 rules\n' })
  secure.closeAllConnections()
  secure.close()
})
