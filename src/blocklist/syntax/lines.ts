const LF = 0x0a
const HASH = 0x23
const SPACE = 0x20

/** Bytes of the longest line that is read; the longest rules of public lists have a few thousand. */
export const LINE_MAX = 65_536

/** A list's bytes, in pieces of any length. Asked for its iterator more than once, it begins anew. */
export type Chunks = Iterable<Uint8Array>

/** Space, tab, carriage return and the other controls that stray into lists. */
function isBlank(c: number): boolean {
  return c <= SPACE
}

/** Whether `byte` is in `bytes[start, end)`: a search for it could go on behind a line, to the chunk's end. */
export function hasByte(bytes: Uint8Array, start: number, end: number, byte: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] === byte) return true
  return false
}

/** One line of a list without the blanks around it, cut into fields at blanks; the bytes stay where they are. */
export class Line {
  bytes: Uint8Array = new Uint8Array(0)
  /** Where the line begins, blanks included. */
  head = 0
  start = 0
  end = 0
  /** Where the field at `start` ends. */
  first = 0

  /** Takes the line that begins at `head` of `bytes`; returns where its line feed is, or -1. */
  take(bytes: Uint8Array, head: number): number {
    const { length } = bytes
    let i = head
    while (i < length && bytes[i]! <= SPACE && bytes[i] !== LF) i++
    const start = i
    while (i < length && bytes[i]! > SPACE) i++
    const first = i
    while (i < length && bytes[i] !== LF) i++
    if (i === length) return -1
    let end = i
    while (end > first && bytes[end - 1]! <= SPACE) end--
    this.bytes = bytes
    this.head = head
    this.start = start
    this.first = first
    this.end = end
    return i
  }

  /** Ends the line before the first `comment`, and before the blanks in front of it. */
  cut(comment: number): void {
    const { bytes } = this
    for (let i = this.start; i < this.end; i++) if (bytes[i] === comment) return this.endAt(i)
  }

  /** Ends the line before the first '#' that begins a field. */
  cutField(): void {
    const { bytes, start } = this
    for (let i = start; i < this.end; i++) {
      if (bytes[i] === HASH && (i === start || isBlank(bytes[i - 1]!))) return this.endAt(i)
    }
  }

  private endAt(end: number): void {
    while (end > this.start && isBlank(this.bytes[end - 1]!)) end--
    this.end = end
    this.first = Math.min(this.first, end)
  }

  /** Where the field that begins at `at` ends. */
  fieldEnd(at: number): number {
    while (at < this.end && !isBlank(this.bytes[at]!)) at++
    return at
  }

  /** Where the next field begins after the one that ends at `at`; the line's end if there is none. */
  nextField(at: number): number {
    while (at < this.end && isBlank(this.bytes[at]!)) at++
    return at
  }

  /** Without the blanks around it; bytes that are no UTF-8 become U+FFFD. */
  text(start = this.start, end = this.end): string {
    const { buffer, byteOffset } = this.bytes
    return Buffer.from(buffer, byteOffset + start, end - start).toString('utf8')
  }
}

/** The end of a chunk that is no whole line, until the rest of it comes. */
class Held {
  readonly bytes = new Uint8Array(LINE_MAX + 1)
  /** Bytes of the line; those beyond LINE_MAX are not kept. */
  length = 0

  add(chunk: Uint8Array, start: number, end: number): void {
    const kept = Math.min(end - start, Math.max(LINE_MAX - this.length, 0))
    if (kept > 0) this.bytes.set(chunk.subarray(start, start + kept), this.length)
    this.length += end - start
  }

  /** Moves what is held into `line`; false where it was too long. */
  move(line: Line): boolean {
    const length = Math.min(this.length, LINE_MAX)
    const isWhole = length === this.length
    this.bytes[length] = LF
    this.length = 0
    line.take(this.bytes, 0)
    return isWhole
  }
}

/**
 * Calls `take` for each line, blank ones included, and `takeLong` for one of more than LINE_MAX
 * bytes, of which the line then holds the beginning. Lines end with LF or CR LF. A byte order mark is passed over.
 */
export function eachLine(
  chunks: Chunks,
  take: (line: Line) => void,
  takeLong: (line: Line) => void = take,
): void {
  const line = new Line()
  const held = new Held()
  const takeHeld = (): void => (held.move(line) ? take(line) : takeLong(line))
  let isFirst = true
  for (const chunk of chunks) {
    let at = isFirst ? markEnd(chunk) : 0
    isFirst = false
    if (held.length > 0) {
      const end = chunk.indexOf(LF)
      held.add(chunk, 0, end < 0 ? chunk.length : end)
      if (end < 0) continue
      takeHeld()
      at = end + 1
    }
    for (let end = line.take(chunk, at); end >= 0; end = line.take(chunk, at)) {
      if (end - at > LINE_MAX) takeLong(line)
      else take(line)
      at = end + 1
    }
    held.add(chunk, at, chunk.length)
  }
  if (held.length > 0) takeHeld()
}

/** Where the text begins behind a byte order mark, if there is one. */
export function markEnd(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
}
