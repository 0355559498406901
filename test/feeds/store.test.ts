import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeEntry } from '../../src/feeds/add.js'
import { CATALOGUE } from '../../src/feeds/catalogue.js'
import { checkEntry } from '../../src/feeds/entry.js'
import { Lock } from '../../src/files/lock.js'
import { Store } from '../../src/feeds/store.js'
import { saying, TestStore } from './support.js'

let store: TestStore
beforeEach(() => {
  store = new TestStore()
})
afterEach(() => store[Symbol.dispose]())
const at = (name: string): string => join(store.directory, name)

describe('the store', () => {
  it('remembers lists, and forgets them with their copies', async () => {
    await store.add('https://lists.test/ads.txt', { category: 'ads', match: 'suffix' })
    await store.add('urlhaus')
    expect(await store.entry('ads')).toEqual({
      name: 'ads',
      address: 'https://lists.test/ads.txt',
      category: 'ads',
      match: 'suffix',
    })
    for (const kind of ['list', 'part', 'held'] as const)
      writeFileSync(store.path('ads', kind), 'x')
    await Store.change(store.directory, (store) => store.remove('ads'))
    expect((await Store.read(store.directory)).lists.map(({ name }) => name)).toEqual(['urlhaus'])
    expect(readdirSync(at('lists'))).toEqual([])
    expect(readdirSync(store.directory).sort()).toEqual(['lists', 'lists.json'])
  })

  it('is empty where there is none, and reading makes none', async () => {
    expect((await Store.read(at('none'))).lists).toEqual([])
    expect(existsSync(at('none'))).toBe(false)
  })

  it('takes no name twice', async () => {
    await store.add('urlhaus')
    await expect(store.add('urlhaus')).rejects.toMatchObject({ code: 'WEIR_BAD_ARGUMENT' })
  })

  it('takes no copies of a list that was there before', async () => {
    mkdirSync(at('lists'), { recursive: true })
    writeFileSync(store.path('urlhaus', 'held'), 'old')
    await store.add('urlhaus')
    expect(store.content('urlhaus', 'held')).toBeUndefined()
  })

  const entry = { name: 'a', address: 'https://x.test/' }
  const file = (...lists: unknown[]): string => JSON.stringify({ version: 1, lists })
  it.each([
    ['', /no valid JSON/],
    ['{"version":1,"lists":[', /no valid JSON/],
    ['null', /not a store/],
    ['[]', /not a store/],
    ['{"version":1}', /not a store/],
    ['{"version":2,"lists":[]}', /a newer weir/],
    [file(entry, null), /number 2 is damaged/],
    [file({ ...entry, name: '../a' }), /number 1 is damaged/],
    [file({ ...entry, name: 'A' }), /damaged/],
    [file({ ...entry, address: 'ftp://x/' }), /damaged/],
    [file({ ...entry, extra: 1 }), /damaged/],
    [file({ ...entry, action: 'constructor' }), /damaged/],
    [file({ ...entry, good: { sha256: 'x' } }), /damaged/],
    [file({ ...entry, accepted: [1] }), /damaged/],
    ['{"version":1,"lists":[{"name":"a","address":"https://x/","__proto__":{}}]}', /damaged/],
    [file(entry, entry), /twice/],
    [file(...Array.from({ length: 1001 }, () => entry)), /more than 1000/],
  ])('that is damaged is refused and left alone: %.60s', async (text, message) => {
    writeFileSync(at('lists.json'), text)
    for (const work of [Store.read(store.directory), store.add('urlhaus')]) {
      await expect(work).rejects.toMatchObject({
        code: 'WEIR_BAD_STORE',
        message: saying(message),
      })
    }
    expect(readFileSync(at('lists.json'), 'utf8')).toBe(text)
    expect(existsSync(at('lists.lock'))).toBe(false)
  })

  it('sweeps away what killed processes left half written', async () => {
    mkdirSync(at('lists'), { recursive: true })
    writeFileSync(at('lists.json.0123.tmp'), '{')
    writeFileSync(at('lists/a.list.0123.tmp'), 'x')
    await store.add('urlhaus')
    expect(readdirSync(store.directory).sort()).toEqual(['lists', 'lists.json'])
    expect(readdirSync(at('lists'))).toEqual([])
  })

  it('says where it cannot be written', async () => {
    writeFileSync(at('file'), '')
    const change = Store.change(at('file/store'), () => Promise.resolve())
    await expect(change).rejects.toMatchObject({ code: 'WEIR_CANNOT_WRITE' })
  })
})

