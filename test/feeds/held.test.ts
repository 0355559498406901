import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { TOP_ADDRESSES, TOP_NAMES } from '../../src/feeds/top.js'
import { FeedServer, serve } from './server.js'
import { names, saying, TestStore } from './support.js'

let server: FeedServer
let store: TestStore
beforeAll(async () => {
  server = await FeedServer.start()
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(() => {
  store = new TestStore()
})
afterEach(() => store[Symbol.dispose]())

describe('a list is held', () => {
  it('when it shrank by 90 percent, until somebody confirms it', async () => {
    server.inTurn('/l', serve(names(100)), serve(names(10), { etag: '"small"' }))
    const name = await store.add(server.url('/l'))
    await store.updateOne()
    const held = await store.updateOne()
    expect(held).toMatchObject({
      outcome: 'held',
      message: saying('it has 10 rules and had 100'),
    })
    expect(store.content(name)).toBe(names(100))
    expect(store.content(name, 'held')).toBe(names(10))
    expect(await store.updateOne()).toEqual(held) // 304: the one that is held
    expect(await store.confirm(name)).toMatchObject({ outcome: 'updated' })
    expect(store.content(name)).toBe(names(10))
    expect(store.content(name, 'held')).toBeUndefined()
    expect(await store.updateOne()).toMatchObject({ outcome: 'unchanged' })
    await expect(store.confirm(name)).rejects.toMatchObject({ code: 'WEIR_BAD_ARGUMENT' })
  })

  it('but not when a tenth and one is left', async () => {
    server.inTurn('/l', serve(names(100)), serve(names(11)))
    await store.add(server.url('/l'))
    await store.updateOne()
    expect(await store.updateOne()).toMatchObject({ message: '11 rules (-89)' })
  })

  it('when it blocks what nobody means to block, and confirming says that this list may', async () => {
    server.on('/l', serve(`${names(20)}captive.apple.com\n`))
    const name = await store.add(server.url('/l'), { category: 'ads' })
    await expect(store.good(name)).rejects.toThrow(/was never fetched: weir lists update l/)
    expect(await store.updateOne()).toMatchObject({
      outcome: 'held',
      message: saying('it blocks captive.apple.com;'),
    })
    await expect(store.good(name)).rejects.toThrow(/is held: weir lists update --confirm l/)
    expect(store.content(name)).toBeUndefined()
    await store.confirm(name)
    expect(await store.good(name)).toMatchObject({
      path: store.path(name, 'list'),
      options: { category: 'ads' },
      copy: { rules: 21 },
    })
    expect((await store.entry(name)).accepted).toEqual(['captive.apple.com'])
    server.on('/l', serve(`${names(25)}captive.apple.com\n`))
    expect(await store.updateOne()).toMatchObject({ outcome: 'updated' })
    server.on('/l', serve(`${names(25)}captive.apple.com\ngoogle.com\n`))
    expect(await store.updateOne()).toMatchObject({
      outcome: 'held',
      message: saying('it blocks google.com;'),
    })
  })

  it.each([
    ['wikimedia.org', { match: 'suffix' } as const, 'wikimedia.org, upload.wikimedia.org;'],
    ['0.0.0.0/0', {}, '1.1.1.1, 8.8.8.8, 9.9.9.9 and 2 more'],
    ['2000::/3', {}, '2606:4700:4700::1111'],
    ['0.0.0.0 github.com', {}, 'github.com'],
  ])('when a rule as wide as %s does', async (rule, said, why) => {
    server.on('/l', serve(`${rule}\n`))
    await store.add(server.url('/l'), said)
    expect((await store.updateOne()).message).toContain(why)
  })

  it('but not when it allows, or only notes', async () => {
    server.on('/l', serve('google.com\n'))
    await store.add(server.url('/l'), { name: 'a', action: 'allow' })
    await store.add(server.url('/l'), { name: 'b', action: 'audit' })
    expect((await store.update()).map(({ outcome }) => outcome)).toEqual(['updated', 'updated'])
  })

  it('no longer when the feed is mended', async () => {
    server.inTurn('/l', serve(names(100)), serve(names(3)), serve(names(101)))
    const name = await store.add(server.url('/l'))
    await store.updateOne()
    expect(await store.updateOne()).toMatchObject({ outcome: 'held' })
    expect(await store.updateOne()).toMatchObject({ outcome: 'updated' })
    expect(store.content(name, 'held')).toBeUndefined()
    expect((await store.entry(name)).held).toBeUndefined()
  })

  it('no longer when the feed is what it was', async () => {
    server.inTurn('/l', serve(names(100)), serve(names(3)), serve(names(100)))
    const name = await store.add(server.url('/l'))
    await store.updateOne()
    await store.updateOne()
    expect(await store.updateOne()).toMatchObject({ outcome: 'unchanged' })
    expect((await store.entry(name)).held).toBeUndefined()
  })
})

describe('a list is refused', () => {
  it.each([
    ['a page', '<!DOCTYPE html><html><body>Not found</body></html>', /a web page came/],
    [
      'a page behind a byte order mark',
      '\ufeff\n <HTML><title>Sign in</title>',
      /login page of a network/,
    ],
    ['a page behind comments', '# hello\n<html lang="en">', /a web page came/],
    ['XML', '<?xml version="1.0"?><Error/>', /a web page came/],
    ['nothing', '', /not one rule/],
    ['comments', '# all gone\n', /not one rule/],
    ['no rules', 'this is no list\nat all!\n', /not one rule in it; line 1: /],
    ['a rule for all of com', '||com^', /not one rule in it; line 1: /],
    ['binary', Buffer.from([0, 1, 2, 255, 254, 10, 0, 0]), /not one rule/],
  ])('that is %s', async (_what, body, message) => {
    server.inTurn('/l', serve(names(5)), serve(body))
    const name = await store.add(server.url('/l'))
    await store.updateOne()
    expect(await store.updateOne()).toMatchObject({
      code: 'WEIR_FEED_REFUSED',
      message: saying(message),
    })
    expect(store.content(name)).toBe(names(5))
  })
})

it('knows about a hundred top names, each once and as rules have them', () => {
  expect(TOP_NAMES.length).toBeGreaterThan(90)
  expect(new Set(TOP_NAMES).size).toBe(TOP_NAMES.length)
  for (const name of TOP_NAMES) expect(name).toMatch(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/)
  expect(new Set(TOP_ADDRESSES).size).toBe(TOP_ADDRESSES.length)
})
