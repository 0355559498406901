import { SYMBOL_MAX, SYMBOLS } from './format.js'

/** Bytes that names have: each is a symbol, so that every name has a code. */
const ALPHABET = Buffer.from('abcdefghijklmnopqrstuvwxyz0123456789-_.')
/** A letter of the alphabet in six bits, 0 for what is none. */
const LETTER = new Uint8Array(256)
for (const [i, byte] of ALPHABET.entries()) LETTER[byte] = i + 1
const LETTER_BITS = 6
const PAIRS = 1 << (2 * LETTER_BITS)
const TRIPLES = 1 << (3 * LETTER_BITS)

const ROUNDS = 6

/**
 * A name's code: each byte stands for a symbol, a piece of text of 1 to 8 bytes. The longest symbol
 * that fits is taken each time.
 */
export class Coder {
  /** Number of the symbol of one letter; of two letters, or 0xffff. */
  private readonly single = new Uint8Array(64)
  private readonly pairs = new Uint16Array(PAIRS).fill(0xffff)
  /** By the first three letters: the longest of the symbols that begin so, or 0xffff, and the next one. */
  private readonly triples = new Uint16Array(TRIPLES).fill(0xffff)
  private readonly next = new Uint16Array(SYMBOLS).fill(0xffff)
  private readonly length = new Uint8Array(SYMBOLS)
  /** The text from the fourth byte on. */
  private readonly rest: Uint8Array = new Uint8Array(SYMBOLS * SYMBOL_MAX)

  /** `texts` in an order of their own: a symbol's place is its number. */
  constructor(readonly texts: readonly Uint8Array[]) {
    const byLength = texts.map((_, i) => i).sort((a, b) => texts[a]!.length - texts[b]!.length)
    for (const code of byLength) this.add(code, texts[code]!)
  }

  /** Shorter ones first, so that the longest is the head of its chain. */
  private add(code: number, text: Uint8Array): void {
    const [a, b, c] = text
    this.length[code] = text.length
    if (text.length === 1) {
      this.single[LETTER[a!]!] = code
    } else if (text.length === 2) {
      this.pairs[(LETTER[a!]! << LETTER_BITS) | LETTER[b!]!] = code
    } else {
      const triple = (LETTER[a!]! << (2 * LETTER_BITS)) | (LETTER[b!]! << LETTER_BITS) | LETTER[c!]!
      this.next[code] = this.triples[triple]!
      this.triples[triple] = code
      this.rest.set(text.subarray(3), code * SYMBOL_MAX)
    }
  }

  /** Writes the code of the name in `bytes[at, end)` to `out` at `to`; returns where it ends. */
  encode(bytes: Uint8Array, at: number, end: number, out: Uint8Array, to: number): number {
    const { single, pairs, triples, next, length } = this
    while (at < end) {
      const a = LETTER[bytes[at]!]!
      let code = single[a]!
      let step = 1
      if (at + 1 < end) {
        const pair = (a << LETTER_BITS) | LETTER[bytes[at + 1]!]!
        const two = pairs[pair]!
        if (two !== 0xffff) {
          code = two
          step = 2
        }
        if (at + 2 < end) {
          let long = triples[(pair << LETTER_BITS) | LETTER[bytes[at + 2]!]!]!
          while (long !== 0xffff && !this.fits(long, bytes, at, end)) long = next[long]!
          if (long !== 0xffff) {
            code = long
            step = length[long]!
          }
        }
      }
      out[to++] = code
      at += step
    }
    return to
  }

  private fits(code: number, bytes: Uint8Array, at: number, end: number): boolean {
    const length = this.length[code]!
    if (at + length > end) return false
    const rest = code * SYMBOL_MAX - 3
    for (let i = 3; i < length; i++) if (this.rest[rest + i] !== bytes[at + i]) return false
    return true
  }

  /** Section 14. */
  section(): Uint8Array {
    const section = new Uint8Array(SYMBOLS * (SYMBOL_MAX + 1)).fill(1, SYMBOLS * SYMBOL_MAX)
    for (const [code, text] of this.texts.entries()) {
      section.set(text, code * SYMBOL_MAX)
      section[SYMBOLS * SYMBOL_MAX + code] = text.length
    }
    return section
  }
}

/**
 * Chooses the symbols by a sample of the names, ends of which are given in `ends`: in each round those
 * that save most, out of the present ones and every two that follow each other. The same sample, the same symbols.
 */
export function trainCoder(sample: Uint8Array, ends: readonly number[]): Coder {
  const letters = Array.from(ALPHABET, (byte) => Uint8Array.of(byte))
  let coder = new Coder(letters)
  const code = new Uint8Array(sample.length)
  for (let round = 0; round < ROUNDS; round++) {
    const single = new Uint32Array(SYMBOLS)
    const double = new Uint32Array(SYMBOLS * SYMBOLS)
    let from = 0
    for (const end of ends) {
      const length = coder.encode(sample, from, end, code, 0)
      for (let i = 0; i < length; i++) {
        single[code[i]!]!++
        if (i > 0) double[code[i - 1]! * SYMBOLS + code[i]!]!++
      }
      from = end
    }
    coder = new Coder([...letters, ...best(coder.texts, single, double)])
  }
  return coder
}

/** The texts of two and more letters that save most bytes. */
function best(
  texts: readonly Uint8Array[],
  single: Uint32Array,
  double: Uint32Array,
): Uint8Array[] {
  const gains = new Map<string, number>()
  const weigh = (text: string, count: number): void => {
    if (text.length < 2 || count === 0) return
    gains.set(text, (gains.get(text) ?? 0) + count * (text.length - 1))
  }
  const strings = texts.map((text) => Buffer.from(text).toString('latin1'))
  for (const [i, text] of strings.entries()) {
    weigh(text, single[i]!)
    for (const [k, behind] of strings.entries()) {
      const count = double[i * SYMBOLS + k]!
      if (count > 1) weigh((text + behind).slice(0, SYMBOL_MAX), count)
    }
  }
  return [...gains]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, SYMBOLS - ALPHABET.length)
    .map(([text]) => Buffer.from(text, 'latin1'))
}
