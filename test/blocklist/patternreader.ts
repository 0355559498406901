import type { PatternSections } from '../../src/blocklist/pattern/patterntable.js'

/**
 * Answers from the laid-out bytes as native/RULESET.md describes them, one step after the other: what the core
 * does, without its short cuts.
 */
export class PatternReader {
  private readonly grams: DataView
  private readonly programs: DataView
  private readonly texts: DataView
  private readonly rules: DataView

  constructor(sections: PatternSections) {
    const view = (bytes: Uint8Array): DataView =>
      new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.grams = view(sections.grams)
    this.programs = view(sections.programs)
    this.texts = view(sections.texts)
    this.rules = view(sections.rules)
  }

  /** Numbers of the rules that match, in their order. */
  match(text: string): number[] {
    const found = new Set<number>()
    const dotted = `.${text}`
    for (let at = 0; at + 4 <= dotted.length; at++) {
      for (const program of this.programsOf(dotted.slice(at, at + 4)))
        this.run(program, text, found)
    }
    const { always, alwaysCount } = this.places()
    for (let i = 0; i < alwaysCount; i++) {
      const isFound = this.run(this.grams.getUint32(always + i * 8, true), text, found)
      if (!isFound) i += this.grams.getUint32(always + i * 8 + 4, true)
    }
    return [...found].sort((a, b) => a - b)
  }

  private places() {
    const filterBits = this.grams.getUint8(0)
    const bucketBits = this.grams.getUint8(1)
    const entryCount = this.grams.getUint32(4, true)
    const alwaysCount = this.grams.getUint32(8, true)
    const directory = 64 + 2 ** filterBits / 8
    const entries = directory + (2 ** bucketBits + 1) * 4
    return {
      filterBits,
      bucketBits,
      directory,
      entries,
      always: entries + entryCount * 8,
      alwaysCount,
    }
  }

  private programsOf(gram: string): number[] {
    const { filterBits, bucketBits, directory, entries } = this.places()
    const number = Buffer.from(gram, 'latin1').readUInt32LE()
    const product = Math.imul(number, 0x9e3779b1) >>> 0
    const bit = product >>> (32 - filterBits)
    if (((this.grams.getUint8(64 + (bit >>> 3)) >> (bit & 7)) & 1) === 0) return []
    const bucket = directory + (product >>> (32 - bucketBits)) * 4
    const found: number[] = []
    const end = this.grams.getUint32(bucket + 4, true)
    for (let i = this.grams.getUint32(bucket, true); i < end; i++) {
      if (this.grams.getUint32(entries + i * 8, true) !== number) continue
      found.push(this.grams.getUint32(entries + i * 8 + 4, true))
    }
    return found
  }

  private run(program: number, text: string, found: Set<number>): boolean {
    const flags = this.programs.getUint8(program + 4)
    const isMatch =
      (flags & 16) === 0
        ? this.wildcard(program + 4, flags, text)
        : this.automaton(program + 4, flags, text)
    if (isMatch) this.report(this.programs.getUint32(program, true), text, found)
    return isMatch
  }

  private wildcard(program: number, flags: number, text: string): boolean {
    const count = this.programs.getUint8(program + 1)
    let at = program + 2 + count
    const pieces = Array.from({ length: count }, (_, i) => {
      const length = this.programs.getUint8(program + 2 + i)
      const piece = Array.from({ length }, (__, k) => this.programs.getUint8(at + k))
      at += length
      return String.fromCharCode(...piece)
    })
    const escaped = pieces.map((piece) => piece.replaceAll(/[.-]/g, '\\$&'))
    const head = ['', '^', '(?:^|\\.)'][flags & 3]!
    return new RegExp(head + escaped.join('.*') + ((flags & 4) === 0 ? '' : '$')).test(text)
  }

  private automaton(program: number, flags: number, text: string): boolean {
    const classes = this.programs.getUint8(program + 1)
    let state = this.programs.getUint16(program + 2, true)
    for (let i = 0; i <= text.length && state >= 2; i++) {
      const symbols = 'abcdefghijklmnopqrstuvwxyz0123456789-._:'
      const symbol = text[i]
      const column =
        symbol === undefined
          ? classes // the text's end
          : this.programs.getUint8(program + 6 + symbols.indexOf(symbol))
      const cell = (state - 2) * (classes + 1) + column
      const table = program + 6 + symbols.length
      state =
        (flags & 8) === 0
          ? this.programs.getUint8(table + cell)
          : this.programs.getUint16(table + cell * 2, true)
    }
    return state === 1
  }

  private report(first: number, text: string, found: Set<number>): void {
    if (first === 0xffffffff) return
    for (let rule = first, next; ; rule = next) {
      const record = this.rules.getUint32(rule * 4, true)
      if (!this.excepts(record).some((name) => `.${text}`.endsWith(`.${name}`))) found.add(rule)
      next = this.texts.getUint32(record + 4, true)
      if (next <= rule) return
    }
  }

  private excepts(record: number): string[] {
    let at = record + 13 + this.texts.getUint16(record + 8, true)
    return Array.from({ length: this.texts.getUint16(record + 10, true) }, () => {
      const length = this.texts.getUint8(at)
      const name = Array.from({ length }, (_, k) => this.texts.getUint8(at + 1 + k))
      at += 1 + length
      return String.fromCharCode(...name)
    })
  }
}
