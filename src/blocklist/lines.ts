const LF = 0x0a
const HASH = 0x23
const SPACE = 0x20

/** Space, tab, carriage return and the other controls that stray into lists. */
export function isBlank(c: number): boolean {
  return c <= SPACE
}

/** One line of a list without its comment, cut into fields at blanks; the bytes stay where they are. */
export class Line {
  start = 0
  end = 0

  constructor(readonly bytes: Uint8Array) {}

  set(start: number, end: number, comment: number): void {
    const { bytes } = this
    for (let i = start; i < end; i++) {
      if (bytes[i] === HASH || bytes[i] === comment) {
        end = i
        break
      }
    }
    while (start < end && isBlank(bytes[start]!)) start++
    while (end > start && isBlank(bytes[end - 1]!)) end--
    this.start = start
    this.end = end
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
}

/**
 * Calls `take` for each line of `bytes` that has more than blanks and comments (from '#', or
 * `comment`, to the end), after telling `count` that a line begins. A byte order mark is passed over.
 */
export function eachLine(
  bytes: Uint8Array,
  comment: string,
  count: () => void,
  take: (line: Line) => void,
): void {
  const line = new Line(bytes)
  const commentCode = comment.charCodeAt(0)
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  while (at < bytes.length) {
    let end = bytes.indexOf(LF, at)
    if (end < 0) end = bytes.length
    count()
    line.set(at, end, commentCode)
    if (line.start < line.end) take(line)
    at = end + 1
  }
}
