import type { Output } from './output.js'
import type { Screen } from './say.js'

const UP = (lines: number): string => (lines ? `\x1b[${lines}A` : '')
const HOME = '\x1b[H'
const ERASE_LINE = '\x1b[K'
const ERASE_BELOW = '\x1b[J'

/**
 * Lines of a terminal that are written anew in their place; the cursor rests on the line below them. No mode of the
 * terminal is changed and nothing of it is hidden, so that however the process ends there is nothing to put back.
 */
export class Region implements Screen {
  /** On the screen; null: it is not known where, for the terminal has another size. */
  #drawn: number | null = 0
  #lines: readonly string[] = []

  constructor(private readonly output: Pick<Output, 'text' | 'flush'>) {}

  /** Each shorter than the terminal is wide, and fewer than it has. */
  draw(lines: readonly string[]): void {
    this.#lines = lines
    this.#write([])
  }

  /** Whole lines that stay, above ours. */
  above(text: string): void {
    this.#write(text.replace(/\n$/, '').split('\n'))
  }

  /** The terminal has wrapped our lines in its own way: the next ones begin at its top. */
  resized(): void {
    this.#drawn = null
  }

  /** Others have written since: the next lines begin below theirs. */
  resumed(): void {
    this.#drawn = 0
  }

  #write(before: readonly string[]): void {
    const start = this.#drawn === null ? HOME : `\r${UP(this.#drawn)}`
    const lines = [...before, ...this.#lines].map((line) => `${line}${ERASE_LINE}\n`)
    this.output.text(`${start}${lines.join('')}${ERASE_BELOW}`)
    this.output.flush()
    this.#drawn = this.#lines.length
  }
}
