import { parseIPv4 } from './addresses.js'
import { LABEL_MAX, NAME_MAX } from './ruleset/format.js'
import { toAscii } from './idn.js'

const DOT = 0x2e

/** What a byte of a name becomes: itself in lower case, 0 where no name has it. */
const NORMAL = new Uint8Array(256)
for (const c of 'abcdefghijklmnopqrstuvwxyz0123456789-_.') NORMAL[c.charCodeAt(0)] = c.charCodeAt(0)
for (let c = 0x41; c <= 0x5a; c++) NORMAL[c] = c | 0x20

/**
 * Writes the normal form of the name in `bytes[start, end)` to `out` at `at`: lower
 * case, no final dot, A-labels (RFC 5890 2.3.2.1). `out` has room for NAME_MAX bytes.
 * Returns its length, 0 where it is no name. Underscores are taken: DNS has them.
 */
export function normaliseName(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
): number {
  if (bytes[end - 1] === DOT) end--
  const length = end - start
  if (length <= 0) return 0
  if (length > NAME_MAX) return normaliseOther(bytes, start, end, out, at)
  const shift = at - start
  let label = start // where the current one begins
  for (let i = start; i < end; i++) {
    const c = NORMAL[bytes[i]!]!
    if (c === 0) return normaliseOther(bytes, start, end, out, at)
    out[i + shift] = c
    if (c !== DOT) continue
    if (i === label || i - label > LABEL_MAX) return normaliseOther(bytes, start, end, out, at)
    label = i + 1
  }
  if (end === label || end - label > LABEL_MAX) {
    return normaliseOther(bytes, start, end, out, at)
  }
  return isAddress(out, at, at + length) ? 0 : length
}

/** Dotted quads are addresses, never names. */
function isAddress(bytes: Uint8Array, start: number, end: number): boolean {
  const last = bytes[end - 1]!
  return last >= 0x30 && last <= 0x39 && parseIPv4(bytes, start, end) >= 0
}

/** What is no name as it stands may be one in UTF-8. */
function normaliseOther(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
): number {
  let i = start
  while (i < end && bytes[i]! < 0x80) i++
  if (i === end) return 0
  const ascii = toAscii(bytes.subarray(start, end))
  return ascii === undefined ? 0 : normaliseName(ascii, 0, ascii.length, out, at)
}
