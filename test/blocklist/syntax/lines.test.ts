import { expect, test } from 'vitest'
import { eachLine, LINE_MAX } from '../../../src/blocklist/syntax/lines.js'

/** Each line as `[text]`, with a '>' in front where blanks were; long ones as their length. */
function lines(chunks: Iterable<Uint8Array>): string[] {
  const found: string[] = []
  eachLine(
    chunks,
    (line) => found.push(`${line.start > line.head ? '>' : ''}${line.text()}`),
    (line) => found.push(`long ${line.end - line.start}`),
  )
  return found
}

const TEXT = '\ufeffa\r\n\n  b c \t\nd\0\n\nlast\r'

test('lines are cut at line feeds and trimmed', () => {
  expect(lines([Buffer.from(TEXT)])).toEqual(['a', '', '>b c', 'd', '', 'last'])
  expect(lines([])).toEqual([])
  expect(lines([Buffer.from('\n')])).toEqual([''])
})

test('wherever a list is cut into chunks, its lines are the same', () => {
  const bytes = Buffer.from(TEXT)
  const whole = lines([bytes])
  for (let a = 3; a <= bytes.length; a++) {
    for (let b = a; b <= bytes.length; b++) {
      const chunks = [bytes.subarray(0, a), bytes.subarray(a, b), bytes.subarray(b)]
      expect(lines(chunks), `${a}, ${b}`).toEqual(whole)
    }
  }
})

test('a chunk may be overwritten once the next one is asked for', () => {
  const bytes = Buffer.from(TEXT)
  const buffer = Buffer.alloc(3)
  const reusing = function* (): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 3) {
      yield buffer.subarray(0, bytes.copy(buffer, 0, at, at + 3))
    }
  }
  expect(lines(reusing())).toEqual(lines([bytes]))
})

test.each([1, 1000, 1_000_000])('lines that are too long are cut, in chunks of %i', (size) => {
  const text = `a\n${'b'.repeat(LINE_MAX)}\n${'c'.repeat(LINE_MAX + 1)}\nd`
  const bytes = Buffer.from(text)
  const chunks: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size))
  const found = lines(chunks).map((line) => (line.length > 100 ? line.length : line))
  expect([found[0], found[1], found[3]]).toEqual(['a', LINE_MAX, 'd'])
  expect(found[2]).toMatch(/^long 6553[67]$/)
})
