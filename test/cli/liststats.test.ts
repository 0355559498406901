import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { StatsFigures } from '../../src/cli/liststats.js'
import { makeEntry } from '../../src/feeds/add.js'
import { Store } from '../../src/feeds/store.js'
import { weir } from '../support/weir.js'

vi.setConfig({ testTimeout: 300_000 })

const shared = fileURLToPath(new URL('../../../shared/blocklists', import.meta.url))

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-stats-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

function stats(...args: string[]): StatsFigures {
  const { out } = weir(['lists', 'stats', '--dir', folder, '--json', ...args])
  return JSON.parse(out) as StatsFigures
}

describe('weir lists stats', () => {
  it('counts what each list has, shares and has alone', () => {
    const wide = file('wide.txt', '||a.test^\n||b.test^\n@@||ok.test^\n/ads[0-9]/\n')
    const narrow = file(
      'narrow.txt',
      '0.0.0.0 x.a.test\n0.0.0.0 b.test\n0.0.0.0 ok.test\n0.0.0.0 .\n',
    )
    const nets = file('nets.txt', '192.0.2.0/24\n198.51.100.0/24\n')
    const hosts = file('ips.txt', '192.0.2.1\n203.0.113.1\n')
    const figures = stats(wide, narrow, nets, hosts)
    expect(figures.lists).toMatchObject([
      { list: 'wide.txt', rules: 4, names: 3, patterns: 1, refused: 0, unique: 2 },
      { list: 'narrow.txt', rules: 3, names: 3, networks: 0, refused: 1, unique: 1 },
      { list: 'nets.txt', names: 0, networks: 2, unique: 2 },
      { list: 'ips.txt', networks: 2, unique: 1 },
    ])
    expect(figures.overlaps).toEqual([
      { list: 'narrow.txt', by: 'wide.txt', exact: 1, above: 1 },
      { list: 'ips.txt', by: 'nets.txt', exact: 0, above: 1 },
      { list: 'wide.txt', by: 'narrow.txt', exact: 1, above: 0 },
    ])
    expect(figures.total).toMatchObject({
      rules: 11,
      names: 4,
      networks: 4,
      patterns: 1,
      refused: 1,
    })
  })

  it('asks below the name where a rule is for that only', () => {
    const below = file('below.txt', '*.a.test\n')
    const name = file('name.txt', 'a.test\n')
    expect(stats(below, name).overlaps).toEqual([])
    const both = file('both.txt', '||a.test^\n')
    expect(stats(below, both).overlaps).toEqual([
      { list: 'below.txt', by: 'both.txt', exact: 1, above: 0 },
    ])
  })

  it('is a table for people, of the store where nothing is given', async () => {
    expect(weir(['lists', 'stats', '--dir', folder])).toMatchObject({ code: 2 })
    const entry = makeEntry(file('fed.txt', 'a.test\nb.test\n'), { name: 'fed' })
    await Store.change(folder, (store) => store.add(entry))
    expect(weir(['lists', 'update', '--dir', folder]).code).toBe(0)
    const { out, code } = weir(['lists', 'stats', '--dir', folder])
    expect(code).toBe(0)
    expect(out).toMatch(/^list +rules +names .*\nfed +2 +2 +0 +0 +0 .* 2 \(100 %\)\ntogether +2 /)
    const named = stats('fed', file('one.txt', 'a.test\n'))
    expect(named.lists.map(({ list, unique }) => [list, unique])).toEqual([
      ['fed', 1],
      ['one.txt', 0],
    ])
  })

  if (!existsSync(shared))
    console.log('weir lists stats of real lists: not run, they are not there')
  it.skipIf(!existsSync(shared))('has the sums of real lists right', () => {
    const names = ['basic.hosts.gz', 'small-adaway.hosts.gz', 'ipsum-2.ips.gz', 'vpn-v4.cidr.gz']
    const { lists, overlaps } = stats(...names.map((name) => join(shared, name)))
    for (const { list, names: all, networks, unique } of lists) {
      const most = overlaps.filter((pair) => pair.list === list)
      const shares = most.reduce((sum, { exact, above }) => sum + exact + above, 0)
      expect(all + networks - unique).toBeLessThanOrEqual(shares)
      expect(unique).toBeLessThanOrEqual(all + networks)
    }
    const [a, b] = [overlaps[0]!, overlaps[1]!] // two hosts files: exact both ways
    expect(a.exact).toBe(b.exact)
  })
})
