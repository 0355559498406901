const WIDTH = 30
const DELAY_MS = 400
const EVERY_MS = 100

/** A bar on standard error for a file that takes long; nothing where that is no terminal. */
export class Progress {
  readonly #label: string
  #next = Date.now() + DELAY_MS
  #shown = false

  constructor(label: string) {
    this.#label = label
  }

  show({ position, size }: { position: number; size: number | undefined }): void {
    const now = Date.now()
    if (now < this.#next) return
    this.#next = now + EVERY_MS
    // Asked late: to look at standard error loads what writes to it.
    if (!process.stderr.isTTY) return
    this.#shown = true
    const read = `${(position / 1e6).toFixed(0)} MB`
    const text = size ? `${bar(position / size)} ${read}` : read
    process.stderr.write(`\r\x1b[K${this.#label} ${text}`)
  }

  clear(): void {
    if (this.#shown) process.stderr.write('\r\x1b[K')
    this.#shown = false
  }
}

function bar(part: number): string {
  const full = Math.round(Math.min(part, 1) * WIDTH)
  return `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${Math.floor(part * 100)} %`
}
