// eslint-disable-next-line no-control-regex -- these are what it is about
const PARTS = /([^\x00-\x1f\x7f]+)|\x1b\[([\d;?]*)(.)|[^]/g

/**
 * What a terminal shows of the bytes that it was sent: as much of ECMA-48 as Weir uses, and an error for anything else,
 * above all for what would have to be put back.
 */
export class Terminal {
  #lines: string[] = ['']
  /** Lines that have left by its top. */
  readonly scrolled: string[] = []
  #row = 0
  #column = 0

  constructor(
    public rows: number,
    public columns: number,
  ) {}

  /** Whether what is written next begins a line, which is free. */
  get isAtRest(): boolean {
    return this.#column === 0 && !this.#lines[this.#row]
  }

  get screen(): readonly string[] {
    return this.#lines.map((line) => line.trimEnd())
  }

  /** Another size; what is on it is cut, which is the worst that one does. */
  resize(rows: number, columns: number): void {
    Object.assign(this, { rows, columns })
    this.scrolled.push(...this.#lines.splice(0, Math.max(0, this.#lines.length - rows)))
    this.#row = Math.min(this.#row, rows - 1)
  }

  write(text: string): this {
    for (const [part, plain, count, order] of text.matchAll(PARTS)) {
      if (plain !== undefined) this.#put(plain)
      else if (part === '\r') this.#column = 0
      else if (part === '\n') this.#down()
      else if (order === 'A') this.#row = Math.max(0, this.#row - Number(count === '' ? 1 : count))
      else if (order === 'H' && !count) this.#row = this.#column = 0
      else if (order === 'K' && !count) this.#erase()
      else if (order === 'J' && !count) this.#eraseBelow()
      else if (order !== 'm') throw new Error(`no such thing: ${JSON.stringify(part)}`)
    }
    return this
  }

  #put(text: string): void {
    for (const character of text) {
      if (this.#column === this.columns) {
        this.#column = 0
        this.#down()
      }
      const line = this.#lines[this.#row]!.padEnd(this.#column)
      this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(++this.#column)
    }
  }

  #down(): void {
    this.#row++
    if (this.#row === this.#lines.length) this.#lines.push('')
    if (this.#lines.length <= this.rows) return
    this.scrolled.push(this.#lines.shift()!)
    this.#row--
  }

  #erase(): void {
    this.#lines[this.#row] = this.#lines[this.#row]!.slice(0, this.#column)
  }

  #eraseBelow(): void {
    this.#erase()
    this.#lines.length = this.#row + 1
  }
}
