import { native } from './native.js'
import type { Ruleset } from './ruleset.js'

/** Rules whose texts are asked for at a time. */
const BATCH = 8192
/** Any one rule fits: a pattern has 65,535 bytes at most. */
const ROOM = 1 << 20

/** Rules [first, first + count), one kind of them, and their texts: a line each. */
export interface RuleTextBatch {
  /** 'further' has names and networks mixed. */
  readonly kind: 'name' | 'network' | 'pattern' | 'further'
  readonly first: number
  readonly count: number
  /** Borrowed until the next batch is asked for. */
  readonly lines: Buffer
}

/** The texts of a ruleset's rules, many in one call of the addon. Controls in them become question marks. */
export class RuleTexts {
  readonly #ruleset: Ruleset
  readonly #room = Buffer.allocUnsafeSlow(ROOM)

  constructor(ruleset: Ruleset) {
    this.#ruleset = ruleset
  }

  /** For each rule its text, a tab, and `list:line`; where there is no such rule, the tab. */
  sources(rules: Uint32Array): string[] {
    const found: string[] = []
    while (found.length < rules.length) {
      const lines = this.#lines(rules.subarray(found.length), true).toString('utf8').split('\n')
      if (lines.length < 2) throw new RangeError('a rule has no room') // not even in a damaged file
      for (let i = 0; i < lines.length - 1; i++) found.push(lines[i]!)
    }
    return found
  }

  /** Every rule in the order of their numbers. A name or a network may come more than once. */
  *[Symbol.iterator](): Generator<RuleTextBatch, void, undefined> {
    const { rules, names, prefixes4, prefixes6, patterns } = this.#ruleset.counts
    const numbers = new Uint32Array(BATCH)
    let first = 0
    const kinds = [
      ['name', names],
      ['network', names + prefixes4 + prefixes6],
      ['pattern', names + prefixes4 + prefixes6 + patterns],
      ['further', rules],
    ] as const
    for (const [kind, end] of kinds) {
      while (first < end) {
        const wanted = Math.min(BATCH, end - first)
        for (let i = 0; i < wanted; i++) numbers[i] = first + i
        const lines = this.#lines(numbers.subarray(0, wanted), false)
        const count = native().countLines(lines)
        if (!count) throw new RangeError('a rule has no room')
        yield { kind, first, count, lines }
        first += count
      }
    }
  }

  #lines(rules: Uint32Array, withSources: boolean): Buffer {
    const bytes = new Uint8Array(rules.buffer, rules.byteOffset, rules.byteLength)
    const length = native().rulesetTexts(this.#ruleset.handle, bytes, withSources, this.#room)
    return this.#room.subarray(0, length)
  }
}
