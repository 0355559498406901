const LOAD = 2
const FIRST_SLOTS = 1 << 10

/**
 * Counts of byte strings. It costs no string for each that is seen, which for the hosts of a large
 * capture is most of what a summary would take in time and memory.
 */
export class Tally {
  /** Texts, one after the other; text i lies between ends[i - 1] and ends[i]. */
  #bytes = Buffer.alloc(FIRST_SLOTS * 16)
  #ends = new Uint32Array(FIRST_SLOTS / LOAD)
  #counts = new Uint32Array(FIRST_SLOTS / LOAD)
  #hashes = new Int32Array(FIRST_SLOTS / LOAD)
  /** Number of a text, plus one; 0 empty. */
  #slots = new Uint32Array(FIRST_SLOTS)
  /** Nobody can make captures whose names collide: it is another one each time. */
  readonly #seed = (Math.random() * 2 ** 32) | 0
  size = 0

  constructor(readonly max: number) {}

  /** Counts the text of `from`; false where it is new and there are `max` already. */
  add(from: Uint8Array, at: number, length: number): boolean {
    const hash = this.#hash(from, at, length)
    const mask = this.#slots.length - 1
    let slot = hash & mask
    for (; this.#slots[slot]; slot = (slot + 1) & mask) {
      const i = this.#slots[slot]! - 1
      if (this.#hashes[i] === hash && this.#is(i, from, at, length)) {
        this.#counts[i]!++
        return true
      }
    }
    if (this.size === this.max) return false
    this.#keep(from, at, length, hash)
    this.#slots[slot] = this.size
    if (this.size === this.#ends.length) this.#grow()
    return true
  }

  /** The `n` most frequent texts with their counts; of equal ones, those that sort first. */
  top(n: number): [text: string, count: number][] {
    const best: number[] = []
    for (let i = 0; i < this.size; i++) {
      let place = best.length
      while (place && this.#isBefore(i, best[place - 1]!)) place--
      if (place < n) best.splice(place, 0, i)
      if (best.length > n) best.pop()
    }
    return best.map((i) => [this.#text(i).toString('latin1'), this.#counts[i]!])
  }

  #isBefore(i: number, j: number): boolean {
    const more = this.#counts[i]! - this.#counts[j]!
    return more ? more > 0 : this.#text(i).compare(this.#text(j)) < 0
  }

  #text(i: number): Buffer {
    return this.#bytes.subarray(this.#start(i), this.#ends[i])
  }

  #start(i: number): number {
    return i ? this.#ends[i - 1]! : 0
  }

  #hash(from: Uint8Array, at: number, length: number): number {
    let hash = this.#seed ^ length
    for (let i = at; i < at + length; i++) {
      hash = Math.imul(hash ^ from[i]!, 0x9e37_79b1)
      hash ^= hash >>> 15
    }
    return hash
  }

  #is(i: number, from: Uint8Array, at: number, length: number): boolean {
    const start = this.#start(i)
    if (this.#ends[i]! - start !== length) return false
    for (let k = 0; k < length; k++) if (this.#bytes[start + k] !== from[at + k]) return false
    return true
  }

  #keep(from: Uint8Array, at: number, length: number, hash: number): void {
    const start = this.#start(this.size)
    if (start + length > this.#bytes.length) {
      this.#bytes = Buffer.concat([this.#bytes], 2 * (this.#bytes.length + length))
    }
    for (let k = 0; k < length; k++) this.#bytes[start + k] = from[at + k]!
    this.#ends[this.size] = start + length
    this.#hashes[this.size] = hash
    this.#counts[this.size] = 1
    this.size++
  }

  #grow(): void {
    const count = 2 * this.size
    const ends = new Uint32Array(count)
    const counts = new Uint32Array(count)
    const hashes = new Int32Array(count)
    ends.set(this.#ends)
    counts.set(this.#counts)
    hashes.set(this.#hashes)
    this.#ends = ends
    this.#counts = counts
    this.#hashes = hashes
    this.#slots = new Uint32Array(count * LOAD)
    const mask = count * LOAD - 1
    for (let i = 0; i < this.size; i++) {
      let slot = hashes[i]! & mask
      while (this.#slots[slot]) slot = (slot + 1) & mask
      this.#slots[slot] = i + 1
    }
  }
}
