/** Pseudo-random numbers that a failure can be repeated with (xorshift, 32 bits). */
export class Random {
  constructor(private state: number) {
    this.state = Math.imul(state, 2_654_435_761) | 1
    for (let i = 0; i < 4; i++) this.below(1) // seeds in a row begin alike
  }

  below(n: number): number {
    this.state ^= this.state << 13
    this.state ^= this.state >>> 17
    this.state ^= this.state << 5
    return (this.state >>> 0) % n
  }

  pick<T>(from: ArrayLike<T>): T {
    return from[this.below(from.length)]!
  }

  /** Once in n times. */
  once(n: number): boolean {
    return this.below(n) === 0
  }

  times<T>(n: number, make: () => T): T[] {
    return Array.from({ length: n }, make)
  }
}
