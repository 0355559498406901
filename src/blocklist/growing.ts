/** Typed arrays that grow: what a million rules are kept in. */
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

  /** For whole words; valid until more is added. */
  view(): DataView {
    return new DataView(this.bytes.buffer)
  }
}

export class GrowingWords {
  words = new Uint32Array(1 << 12)
  length = 0

  push(value: number): void {
    if (this.length === this.words.length) {
      const wider = new Uint32Array(this.words.length * 2)
      wider.set(this.words)
      this.words = wider
    }
    this.words[this.length++] = value
  }
}
