import { describe, expect, it } from 'vitest'
import { Tally } from '../../src/cli/tally.js'

const add = (tally: Tally, text: string): boolean => {
  const bytes = Buffer.from(`--${text}--`, 'latin1')
  return tally.add(bytes, 2, text.length)
}

describe('Tally', () => {
  it('counts what a Map counts, as it grows', () => {
    const tally = new Tally(100_000)
    const map = new Map<string, number>()
    for (let i = 0; i < 20_000; i++) {
      const text = `h${(i * i) % 7919}.${'x'.repeat(i % 5)}`
      map.set(text, (map.get(text) ?? 0) + 1)
      expect(add(tally, text)).toBe(true)
    }
    const sorted = [...map].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    expect(tally.size).toBe(map.size)
    expect(tally.top(200)).toEqual(sorted.slice(0, 200))
    expect(tally.top(10)).toEqual(sorted.slice(0, 10))
  })

  it('refuses new texts when it is full, and goes on counting the others', () => {
    const tally = new Tally(2)
    expect(['a', 'b', 'c', 'a'].map((text) => add(tally, text))).toEqual([true, true, false, true])
    expect(tally.top(5)).toEqual([
      ['a', 2],
      ['b', 1],
    ])
  })

  it('tells texts with the same beginning apart, and counts an empty one', () => {
    const tally = new Tally(10)
    for (const text of ['example.org', 'example.orgs', '', 'example.org']) add(tally, text)
    expect(tally.top(1)).toEqual([['example.org', 2]])
    expect(tally.size).toBe(3)
    expect(tally.top(0)).toEqual([])
  })
})
