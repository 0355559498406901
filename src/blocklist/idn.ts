import { domainToASCII } from 'node:url'

const decoder = new TextDecoder('utf-8', { fatal: true })
const encoder = new TextEncoder()
/** The URL parser would stop at a slash and decode a percent sign: only names go in. */
const NAME = /^[a-z0-9\-_.\u0080-\u{10ffff}]+$/iu
const LENGTH_MAX = 1024

/**
 * A name in UTF-8 with its U-labels as A-labels (RFC 5890; UTS 46, nontransitional). Undefined where it is no
 * UTF-8 or has no such form. The result may still be no name: its labels may be too long.
 */
export function toAscii(name: Uint8Array): Uint8Array | undefined {
  if (name.length > LENGTH_MAX) return undefined
  let text: string
  try {
    text = decoder.decode(name)
  } catch {
    return undefined // not UTF-8
  }
  const ascii = NAME.test(text) ? domainToASCII(text) : ''
  return ascii === '' ? undefined : encoder.encode(ascii)
}
