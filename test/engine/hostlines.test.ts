import { expect, test } from 'vitest'
import { hostLines } from '../../src/engine/hostlines.js'

/** As `hostLines` says, without its haste. */
const plain = (hosts: readonly string[]): string =>
  hosts.map((host) => `${host.replaceAll('\n', ' ')}\n`).join('')

const text = (hosts: readonly string[]): string => Buffer.from(hostLines(hosts)).toString()

test('a line for each host, however many and however long', () => {
  for (const count of [0, 1, 2, 255, 256, 257, 1000]) {
    const short = Array.from({ length: count }, (_, i) => `h${i}.example`)
    expect(text(short)).toBe(plain(short))
    const long = short.map((host, i) => (i % 3 ? host : `${'a'.repeat(i % 400)}.${host}`))
    expect(text(long)).toBe(plain(long))
    expect(text(long.map((host, i) => (i % 7 ? host : '')))).toBe(
      plain(long.map((host, i) => (i % 7 ? host : ''))),
    )
  }
})

test('what is not of ASCII, and what would be two lines, stays in its own line', () => {
  const odd = [
    'bücher.example',
    '\n',
    'a\nb',
    '\u{1f600}',
    '\ud800',
    'x'.repeat(700) + 'ı',
    '\0',
    '\r',
  ]
  for (const host of odd) {
    for (const place of [0, 5, 300]) {
      const hosts = Array.from({ length: 400 }, (_, i) => (i === place ? host : `h${i}.example`))
      expect(text(hosts)).toBe(Buffer.from(plain(hosts)).toString())
    }
  }
  expect(text(odd)).toBe(Buffer.from(plain(odd)).toString())
})
