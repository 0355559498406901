import type { Statement } from 'better-sqlite3'
import type { Texts } from './columns.js'
import type { Db } from './schema.js'

/** Numbers that are remembered: about 20 MiB of names. */
const REMEMBERED = 100_000

/** The dictionary of texts, with the ones in use remembered. */
export class Dictionary implements Texts {
  readonly #numbers = new Map<string, { id: number; day: number }>()
  readonly #texts = new Map<number, string>()
  readonly #find: Statement<[string], { id: number; day: number }>
  readonly #add: Statement<[string, number]>
  readonly #touch: Statement<[number, number]>
  readonly #read: Statement<[number], { value: string }>

  constructor(db: Db) {
    this.#find = db.prepare('SELECT id, day FROM text WHERE value = ?')
    this.#read = db.prepare('SELECT value FROM text WHERE id = ?')
    const isWriter = !db.readonly
    this.#add = isWriter ? db.prepare('INSERT INTO text (value, day) VALUES (?, ?)') : this.#none()
    this.#touch = isWriter ? db.prepare('UPDATE text SET day = ? WHERE id = ?') : this.#none()
  }

  /** What a reader never runs. */
  #none(): never {
    return undefined as never
  }

  number(text: string, day: number): number {
    const known = this.#numbers.get(text) ?? this.#remember(text, day)
    if (known.day < day) {
      known.day = day
      this.#touch.run(day, known.id)
    }
    return known.id
  }

  /** The number of a text that is there; undefined: no record has it. */
  known(text: string): number | undefined {
    return this.#find.get(text)?.id
  }

  text(number: number): string {
    let text = this.#texts.get(number)
    if (text === undefined) {
      text = this.#read.get(number)?.value ?? '?'
      if (this.#texts.size >= REMEMBERED) this.#texts.clear()
      this.#texts.set(number, text)
    }
    return text
  }

  #remember(text: string, day: number): { id: number; day: number } {
    const found = this.#find.get(text)
    const known = found ?? { id: Number(this.#add.run(text, day).lastInsertRowid), day }
    if (this.#numbers.size >= REMEMBERED) this.#numbers.clear()
    this.#numbers.set(text, known)
    return known
  }

  /** After a transaction was undone, or texts were removed: nothing remembered may be trusted. */
  forget(): void {
    this.#numbers.clear()
    this.#texts.clear()
  }
}
