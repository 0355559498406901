import type { ByteSource } from '../capture/source.js'

const LF = 0x0a
const BUFFER = 1 << 18

/** Bytes of the longest line that is taken; of a longer one, so many. */
export const LINE_BYTES_MAX = 1 << 16

/** The lines of a text in UTF-8, as many at a time as a read has; memory stays bounded whatever comes. */
export async function* inputLines(source: ByteSource): AsyncGenerator<string[], void, undefined> {
  const buffer = Buffer.allocUnsafeSlow(BUFFER)
  let kept = 0
  let isSkipping = false // behind what was taken of a line that is too long
  for (;;) {
    const read = source.read(buffer, kept, BUFFER - kept)
    const count = typeof read === 'number' ? read : await read
    if (count === 0) break
    let start = 0
    let end = kept + count
    if (isSkipping) {
      const feed = buffer.subarray(0, end).indexOf(LF)
      if (feed < 0) continue
      start = feed + 1
      isSkipping = false
    }
    const last = buffer.subarray(start, end).lastIndexOf(LF)
    const lines: string[] = []
    if (last >= 0) {
      for (const line of buffer.toString('utf8', start, start + last).split('\n')) lines.push(line)
      start += last + 1
    }
    if (end - start >= LINE_BYTES_MAX) {
      lines.push(buffer.toString('utf8', start, start + LINE_BYTES_MAX))
      isSkipping = true
      end = start
    }
    buffer.copyWithin(0, start, end)
    kept = end - start
    if (lines.length) yield lines
  }
  if (kept > 0) yield [buffer.toString('utf8', 0, kept)]
}
