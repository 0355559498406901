import { expect, test } from 'vitest'
import { compile, type ListSource } from '../../src/blocklist/compile.js'

function refused(text: string, options: Partial<ListSource> = {}): number[] {
  const list = { id: 'l', text, syntax: 'domains', match: 'suffix', ...options } as const
  return compile([{ id: 'before', text: '# a\n# b' }, list]).diagnostics.map(({ line }) => line)
}

test('rules for all below a public suffix are refused, with their line', () => {
  const suffixes = ['com', 'co.uk', 'uk', 'foo.ck', 'x.kawasaki.jp', 'xn--p1ai', 'zip']
  const names = ['a.test', ...suffixes, 'example.com']
  expect(refused(names.join('\n'))).toEqual([2, 3, 4, 5, 6, 7, 8])
  const wild = { syntax: 'wildcard', match: 'exact' } as const
  expect(refused('*.uk\n*.example.uk\nuk', wild)).toEqual([1])
})

test.each(['com-dev', 'www.ck', 'city.kawasaki.jp', 'github.io', 'blogspot.com', 'example.co.uk'])(
  '%s is no public suffix of the ICANN section',
  (name) => {
    expect(refused(name)).toEqual([])
  },
)

test('the name alone, and whoever insists', () => {
  expect(refused('com', { match: 'exact' })).toEqual([])
  const list = { id: 'l', text: 'com\na.test', match: 'suffix' } as const
  expect(compile([list], { publicSuffixes: 'allow' }).stats.rules).toBe(2)
  const { stats, diagnostics } = compile([list])
  expect(stats).toMatchObject({ rules: 1, names: 1, nameEntries: 1, refused: 1 })
  expect(diagnostics).toEqual([
    { list: 'l', line: 1, message: 'blocks all names below a public suffix' },
  ])
})
