import type { CharSet } from './alphabet.js'
import { type Assertion, REGEX_PROBLEM, RegexError, type RegexNode } from './regexparser.js'

/** Work that building automata may still take; shared by all of one compilation. */
export interface Budget {
  /** Places of an automaton visited: some ten million a second. */
  steps: number
}

export function spend(budget: Budget, steps: number): void {
  budget.steps -= steps
  if (budget.steps < 0) throw new RegexError(REGEX_PROBLEM.large)
}

export const SPLIT = -1
export const ASSERT = -2
export const MATCH = -3
const PLACES_MAX = 4_000

/** Thompson's automaton: places, each with a set to read or an operation, and where it goes on. */
export class Nfa {
  /** SPLIT, ASSERT, MATCH, or the number of a set. */
  readonly what: number[] = []
  readonly next: number[] = []
  /** A SPLIT's other way. */
  readonly other: number[] = []
  /** An ASSERT's. */
  readonly assertion: (Assertion | undefined)[] = []
  readonly sets: CharSet[] = []
  readonly start: number
  private readonly setIds = new Map<CharSet, number>()

  constructor(
    node: RegexNode,
    private readonly budget: Budget,
  ) {
    this.start = this.emit(node, this.add(MATCH, 0))
  }

  private add(what: number, next: number, other = 0, assertion?: Assertion): number {
    if (this.what.length === PLACES_MAX) throw new RegexError(REGEX_PROBLEM.large)
    this.next.push(next)
    this.other.push(other)
    this.assertion.push(assertion)
    return this.what.push(what) - 1
  }

  private setId(set: CharSet): number {
    const known = this.setIds.get(set)
    if (known !== undefined) return known
    const id = this.sets.push(set) - 1
    this.setIds.set(set, id)
    return id
  }

  /** Where `node` begins when what follows it begins at `next`. */
  private emit(node: RegexNode, next: number): number {
    spend(this.budget, 1)
    switch (node.type) {
      case 'set':
        return this.add(this.setId(node.set), next)
      case 'assert':
        return this.add(ASSERT, next, 0, node.what)
      case 'sequence':
        return node.items.reduceRight((after, item) => this.emit(item, after), next)
      case 'choice':
        return node.items
          .map((item) => this.emit(item, next))
          .reduceRight((others, one) => this.add(SPLIT, one, others))
      case 'repeat':
        return this.repeat(node, next)
    }
  }

  private repeat(node: RegexNode & { type: 'repeat' }, next: number): number {
    let after = next
    if (node.max === Infinity) {
      after = this.add(SPLIT, 0, next)
      this.next[after] = this.emit(node.item, after)
    } else {
      for (let i = node.min; i < node.max; i++) {
        after = this.add(SPLIT, this.emit(node.item, after), next)
      }
    }
    for (let i = 0; i < node.min; i++) after = this.emit(node.item, after)
    return after
  }
}