describe('the lock', () => {
  const lock = (): string => at('lists.lock')

  it('keeps others out while its owner lives', async () => {
    await Store.change(store.directory, async () => {
      await expect(store.add('urlhaus')).rejects.toMatchObject({
        code: 'WEIR_STORE_BUSY',
        message: saying(`process ${process.pid} is at work`),
      })
    })
    await store.add('urlhaus')
  })

  it('is taken over from a process that was killed', async () => {
    const pid = Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }))
    const own = await ownerOf(lock())
    writeFileSync(lock(), JSON.stringify({ ...own, pid }))
    await store.add('urlhaus')
    expect(existsSync(lock())).toBe(false)
  })

  it.each([
    ['a process that has the number of the one killed', { start: '1' }],
    ['a process of before the machine was started', { boot: 'other' }],
  ])('is taken over from %s', async (_what, change) => {
    writeFileSync(lock(), JSON.stringify({ ...(await ownerOf(lock())), ...change }))
    await store.add('urlhaus')
  })

  it('is not taken over where it cannot be told: another process namespace', async () => {
    const owner = { ...(await ownerOf(lock())), namespace: 'pid:[1]', pid: 99_999_999 }
    writeFileSync(lock(), JSON.stringify(owner))
    await expect(store.add('urlhaus')).rejects.toMatchObject({ code: 'WEIR_STORE_BUSY' })
  })

  it.each(['', 'null', '{}', '{"pid":-1}', '\0\0\0'])(
    'is taken over where a crash left %j',
    async (text) => {
      writeFileSync(lock(), text)
      await store.add('urlhaus')
    },
  )

  it('goes to one of many', async () => {
    writeFileSync(lock(), '')
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => Lock.take(lock())))
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('that is lost stops what it guarded', async () => {
    const change = Store.change(store.directory, async (store) => {
      writeFileSync(lock(), 'of another')
      await store.add(makeEntry('urlhaus', {}))
    })
    await expect(change).rejects.toMatchObject({ code: 'WEIR_STORE_BUSY' })
    expect(existsSync(at('lists.json'))).toBe(false)
    expect(readFileSync(lock(), 'utf8')).toBe('of another')
  })

  async function ownerOf(path: string): Promise<object> {
    const taken = await Lock.take(path)
    const owner = JSON.parse(readFileSync(path, 'utf8')) as object
    await taken.release()
    return owner
  }
})

describe('registering', () => {
  it.each([
    ['https://x.test/lists/Ads-2.TXT', 'ads-2'],
    ['https://x.test/hosts.txt.gz?a=b#c', 'hosts'],
    ['https://x.test/', 'x.test'],
    ['https://x.test/../%2e%2e/%2fetc%2fpasswd', '2fetc-2fpasswd'],
    ['https://[::1]/', '1'],
    ['file:///tmp/my%20list.txt', 'my-20list'],
    [`https://x.test/${'a'.repeat(100)}`, 'a'.repeat(64)],
  ])('%s is called %s', (address, name) => {
    expect(makeEntry(address, {}).name).toBe(name)
  })

  it('leaves out what stays in a browser', () => {
    expect(makeEntry('https://x.test/a#frag', {}).address).toBe('https://x.test/a')
  })

  it.each([
    ['unknown', {}, /no list of the catalogue/],
    ['ftp://x.test/a', {}, /no list of the catalogue/],
    ['https://', {}, /no list of the catalogue/],
    ['https://a:b@x.test/l', {}, /password/],
    ['https://x.test/l', { name: '../l' }, /a name is/],
    ['https://x.test/l', { name: '.l' }, /a name is/],
    ['https://x.test/l', { name: 'l\n' }, /a name is/],
    ['https://x.test/l', { name: 'a'.repeat(65) }, /a name is/],
    ['https://x.test/l', { syntax: 'toString' as 'hosts' }, /syntax is one of hosts, /],
    ['https://x.test/l', { action: 'deny' as 'block' }, /action is one of block, /],
    ['https://x.test/l', { match: 'all' as 'exact' }, /match is one of exact, /],
    ['https://x.test/l', { category: 'a,b' }, /category is one word/],
    ['https://x.test/l', { sha256: 'abc' }, /sha256 is 64/],
    ['https://x.test/l', { minisign: 'abc' }, /minisign is a public key/],
    ['https://x.test/l', { minisign: 'A'.repeat(56) }, /no public key/],
  ])('refuses %s %j', (source, said, message) => {
    expect(() => makeEntry(source, said)).toThrow(message)
  })

  it('takes every list of the catalogue, by https and by its own name', () => {
    expect(CATALOGUE.length).toBeGreaterThan(20)
    expect(new Set(CATALOGUE.map(({ name }) => name)).size).toBe(CATALOGUE.length)
    expect(new Set(CATALOGUE.map(({ address }) => address)).size).toBe(CATALOGUE.length)
    for (const { name, address, homepage, licence } of CATALOGUE) {
      expect(address).toMatch(/^https:\/\//)
      expect(homepage).toMatch(/^https:\/\//)
      expect(licence).not.toBe('')
      checkEntry(makeEntry(name, {}))
    }
  })
})
