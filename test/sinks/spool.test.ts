import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { packEntry, parseSegment } from '../../src/sinks/spoolsegment.js'
import { Spool, type SpoolCounts } from '../../src/sinks/spool.js'
import { entry, Scratch, textsOf } from './spoolsupport.js'

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `{"n":${from + i}}`)

async function filled(directory: string, texts: readonly string[], options = {}): Promise<Spool> {
  const spool = await Spool.open(directory, options)
  for (const text of texts) spool.add(entry(text))
  expect(await spool.sync()).toBe(true)
  return spool
}

async function drained(spool: Spool): Promise<string[]> {
  const texts: string[] = []
  for (let batch; (batch = await spool.next(true));) {
    texts.push(...textsOf(batch))
    await spool.done(batch)
  }
  return texts
}

describe('a segment', () => {
  const whole = Buffer.concat([
    Buffer.from('weirspl1'),
    ...['{"a":1}', '{"b":"ü"}', ''].map((text) => packEntry(entry(text, 'flow', 7))),
  ])

  it('gives back what was packed', () => {
    const { entries, length } = parseSegment(whole)
    expect(length).toBe(whole.length)
    expect(entries).toEqual(['{"a":1}', '{"b":"ü"}', ''].map((text) => entry(text, 'flow', 7)))
  })

  it('ends at the first torn or damaged entry, wherever that is', () => {
    for (let size = 0; size < whole.length; size++) {
      const { entries, length } = parseSegment(whole.subarray(0, size))
      expect(length).toBeLessThanOrEqual(size)
      expect(entries.length).toBeLessThan(3)
    }
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole)
      damaged[at]! ^= 0x55
      expect(parseSegment(damaged).entries.length).toBeLessThan(3)
    }
  })
})

