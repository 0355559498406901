import { createHash, timingSafeEqual } from 'node:crypto'
import { WeirError } from '../errors.js'

export const sha256 = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex')

/** Throws WEIR_FEED_REFUSED where `bytes` have another SHA-256 than `expected`, in hexadecimal. */
export function checkSum(bytes: Uint8Array, expected: string): void {
  const found = sha256(bytes)
  if (timingSafeEqual(Buffer.from(found), Buffer.from(expected.toLowerCase()))) return
  throw new WeirError('WEIR_FEED_REFUSED', `its SHA-256 is ${found} and should be ${expected}`)
}

/**
 * What a file of checksums says of the file `name`: lines of sha256sum ("HEX  name", "HEX *name"), of BSD
 * ("SHA256 (name) = HEX"), or one checksum alone. Throws WEIR_FEED_REFUSED where it says nothing.
 */
export function findSum(text: string, name: string): string {
  const alone: string[] = []
  for (const line of text.split('\n', 10_000)) {
    const gnu = /^\\?([0-9a-f]{64})(?:[ \t]+\*?(\S.*))?$/i.exec(line.trim())
    const bsd = gnu ? null : /^SHA256 ?\((.{1,1024})\) ?= ?([0-9a-f]{64})$/i.exec(line.trim())
    const sum = (gnu?.[1] ?? bsd?.[2])?.toLowerCase()
    const file = gnu?.[2] ?? bsd?.[1]
    if (sum === undefined) continue
    if (file !== undefined && file.slice(file.lastIndexOf('/') + 1) === name) return sum
    if (file === undefined) alone.push(sum)
  }
  if (alone.length === 1) return alone[0]!
  throw new WeirError('WEIR_FEED_REFUSED', `the file of checksums has none for ${name}`)
}
