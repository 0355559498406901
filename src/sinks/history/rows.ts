import type { Statement } from 'better-sqlite3'
import type { Db } from '../../files/sqlite.js'

export type Cell = number | string | null

/** Rows of a statement: more make it no quicker. */
const AT_ONCE = 10

/** Inserts rows, several with each statement. */
export class Rows {
  readonly #one: Statement
  readonly #many: Statement

  /** `width` cells a row; `before` and `after` are SQL, on both sides of the values. */
  constructor(
    db: Db,
    before: string,
    private readonly width: number,
    after = '',
  ) {
    const row = `(${Array(width).fill('?').join()})`
    const insert = (count: number): Statement =>
      db.prepare(`${before} VALUES ${Array(count).fill(row).join()} ${after}`)
    this.#one = insert(1)
    this.#many = insert(AT_ONCE)
  }

  /** All cells, a row behind the other. */
  insert(cells: readonly Cell[]): void {
    const { width } = this
    let at = 0
    for (const many = AT_ONCE * width; at + many <= cells.length; at += many) {
      this.#many.run(cells.slice(at, at + many))
    }
    for (; at < cells.length; at += width) this.#one.run(cells.slice(at, at + width))
  }
}
