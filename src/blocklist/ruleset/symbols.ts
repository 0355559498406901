import { SYMBOL_MAX, SYMBOLS } from './format.js'

/** Bytes that names have: each is a symbol, so that every name has a code. */
const ALPHABET = Buffer.from('abcdefghijklmnopqrstuvwxyz0123456789-_.')
/** Column of each letter in a row of the automaton; the first one is for the end of the name. */
const COLUMN = new Uint8Array(256)
for (const [i, byte] of ALPHABET.entries()) COLUMN[byte] = i + 1
const COLUMNS = ALPHABET.length + 1
const END = 0
/** A row has room for this many columns: the lower bits of a place are its column. */
const ROW = 64
/** A step in one word: two codes, how many of them are written, or MANY, and the row to go on at. */
const COUNT_SHIFT = 16
const ROW_SHIFT = 12
const ROW_MASK = -ROW
const MANY = 3

const ROUNDS = 5

/** A text that symbols begin with: those with one letter more, and its own symbol. */
interface Node {
  readonly text: string
  readonly below: Map<number, Node>
  code: number
  /** Where its row begins: of those that others are below. */
  row: number
}

/**
 * A name's code: each byte stands for a symbol, a piece of text of 1 to 8 bytes. The longest symbol
 * that fits is taken each time. An automaton does that with a step a letter: it holds back what may still become a
 * longer symbol, and each step says which codes are certain by then.
 */
export class Coder {
  /** By row and column. */
  private readonly steps: Int32Array
  /** By place, codes where they are more than a step holds. */
  private readonly many = new Map<number, readonly number[]>()

  /** A symbol's place in `texts` is its number. Every letter is among them. */
  constructor(readonly texts: readonly Uint8Array[]) {
    const root: Node = { text: '', below: new Map(), code: -1, row: 0 }
    for (const [code, text] of texts.entries()) {
      let node = root
      for (const byte of text) {
        let next = node.below.get(COLUMN[byte]!)
        if (next === undefined) {
          next = { text: node.text + String.fromCharCode(byte), below: new Map(), code: -1, row: 0 }
          node.below.set(COLUMN[byte]!, next)
        }
        node = next
      }
      node.code = code
    }
    const inner = [root]
    for (const node of inner) {
      for (const next of node.below.values()) {
        if (next.below.size > 0) next.row = (inner.push(next) - 1) * ROW
      }
    }
    this.steps = new Int32Array(inner.length * ROW)
    for (const node of inner) this.fill(root, node)
  }

  /** The steps from a node; those from nodes with shorter texts are there. */
  private fill(root: Node, node: Node): void {
    const { certain, row } = this.fallBack(root, node)
    for (let column = 0; column < COLUMNS; column++) {
      const next = node.below.get(column)
      if (next !== undefined) {
        const goesOn = next.below.size > 0
        this.set(node.row + column, goesOn ? next.row : 0, goesOn ? [] : [next.code])
      } else if (node !== root) {
        const codes = [...certain, ...this.codesAt(row + column)]
        this.set(node.row + column, column === END ? 0 : this.rowAt(row + column), codes)
      }
    }
  }

  /** Where no symbol goes on: the longest one in what is held back is certain, and the rest is read again. */
  private fallBack(root: Node, { text }: Node): { certain: readonly number[]; row: number } {
    let longest = root
    for (let at = root, i = 0; i < text.length; i++) {
      at = at.below.get(COLUMN[text.charCodeAt(i)]!)!
      if (at.code >= 0) longest = at
    }
    const certain = [longest.code]
    let row = 0
    for (let i = longest.text.length; i < text.length; i++) {
      const place = row + COLUMN[text.charCodeAt(i)]!
      certain.push(...this.codesAt(place))
      row = this.rowAt(place)
    }
    return { certain, row }
  }

  private rowAt(place: number): number {
    return (this.steps[place]! >>> ROW_SHIFT) & ROW_MASK
  }

  private codesAt(place: number): readonly number[] {
    const step = this.steps[place]!
    const count = (step >>> COUNT_SHIFT) & 3
    if (count === MANY) return this.many.get(place)!
    return [step & 0xff, (step >>> 8) & 0xff].slice(0, count)
  }

  private set(place: number, row: number, codes: readonly number[]): void {
    const count = Math.min(codes.length, MANY)
    this.steps[place] = (row << ROW_SHIFT) | (count << COUNT_SHIFT)
    if (count === MANY) this.many.set(place, codes)
    else for (const [i, code] of codes.entries()) this.steps[place] |= code << (8 * i)
  }

  /**
   * Writes the code of the name in `bytes[at, end)` to `out` at `to`; returns where it ends. A byte more than
   * that may be written: no code is longer than its name.
   */
  encode(bytes: Uint8Array, at: number, end: number, out: Uint8Array, to: number): number {
    let row = 0
    for (let i = at; i < end; i++) {
      const place = row + COLUMN[bytes[i]!]!
      to = this.write(place, out, to)
      row = this.rowAt(place)
    }
    return this.write(row + END, out, to)
  }

  /** The codes of one step. */
  private write(place: number, out: Uint8Array, to: number): number {
    const step = this.steps[place]!
    const count = (step >>> COUNT_SHIFT) & 3
    out[to] = step
    out[to + 1] = step >>> 8
    return count === MANY ? this.writeMany(place, out, to) : to + count
  }

  private writeMany(place: number, out: Uint8Array, to: number): number {
    const codes = this.many.get(place)!
    for (const [i, code] of codes.entries()) out[to + i] = code
    return to + codes.length
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

/** What the least of so many symbols saves as it is: those that save less need no look. */
function leastGain(texts: readonly Uint8Array[], single: Uint32Array): number {
  const gains = texts.map((text, i) => (text.length > 1 ? single[i]! * text.length : 0))
  return gains.sort((a, b) => b - a)[SYMBOLS - ALPHABET.length - 1] ?? 0
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
    gains.set(text, (gains.get(text) ?? 0) + count * text.length)
  }
  const least = leastGain(texts, single)
  const strings = texts.map((text) => Buffer.from(text).toString('latin1'))
  for (const [i, text] of strings.entries()) {
    weigh(text, single[i]!)
    for (const [k, behind] of strings.entries()) {
      const count = double[i * SYMBOLS + k]!
      if (count * SYMBOL_MAX > least) weigh((text + behind).slice(0, SYMBOL_MAX), count)
    }
  }
  return [...gains]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, SYMBOLS - ALPHABET.length)
    .map(([text]) => Buffer.from(text, 'latin1'))
}
