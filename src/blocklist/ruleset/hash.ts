/**
 * The hash of names, of which native/core/ruleset_name.h has the other half: eight bytes
 * at a time from right to left, 64-bit multiply and fold. One pass gives the hashes of
 * a name and of every name above it.
 */
const STEP_LO = 0x7f4a7c15
const STEP_HI = 0x9e3779b9
const LAST_LO = 0x1b873593
const LAST_HI = 0xbf58476d
const DOT = 0x2e

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
    let wordEnd = end
    while (labelEnd > start) {
      let at = labelEnd
      while (at > start && bytes.getUint8(at - 1) !== DOT) at--
      for (; wordEnd - at >= 8; wordEnd -= 8) {
        const wordLo = bytes.getInt32(wordEnd - 8, true)
        const wordHi = bytes.getInt32(wordEnd - 4, true)
        lo = multiply(hi ^ wordHi, lo ^ wordLo, STEP_HI, STEP_LO)
        hi = productHi
        lo ^= hi
      }
      const left = wordEnd - at
      let restLo = bytes.getInt32(at, true)
      let restHi = left > 4 ? bytes.getInt32(at + 4, true) : 0
      if (left < 4) restLo &= (1 << (8 * left)) - 1
      else restHi &= (1 << (8 * left - 32)) - 1
      const low = multiply(hi ^ restHi, lo ^ restLo, LAST_HI, LAST_LO)
      this.at[count] = at
      this.hi[count] = productHi
      this.lo[count] = low ^ productHi
      count++
      labelEnd = at - 1
    }
    this.count = count
  }
}
