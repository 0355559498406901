/**
 * The hash of names, of which native/core/ruleset_name.c has the other half: labels
 * from right to left, eight bytes at a time, 64-bit multiply and fold. One pass
 * gives the hashes of a name and of every name above it.
 */
const STEP_LO = 0x7f4a7c15
const STEP_HI = 0x9e3779b9
const LAST_LO = 0x1b873593
const LAST_HI = 0xbf58476d
const DOT = 0x2e
/** Tells a label's further words from a next label's first; no name has such bytes. */
const CONTINUED = 0x80808080

/** A 64-bit number, its halves low and high. */
export type Seed = readonly [lo: number, hi: number]

let productHi = 0

/** (hi, lo) times (kHi, kLo) modulo 2^64: returns the low half, leaves the high one in productHi. */
function multiply(hi: number, lo: number, kHi: number, kLo: number): number {
  const a0 = lo & 0xffff
  const a1 = lo >>> 16
  const b0 = kLo & 0xffff
  const b1 = kLo >>> 16
  const low = Math.imul(a0, b0) >>> 0
  const mid = (Math.imul(a1, b0) >>> 0) + (low >>> 16)
  const mid2 = (Math.imul(a0, b1) >>> 0) + (mid & 0xffff)
  const high = (Math.imul(a1, b1) + (mid >>> 16) + (mid2 >>> 16)) | 0
  productHi = (high + Math.imul(hi, kLo) + Math.imul(lo, kHi)) | 0
  return (mid2 << 16) | (low & 0xffff) | 0
}

/** Hashes of a name and of all above it, the shortest first. */
export class Suffixes {
  count = 0
  readonly at = new Uint32Array(128)
  readonly lo = new Uint32Array(128)
  readonly hi = new Uint32Array(128)

  constructor(private readonly seed: Seed) {}

  /** Of the normal form in `bytes[start, end)`; `bytes` has room behind it for eight more. */
  hash(bytes: DataView, start: number, end: number): void {
    let [lo, hi] = this.seed
    let labelEnd = end
    let count = 0
    while (labelEnd > start) {
      let labelStart = labelEnd
      while (labelStart > start && bytes.getUint8(labelStart - 1) !== DOT) labelStart--
      let mark = 0
      for (let at = labelStart; at < labelEnd; at += 8) {
        const left = labelEnd - at
        let wordLo = bytes.getInt32(at, true)
        let wordHi = left > 4 ? bytes.getInt32(at + 4, true) : 0
        if (left < 4) wordLo &= (1 << (8 * left)) - 1
        else if (left > 4 && left < 8) wordHi &= (1 << (8 * left - 32)) - 1
        lo = multiply(hi ^ wordHi ^ mark, lo ^ wordLo ^ mark, STEP_HI, STEP_LO)
        hi = productHi
        lo ^= hi
        mark = CONTINUED
      }
      const low = multiply(hi, lo, LAST_HI, LAST_LO)
      this.at[count] = labelStart
      this.hi[count] = productHi
      this.lo[count] = low ^ productHi
      count++
      labelEnd = labelStart - 1
    }
    this.count = count
  }
}
