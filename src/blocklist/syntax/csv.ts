const CELLS_MAX = 256
const CELL_MAX = 65_536

/** A row of a table: its cells, and the line on which each begins. */
export interface Row {
  readonly cells: readonly string[]
  readonly lines: readonly number[]
}

/**
 * Calls `take` for each row of separated values (RFC 4180; rows may end with LF alone). Cells in double quotes
 * may hold separators, line ends and doubled quotes, where `isQuoted`. `refuse` is told the line of a row with a quote
 * that does not end, or with too much in it; reading goes on at the next line. One pass, whatever the text.
 */
export function eachRow(
  text: string,
  separator: string,
  isQuoted: boolean,
  take: (row: Row) => void,
  refuse: (line: number) => void,
): void {
  const scanner = new Scanner(text, separator, isQuoted)
  while (!scanner.isDone) {
    const { line } = scanner
    const row = scanner.row()
    if (row === undefined) refuse(line)
    else if (row.cells.length > 1 || row.cells[0] !== '') take(row)
  }
}

class Scanner {
  line = 1
  private at = 0

  constructor(
    private readonly text: string,
    private readonly separator: string,
    private readonly isQuoted: boolean,
  ) {}

  get isDone(): boolean {
    return this.at >= this.text.length
  }

  /** Undefined, behind the line that was reached, where it cannot be read. */
  row(): Row | undefined {
    const cells: string[] = []
    const lines: number[] = []
    for (;;) {
      lines.push(this.line)
      const cell = this.isQuoted && this.text[this.at] === '"' ? this.quoted() : this.plain()
      if (cell === undefined || cells.push(cell) > CELLS_MAX) break
      const next = this.text[this.at]
      this.at++
      if (next === this.separator) continue
      this.line++ // a line feed, or the end
      return { cells, lines }
    }
    this.skipLine()
    return undefined
  }

  private skipLine(): void {
    const end = this.text.indexOf('\n', this.at)
    this.at = end < 0 ? this.text.length : end + 1
    this.line++
  }

  private plain(): string | undefined {
    const start = this.at
    while (this.at < this.text.length) {
      const c = this.text[this.at]!
      if (c === this.separator || c === '\n') break
      if (++this.at - start > CELL_MAX) return undefined
    }
    const isEnd = this.text[this.at] !== this.separator && this.text[this.at - 1] === '\r'
    return this.text.slice(start, isEnd && this.at > start ? this.at - 1 : this.at)
  }

  private quoted(): string | undefined {
    const start = ++this.at
    let hasQuotes = false
    for (; this.at < this.text.length && this.at - start <= CELL_MAX; this.at++) {
      const c = this.text[this.at]!
      if (c === '\n') this.line++
      if (c !== '"') continue
      if (this.text[this.at + 1] === '"') {
        hasQuotes = true
        this.at++
        continue
      }
      const cell = this.text.slice(start, this.at++)
      if (this.text[this.at] === '\r') this.at++
      const next = this.text[this.at]
      const isEnded = next === undefined || next === '\n' || next === this.separator
      return isEnded ? (hasQuotes ? cell.replaceAll('""', '"') : cell) : undefined
    }
    return undefined
  }
}