describe('a spool', () => {
  it('gives batches in order, each under a key of its own, and forgets what has arrived', async () => {
    using scratch = new Scratch()
    const spool = await filled(scratch.join('spool'), numbers(0, 10), { batchRecords: 4 })
    const keys = new Set<string>()
    const texts: string[] = []
    for (let batch; (batch = await spool.next(true));) {
      keys.add(batch.key)
      texts.push(...textsOf(batch))
      await spool.done(batch)
    }
    expect(texts).toEqual(numbers(0, 10))
    expect(keys.size).toBe(3)
    expect(scratch.segments()).toEqual([])
    expect(spool.counts).toMatchObject({ spooled: 0, queued: 0, lost: 0, spooledBytes: 0 })
    await spool.close()
  })

  it('is read by its user only', async () => {
    using scratch = new Scratch()
    const spool = await filled(scratch.join('spool'), numbers(0, 1))
    expect(statSync(scratch.segments()[0]!).mode & 0o777).toBe(0o600)
    expect(statSync(scratch.join('spool')).mode & 0o777).toBe(0o700)
    await spool.close()
  })

  it('lets a batch grow until it is tried, and gives it again as it was', async () => {
    using scratch = new Scratch()
    const spool = await filled(scratch.join('spool'), numbers(0, 2), { batchMs: 10_000 })
    expect(await spool.next()).toBeNull()
    const first = (await spool.next(true))!
    for (const text of numbers(2, 4)) spool.add(entry(text))
    await spool.sync()
    spool.release(first)
    expect(await spool.next(true)).toEqual({ ...first, isRepeat: true })
    await spool.done(first)
    expect(await drained(spool)).toEqual(numbers(2, 4))
    await spool.close()
  })

  it('has the same batch under the same key after a restart', async () => {
    using scratch = new Scratch()
    const before = await filled(scratch.join('spool'), numbers(0, 3))
    const tried = await before.next(true)
    await before.close()
    const after = await filled(scratch.join('spool'), numbers(3, 5))
    expect(await after.next(true)).toEqual({ ...tried, isRepeat: true })
    await after.done(tried!)
    expect(await drained(after)).toEqual(numbers(3, 5))
    await after.close()
  })

  it('belongs to one process at a time', async () => {
    using scratch = new Scratch()
    const spool = await filled(scratch.join('spool'), [])
    await expect(Spool.open(scratch.join('spool'))).rejects.toMatchObject({
      code: 'WEIR_STORE_BUSY',
    })
    await spool.close()
  })

  it('cuts a torn end, and goes on', async () => {
    using scratch = new Scratch()
    await (await filled(scratch.join('spool'), numbers(0, 3))).close()
    const [path] = scratch.segments()
    truncateSync(path!, statSync(path!).size - 3)
    writeFileSync(scratch.join('spool', `${'9'.repeat(15)}-none.spool`), 'not ours')
    const spool = await filled(scratch.join('spool'), numbers(3, 4))
    expect(parseSegment(readFileSync(path!)).length).toBe(statSync(path!).size)
    expect(await drained(spool)).toEqual([...numbers(0, 2), ...numbers(3, 4)])
    await spool.close()
  })

  it('takes any bytes in its files', async () => {
    using scratch = new Scratch()
    mkdirSync(scratch.join('spool'))
    const name = (n: number): string =>
      scratch.join(
        'spool',
        `${String(n).padStart(15, '0')}-0b5e8d4c-7a3a-4c8e-9a51-00000000000${n}.spool`,
      )
    writeFileSync(name(1), '')
    writeFileSync(name(2), 'weirspl1')
    writeFileSync(name(3), Buffer.alloc(1000, 0xff))
    writeFileSync(name(4), Buffer.concat([Buffer.from('weirspl1'), packEntry(entry('kept'))]))
    appendFileSync(name(4), Buffer.alloc(100))
    const spool = await Spool.open(scratch.join('spool'))
    expect(await drained(spool)).toEqual(['kept'])
    await spool.close()
  })

  it('drops the oldest batches beyond its size, but not one that is on its way', async () => {
    using scratch = new Scratch()
    const texts = Array.from({ length: 100 }, (_, i) => `${i}:${'x'.repeat(1000)}`)
    const spool = await Spool.open(scratch.join('spool'), {
      bytesMax: 40_000,
      batchBytes: 10_000,
    })
    for (const text of texts.slice(0, 10)) spool.add(entry(text))
    await spool.sync()
    const onItsWay = (await spool.next(true))!
    for (const text of texts.slice(10)) spool.add(entry(text))
    await spool.sync()
    const { spooled, spooledBytes, lost } = spool.counts
    expect(spooledBytes).toBeLessThanOrEqual(40_000)
    expect(spooled + lost).toBe(100)
    expect(lost).toBeGreaterThan(50)
    await spool.done(onItsWay)
    expect(await drained(spool)).toEqual(texts.slice(lost + onItsWay.entries.length))
    await spool.close()
  })

  it('has bounded memory: what finds no room is lost, and counted', async () => {
    using scratch = new Scratch()
    const spool = await Spool.open(scratch.join('spool'), { queueBytes: 10_000 })
    for (let i = 0; i < 1000; i++) spool.add(entry('x'.repeat(100)))
    const { queued, queuedBytes, lost } = spool.counts
    expect(queuedBytes).toBeLessThanOrEqual(10_000)
    expect(queued + lost).toBe(1000)
    spool.add(entry('x'.repeat(1 << 21)))
    expect(spool.counts.lost).toBe(lost + 1)
    await spool.close()
  })

  it('purges kinds, on disk and in memory, durably', async () => {
    using scratch = new Scratch()
    const spool = await Spool.open(scratch.join('spool'), { batchRecords: 2 })
    for (const text of ['a', 'b']) spool.add(entry(text, 'flow'))
    for (const text of ['c', 'd']) spool.add(entry(text, text === 'c' ? 'dns' : 'action'))
    await spool.sync()
    const keys = scratch.segments()
    spool.add(entry('e', 'flow'))
    spool.add(entry('f', 'action'))
    await spool.purge(new Set(['flow', 'dns']))
    expect(scratch.segments()).toEqual(keys.slice(1))
    expect(readFileSync(keys[1]!).includes('dns')).toBe(false)
    expect(spool.counts).toMatchObject({ purged: 4, lost: 0, spooled: 1, queued: 1 })
    expect(await spool.sync()).toBe(true)
    expect(await drained(spool)).toEqual(['d', 'f'])
    await spool.close()
  })

  it('removes at opening, and before it sends, what is stale', async () => {
    using scratch = new Scratch()
    const before = await filled(scratch.join('spool'), ['old'])
    before.add(entry('older lookup', 'dns'))
    await before.sync()
    await before.close()
    let stale = 'dns'
    const isStale = (kind: string): boolean => kind === stale
    const after = await Spool.open(scratch.join('spool'), { isStale })
    expect(after.counts).toMatchObject({ purged: 1, spooled: 1 })
    stale = 'action'
    expect(await after.next(true)).toBeNull()
    expect(after.counts).toMatchObject({ purged: 2, spooled: 0 })
    expect(scratch.segments()).toEqual([])
    await after.close()
  })

  it('does not look at the clock', async () => {
    using scratch = new Scratch()
    const spool = await filled(scratch.join('spool'), numbers(0, 1), { batchMs: 60_000 })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * 365 * 86_400_000 })
    expect(await spool.next()).toBeNull()
    vi.setSystemTime(0)
    for (const text of numbers(1, 2)) spool.add(entry(text))
    expect(await spool.sync()).toBe(true)
    expect(await drained(spool)).toEqual(numbers(0, 2))
    vi.useRealTimers()
    await spool.close()
  })

  it('goes on when its files are taken away', async () => {
    using scratch = new Scratch()
    const spool = await filled(scratch.join('spool'), numbers(0, 2))
    scratch[Symbol.dispose]()
    expect(await drained(spool)).toEqual([])
    expect(spool.counts.lost).toBe(2)
    await spool.close()
  })
})

interface DiskRun {
  readonly fits: boolean
  readonly full: SpoolCounts & { synced: boolean; given: number }
  readonly room: boolean
  readonly readOnly: SpoolCounts & { synced: boolean }
  readonly again: boolean
  readonly end: SpoolCounts
  readonly given: number
  readonly arrived: number[]
  readonly lateReadOnly: boolean
  readonly lateAgain: boolean
}

it('outlives a disk that is full or read-only: counts what it loses, and goes on when there is room', () => {
  using scratch = new Scratch()
  const script = fileURLToPath(new URL('spooldisk.mjs', import.meta.url))
  const namespace = process.getuid!() === 0 ? ['-m'] : ['-rm']
  const args = [...namespace, process.execPath, script, scratch.path]
  const { status, stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  const run = JSON.parse(stdout) as DiskRun
  expect(run).toMatchObject({ fits: true, room: true, again: true })
  expect(run).toMatchObject({ lateReadOnly: false, lateAgain: true })
  expect(run.full.synced).toBe(false)
  expect(run.full.queuedBytes).toBeLessThanOrEqual(1 << 16)
  expect(run.full.spooled + run.full.queued + run.full.lost).toBe(run.full.given)
  expect(run.full.lost).toBeGreaterThan(50)
  expect(run.readOnly).toMatchObject({ synced: false, queued: 5 })
  // In order, nothing twice, and all but what is counted as lost.
  expect(run.arrived).toEqual([...new Set(run.arrived)].sort((a, b) => a - b))
  expect(run.arrived.length + run.end.lost).toBe(run.given)
  expect(run.end).toMatchObject({ spooled: 0, queued: 0 })
})
