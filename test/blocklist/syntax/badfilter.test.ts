import { expect, test } from 'vitest'
import { cancelledKeys } from '../../../src/blocklist/syntax/adblockbadfilter.js'
import { read } from './read.js'

const list = (text: string): [Buffer] => [Buffer.from(text)]

test('a rule is taken back in every list, whatever the order of its modifiers and its case', () => {
  const cancelled = cancelledKeys([
    list('||A.test^$badfilter\n||b.test^$badfilter,important\n@@||c.test^$badfilter'),
    list('/^d/$badfilter\n! ||e.test^$badfilter\ne.test##x$badfilter\n0.0.0.0 e.test$badfilter'),
    list('||f.test^$denyallow=x.test,important,badfilter\nünited.test$badfilter'),
  ])
  const lines = [
    '||a.TEST^',
    '||a.test^$important',
    '||b.test^',
    '||b.test^$important',
    '||c.test^',
    '@@||c.test^',
    '/^D/',
    '||e.test^',
    '||f.test^$important,denyallow=x.test',
    'ÜNITED.test',
  ]
  const { rules, refused } = read('adblock', lines.join('\n'), { cancelled })
  expect(rules).toEqual([
    '2: important block suffix a.test',
    '3: block suffix b.test',
    '5: block suffix c.test',
    '8: block suffix e.test',
  ])
  const why = 'taken back by a $badfilter rule'
  expect(refused).toEqual([1, 4, 6, 7, 9, 10].map((line) => `${line}: ${why}`))
})

test('wherever chunks end, the word is found', () => {
  const bytes = Buffer.from('||a.test^\n||b.test^$badfilter\n')
  for (let size = 1; size <= bytes.length; size++) {
    const chunks: Uint8Array[] = []
    for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size))
    expect([...cancelledKeys([chunks])], `${size}`).toEqual(['||b.test^$'])
  }
  expect([...cancelledKeys([list('||b.test^')])]).toEqual([])
})
