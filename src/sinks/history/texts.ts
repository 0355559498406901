import type { Statement } from 'better-sqlite3'
import type { Texts } from './columns.js'
import type { Db } from '../../files/sqlite.js'

/** Numbers that are remembered, and as many again that were longest not asked for: about 20 MiB of names each. */
const REMEMBERED = 100_000

/** A text's number, and the last day with a record that has it. */
export interface Known {
  readonly id: number
  day: number
}

/** The dictionary of texts, with the ones in use remembered. */
export class Dictionary implements Texts {
  #numbers = new Map<string, Known>()
  #older = new Map<string, Known>()
  readonly #texts = new Map<number, string>()
  readonly #find: Statement<[string], Known>
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
    return this.numberOf(this.entry(text, day), day)
  }

  /** What is known of a text, for who looks it up by something quicker than itself; valid until `forget`. */
  entry(text: string, day: number): Known {
    return this.#numbers.get(text) ?? this.#remember(text, day)
  }

  /** The number of an entry that a record of this day has. */
  numberOf(known: Known, day: number): number {
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

  #remember(text: string, day: number): Known {
    const known = this.#older.get(text) ?? this.#find.get(text) ?? this.#added(text, day)
    if (this.#numbers.size >= REMEMBERED) {
      this.#older = this.#numbers
      this.#numbers = new Map()
    }
    this.#numbers.set(text, known)
    return known
  }

  #added(text: string, day: number): Known {
    return { id: Number(this.#add.run(text, day).lastInsertRowid), day }
  }

  /** After a transaction was undone, or texts were removed: nothing remembered may be trusted. */
  forget(): void {
    this.#numbers.clear()
    this.#older.clear()
    this.#texts.clear()
  }
}

/** Numbers of texts by what stands for them in a record of the ring: the text itself is made once. */
export class Shortcut<Key> {
  #known = new Map<Key, Known>()

  constructor(private readonly texts: Dictionary) {}

  /** undefined: not known here; `add` it. */
  number(key: Key, day: number): number | undefined {
    const known = this.#known.get(key)
    return known && this.texts.numberOf(known, day)
  }

  /** As `number` from then on. */
  add(key: Key, text: string, day: number): number {
    const known = this.texts.entry(text, day)
    if (this.#known.size >= REMEMBERED) this.#known.clear()
    this.#known.set(key, known)
    return this.texts.numberOf(known, day)
  }

  forget(): void {
    this.#known.clear()
  }
}
