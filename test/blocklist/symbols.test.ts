import { expect, test } from 'vitest'
import { Coder, trainCoder } from '../../src/blocklist/ruleset/symbols.js'
import { Random } from './slow/random.js'

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789-_.'

/** The longest symbol each time, tried one after the other. */
function slowly({ texts }: Coder, name: string): number[] {
  const codes: number[] = []
  for (let at = 0; at < name.length;) {
    let best = -1
    for (const [code, bytes] of texts.entries()) {
      const text = Buffer.from(bytes).toString('latin1')
      if (name.startsWith(text, at) && (best < 0 || text.length > texts[best]!.length)) best = code
    }
    codes.push(best)
    at += texts[best]!.length
  }
  return codes
}

function encode(coder: Coder, name: string): number[] {
  const out = new Uint8Array(name.length + 8)
  const end = coder.encode(Buffer.from(name), 0, name.length, out, 2)
  return Array.from(out.subarray(2, end))
}

function train(names: readonly string[]): Coder {
  let end = 0
  return trainCoder(
    Buffer.from(names.join('')),
    names.map((name) => (end += name.length)),
  )
}

test('the automaton takes the longest symbol each time', () => {
  for (let round = 1; round <= 12; round++) {
    const random = new Random(round)
    const few = LETTERS.slice(0, 2 + random.below(12))
    const text = (most: number): string =>
      Array.from({ length: 1 + random.below(most) }, () => few[random.below(few.length)]).join('')
    const symbols = new Set(Array.from({ length: random.below(217) }, () => text(8)))
    const made = new Coder(
      [...new Set([...Array.from(LETTERS), ...symbols])].map((s) => Buffer.from(s)),
    )
    const trained = train(Array.from({ length: 100 }, () => text(40)))
    for (let i = 0; i < 20; i++) {
      const name = text(60)
      for (const coder of [made, trained]) expect(encode(coder, name)).toEqual(slowly(coder, name))
    }
  }
})

test('what is held back may end in many codes at once', () => {
  const coder = new Coder([...Array.from(LETTERS), 'abcdefgh'].map((s) => Buffer.from(s)))
  for (const name of ['abcdefgh', 'abcdefg', 'abcdefga', 'abcdefabcdefgh']) {
    expect(encode(coder, name)).toEqual(slowly(coder, name))
  }
})

test('the same names, the same symbols; every letter is one', () => {
  const names = ['ads.example.com', 'track.example.org', 'a-1_b.example.net']
  expect(train(names).section()).toEqual(train(names).section())
  const section = train([]).section()
  expect(section).toHaveLength(256 * 9)
  const code = encode(train([]), LETTERS)
  expect(code).toHaveLength(LETTERS.length)
  expect(section.subarray(256 * 8).every((length) => length >= 1 && length <= 8)).toBe(true)
})
