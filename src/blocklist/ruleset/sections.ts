import { ALIGNMENT, HEADER, HEADER_LENGTH, SECTION } from './format.js'

/** Little-endian, `width` bytes. */
export function writeNumber(out: Uint8Array, at: number, value: number, width: number): void {
  for (let i = 0; i < width; i++) {
    out[at + i] = value & 0xff
    value >>>= 8
  }
}

/** A section of u32. */
export function wordSection(words: ArrayLike<number>): Uint8Array {
  const section = new Uint8Array(words.length * 4)
  for (let i = 0; i < words.length; i++) writeNumber(section, i * 4, words[i]!, 4)
  return section
}

export type Sections = Readonly<Record<number, Uint8Array>>

const align = (n: number): number => Math.ceil(n / ALIGNMENT) * ALIGNMENT

/** What is read where a file is opened lies on the header's first pages; who maps it waits once. */
const FIRST: readonly number[] = [SECTION.symbols, SECTION.verdicts, SECTION.patterns + 1]

/** Puts the sections behind each other and their places into the header, which is otherwise empty. */
export function assemble(sections: Sections): Uint8Array {
  const numbers = Object.keys(sections).map(Number)
  const order = [...FIRST, ...numbers.filter((number) => !FIRST.includes(number))]
  let length = HEADER_LENGTH
  for (const section of Object.values(sections)) length = align(length) + section.length
  const file = new Uint8Array(align(length))
  let at = HEADER_LENGTH
  for (const number of order) {
    const section = sections[number]!
    at = align(at)
    writeNumber(file, HEADER.sections + number * 8, at, 4)
    writeNumber(file, HEADER.sections + number * 8 + 4, section.length, 4)
    file.set(section, at)
    at += section.length
  }
  return file
}
