import { IPv4Mask, IPv6 } from 'ip-num'

const DOT = 0x2e
const COLON = 0x3a
const SLASH = 0x2f

/** A network, its host bits cleared; IPv4 has its address in the last word. */
export class Prefix {
  version: 4 | 6 = 4
  bits = 0
  readonly words = new Uint32Array(4)

  /** What is behind `bits` becomes zero. */
  private clearHostBits(): void {
    const bits = this.version === 4 ? this.bits + 96 : this.bits
    for (let i = 0; i < 4; i++) {
      const kept = Math.min(Math.max(bits - 32 * i, 0), 32)
      if (kept < 32) this.words[i]! &= kept === 0 ? 0 : -1 << (32 - kept)
    }
  }

  /** IPv4-mapped IPv6 (RFC 4291 2.5.5.2) is IPv4: packets and queries are read alike. */
  private unmap(): void {
    const [a, b, c] = this.words
    if (this.bits < 96 || a !== 0 || b !== 0 || c !== 0xffff) return
    this.words[2] = 0
    this.version = 4
    this.bits -= 96
  }

  /** Reads an address or CIDR from `bytes[start, end)`; false where it is none. */
  parse(bytes: Uint8Array, start: number, end: number): boolean {
    let slash = start
    while (slash < end && bytes[slash] !== SLASH) slash++
    const v4 = parseIPv4(bytes, start, slash)
    this.words.fill(0)
    if (v4 >= 0) {
      this.version = 4
      this.words[3] = v4
    } else if (parseIPv6(bytes, start, slash, this.words)) {
      this.version = 6
    } else {
      return false
    }
    const width = this.version === 4 ? 32 : 128
    this.bits = slash === end ? width : parseBits(bytes, slash + 1, end, width)
    if (this.bits < 0) return false
    this.clearHostBits()
    if (this.version === 6) this.unmap()
    return true
  }
}

/** Four decimal octets without leading zeros (RFC 6943 3.1.1: the strict form), or -1. */
export function parseIPv4(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  let octets = 0
  let octet = -1
  if (end - start > 15) return -1
  for (let i = start; i <= end; i++) {
    const c = i === end ? DOT : bytes[i]!
    if (c === DOT) {
      if (octet < 0 || octet > 255) return -1
      value = value * 256 + octet
      octets++
      octet = -1
    } else if (c >= 0x30 && c <= 0x39 && octet !== 0) {
      octet = (octet < 0 ? 0 : octet * 10) + c - 0x30
    } else {
      return -1
    }
  }
  return octets === 4 ? value : -1
}

/** RFC 4291 2.2 into four words; a zone is none of it. */
export function parseIPv6(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint32Array,
): boolean {
  if (end - start < 2 || end - start > 45) return false
  const groups: number[] = []
  let gap = -1
  let i = start
  if (bytes[i] === COLON) {
    if (bytes[i + 1] !== COLON) return false
    i++
  }
  while (i < end) {
    if (bytes[i] === COLON) {
      if (gap >= 0) return false
      gap = groups.length
      if (++i === end) break
    }
    let group = 0
    const first = i
    for (; i < end && bytes[i] !== COLON; i++) {
      const digit = hexDigit(bytes[i]!)
      if (digit < 0) return bytes[i] === DOT && parseDottedTail(bytes, start, end, out)
      group = group * 16 + digit
    }
    if (i === first || i - first > 4 || groups.length === 8) return false
    groups.push(group)
    if (i < end && ++i === end) return false // one colon at the end
  }
  if (gap < 0 ? groups.length !== 8 : groups.length > 7) return false
  const tail = gap < 0 ? 0 : groups.length - gap
  const full = [
    ...groups.slice(0, groups.length - tail),
    ...new Array<number>(8 - groups.length).fill(0),
    ...groups.slice(groups.length - tail),
  ]
  for (let w = 0; w < 4; w++) out[w] = full[2 * w]! * 65536 + full[2 * w + 1]!
  return true
}

function hexDigit(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30
  const letter = c | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/** x:x:x:x:x:x:d.d.d.d (RFC 4291 2.2.3): rare enough for a library that takes its time. */
function parseDottedTail(bytes: Uint8Array, start: number, end: number, out: Uint32Array): boolean {
  const text = Buffer.from(bytes.subarray(start, end)).toString('latin1')
  const quad = text.lastIndexOf(':') + 1
  if (!/^[0-9a-f:]+$/i.test(text.slice(0, quad)) || parseIPv4(bytes, start + quad, end) < 0) {
    return false
  }
  try {
    const value = new IPv6(text).value
    for (let w = 0; w < 4; w++) out[w] = Number((value >> BigInt(96 - 32 * w)) & 0xffffffffn)
    return true
  } catch {
    return false
  }
}

/** A prefix length, or an IPv4 netmask such as 255.255.255.0; -1 where it is neither. */
function parseBits(bytes: Uint8Array, start: number, end: number, width: number): number {
  if (end - start < 1 || end - start > 15) return -1
  const text = Buffer.from(bytes.subarray(start, end)).toString('latin1')
  if (/^\d{1,3}$/.test(text)) {
    const bits = Number(text)
    return bits <= width ? bits : -1
  }
  if (width !== 32 || parseIPv4(bytes, start, end) < 0) return -1
  try {
    return new IPv4Mask(text).prefix
  } catch {
    return -1 // its ones are not together
  }
}
