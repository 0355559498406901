/**
 * Typed arrays that grow: what a million rules are kept in. Room that is not used yet costs an address
 * range, not memory, so that one who knows about how much will come says so at once.
 */
export class GrowingBytes {
  bytes = new Uint8Array(1 << 16)
  length = 0

  /** Makes room for `n` more bytes. */
  reserve(n: number): void {
    if (this.length + n <= this.bytes.length) return
    const wider = new Uint8Array(Math.max(this.bytes.length * 2, this.length + n))
    wider.set(this.bytes.subarray(0, this.length))
    this.bytes = wider
  }
}

export class GrowingWords {
  words = new Uint32Array(1 << 10)
  length = 0

  /** Makes room for `n` more words. */
  reserve(n: number): void {
    if (this.length + n <= this.words.length) return
    const wider = new Uint32Array(Math.max(this.words.length * 2, this.length + n))
    wider.set(this.words.subarray(0, this.length))
    this.words = wider
  }

  push(value: number): void {
    if (this.length === this.words.length) this.reserve(1)
    this.words[this.length++] = value
  }
}
