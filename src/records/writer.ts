import { dayPrefix } from './time.js'

const ZERO = 0x30
const COLON = 0x3a
const DOT = 0x2e
const QUOTE = 0x22
const BACKSLASH = 0x5c

/** ASCII text as bytes, for JsonWriter.raw. */
export const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1')

/** Every octet in decimal, for IPv4. */
const OCTETS = Array.from({ length: 256 }, (_, i) => ascii(String(i)))
/** Two digits, for clocks. */
const PAIRS = Array.from({ length: 100 }, (_, i) => ascii(String(i).padStart(2, '0')))
/** 16-bit groups without leading zeros, made when first asked for. */
const GROUPS: Uint8Array[] = []

/**
 * Writes JSON into bytes that grow. Strings never exist on the way: a record costs a fraction of
 * what decoding and JSON.stringify cost (see bench/), and comes to the same bytes.
 */
export class JsonWriter {
  bytes = new Uint8Array(1 << 16)
  length = 0

  /** Makes room for `size` more bytes; the methods below do not check. */
  reserve(size: number): void {
    if (this.length + size <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + size))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }

  raw(text: Uint8Array): void {
    const { bytes } = this
    let to = this.length
    for (let i = 0; i < text.length; i++) bytes[to++] = text[i]!
    this.length = to
  }

  int(value: number): void {
    if (value > 0x7fff_ffff) {
      this.raw(ascii(String(value)))
      return
    }
    let width = 1
    for (let limit = 10; width < 10 && value >= limit; limit *= 10) width++
    let rest = value | 0
    for (let at = this.length + width; at > this.length;) {
      const next = (rest / 10) | 0
      this.bytes[--at] = ZERO + (rest - next * 10)
      rest = next
    }
    this.length += width
  }

  /** `length` bytes of `from` as a JSON string, each a character of the same number. */
  string(from: Uint8Array, at: number, length: number): void {
    const { bytes } = this
    let to = this.length
    bytes[to++] = QUOTE
    for (let i = at; i < at + length; i++) {
      const byte = from[i]!
      if (byte < 0x20 || byte > 0x7e || byte === QUOTE || byte === BACKSLASH) {
        this.#escaped(from.subarray(at, at + length))
        return
      }
      bytes[to++] = byte
    }
    bytes[to++] = QUOTE
    this.length = to
  }

  #escaped(text: Uint8Array): void {
    const json = JSON.stringify(Buffer.from(text).toString('latin1'))
    this.raw(Buffer.from(json, 'utf8'))
  }

  /** As timeText, in quotes. */
  time(us: number): void {
    const seconds = Math.floor(us / 1_000_000)
    const day = Math.floor(seconds / 86_400)
    const rest = seconds - day * 86_400
    const fraction = us - seconds * 1_000_000
    const prefix = dayPrefix(day)
    const { bytes } = this
    bytes[this.length++] = QUOTE
    for (let i = 0; i < prefix.length; i++) bytes[this.length++] = prefix.charCodeAt(i)
    this.raw(PAIRS[(rest / 3600) | 0]!)
    bytes[this.length++] = COLON
    this.raw(PAIRS[((rest / 60) | 0) % 60]!)
    bytes[this.length++] = COLON
    this.raw(PAIRS[rest % 60]!)
    bytes[this.length++] = DOT
    this.raw(PAIRS[(fraction / 10_000) | 0]!)
    this.raw(PAIRS[((fraction / 100) | 0) % 100]!)
    this.raw(PAIRS[fraction % 100]!)
    bytes[this.length++] = 0x5a // Z
    bytes[this.length++] = QUOTE
  }

  /** As addressText, in quotes. */
  address(octets: Uint8Array, at: number, isIpv4: boolean): void {
    const { bytes } = this
    bytes[this.length++] = QUOTE
    if (isIpv4) {
      for (let i = 12; i < 16; i++) {
        if (i > 12) bytes[this.length++] = DOT
        this.raw(OCTETS[octets[at + i]!]!)
      }
    } else {
      this.#ipv6(octets, at)
    }
    bytes[this.length++] = QUOTE
  }

  /** RFC 5952: the first of the longest runs of two or more zero groups is left out. */
  #ipv6(octets: Uint8Array, at: number): void {
    let best = 1
    let from = -1
    for (let i = 0, run = 0; i < 8; i++) {
      run = octets[at + 2 * i]! | octets[at + 2 * i + 1]! ? 0 : run + 1
      if (run > best) {
        best = run
        from = i - run + 1
      }
    }
    for (let i = 0; i < 8; i++) {
      if (i === from) {
        this.bytes[this.length++] = COLON
        if (i === 0) this.bytes[this.length++] = COLON
        i += best - 1
        continue
      }
      const group = (octets[at + 2 * i]! << 8) | octets[at + 2 * i + 1]!
      this.raw((GROUPS[group] ??= ascii(group.toString(16))))
      if (i < 7) this.bytes[this.length++] = COLON
    }
  }
}
