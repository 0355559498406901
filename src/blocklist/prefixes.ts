/** Addresses as four words, of which IPv4 has the last; lengths count from the left of all 128 bits. */

export function compareWords(a: Uint32Array, b: Uint32Array): number {
  for (let i = 0; i < 4; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return 0
}

/** Whether the first `bits` bits of both are the same. */
export function sharePrefix(a: Uint32Array, b: Uint32Array, bits: number): boolean {
  const whole = bits >>> 5
  for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false
  const rest = bits & 31
  return rest === 0 || (a[whole]! ^ b[whole]!) >>> (32 - rest) === 0
}

/** The address behind the last one of a network; false where that is beyond all addresses. */
export function behind(words: Uint32Array, bits: number, out: Uint32Array): boolean {
  let carry = 1
  for (let i = 3; i >= 0; i--) {
    const kept = Math.min(Math.max(bits - 32 * i, 0), 32)
    const host = kept === 0 ? 0xffffffff : kept === 32 ? 0 : 0xffffffff >>> kept
    const sum = ((words[i]! | host) >>> 0) + carry
    out[i] = sum
    carry = sum > 0xffffffff ? 1 : 0
  }
  return carry === 0
}
