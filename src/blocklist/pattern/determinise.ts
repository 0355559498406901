import { ANYTHING, inverse, NOTHING, SYMBOLS, WORD } from './alphabet.js'
import { type Automaton, FOUND, LOST } from './automaton.js'
import { minimise } from './minimise.js'
import { ASSERT, type Budget, MATCH, Nfa, spend, SPLIT } from './nfa.js'
import { type Assertion, REGEX_PROBLEM, RegexError, type RegexNode } from './regexparser.js'

export const STATES_MAX = 1_024

/** What is before a place: the text's start, a word's character, or another. */
type Before = 'start' | 'word' | 'other'
/** What is behind it. */
type Behind = 'end' | 'word' | 'other'

function holds(what: Assertion, before: Before, behind: Behind): boolean {
  const isBoundary = (before === 'word') !== (behind === 'word')
  if (what === 'start') return before === 'start'
  if (what === 'end') return behind === 'end'
  return (what === 'boundary') === isBoundary
}

interface Classes {
  /** Of each symbol. */
  readonly classes: Uint8Array
  /** Of each class whether each of the NFA's sets has it. */
  readonly accepts: readonly (readonly boolean[])[]
  readonly isWord: readonly boolean[]
}

/** Symbols that every set treats alike are one class. */
function classesOf({ sets }: Nfa, looksBack: boolean): Classes {
  let parts = [ANYTHING]
  for (const set of looksBack ? [...sets, WORD] : sets) {
    parts = parts.flatMap((part) => [part & set, part & inverse(set)]).filter(Boolean)
  }
  const classes = new Uint8Array(SYMBOLS.length)
  for (const [id, part] of parts.entries()) {
    for (let symbol = 0; symbol < SYMBOLS.length; symbol++) {
      if (((part >> BigInt(symbol)) & 1n) === 1n) classes[symbol] = id
    }
  }
  return {
    classes,
    accepts: parts.map((part) => sets.map((set) => (part & set) !== NOTHING)),
    isWord: parts.map((part) => (part & WORD) !== NOTHING),
  }
}

/** Sets of places of an NFA, each of which becomes a state: built as they are reached. */
class Subsets {
  readonly places: number[][] = [[], []] // LOST and FOUND have none
  private readonly before: Before[] = ['other', 'other']
  private readonly ids = new Map<string, number>()
  private readonly seen: Uint32Array
  private mark = 0
  /** Whether it matters what is before a place, once that is not the start. */
  readonly looksBack: boolean

  constructor(
    private readonly nfa: Nfa,
    private readonly budget: Budget,
  ) {
    this.seen = new Uint32Array(nfa.what.length)
    this.looksBack = nfa.assertion.some((what) => what === 'boundary' || what === 'inside')
  }

  /** The state for these places, any of which may be in it more than once. */
  stateOf(places: readonly number[], before: Before): number {
    const known = this.looksBack || before === 'start' ? before : 'other'
    const sorted = [...new Set(places)].sort((a, b) => a - b)
    const key = `${known} ${sorted.join(' ')}`
    let id = this.ids.get(key)
    if (id === undefined) {
      if (this.places.length === STATES_MAX) throw new RegexError(REGEX_PROBLEM.large)
      id = this.places.push(sorted) - 1
      this.before.push(known)
      this.ids.set(key, id)
    }
    return id
  }

  /** Places that read something, reached from a state without reading; undefined where the end is reached. */
  reached(state: number, behind: Behind): number[] | undefined {
    const { nfa, seen } = this
    const mark = ++this.mark
    const todo = [...this.places[state]!]
    const reading: number[] = []
    for (let place = todo.pop(); place !== undefined; place = todo.pop()) {
      if (seen[place] === mark) continue
      seen[place] = mark
      spend(this.budget, 1)
      const what = nfa.what[place]!
      if (what === MATCH) return undefined
      if (what >= 0) reading.push(place)
      else if (what === SPLIT) todo.push(nfa.other[place]!, nfa.next[place]!)
      else if (what === ASSERT && holds(nfa.assertion[place]!, this.before[state]!, behind)) {
        todo.push(nfa.next[place]!)
      }
    }
    return reading
  }
}

/**
 * Says whether `node` is found anywhere in a text. Bounded by STATES_MAX and the budget: throws a RegexError
 * where that is not enough.
 */
export function buildAutomaton(node: RegexNode, budget: Budget): Automaton {
  const nfa = new Nfa(node, budget)
  const subsets = new Subsets(nfa, budget)
  spend(budget, SYMBOLS.length * nfa.sets.length)
  const { classes, accepts, isWord } = classesOf(nfa, subsets.looksBack)
  const classCount = accepts.length
  const width = classCount + 1
  const next: number[] = []
  for (let c = 0; c < width; c++) next.push(LOST)
  for (let c = 0; c < width; c++) next.push(FOUND)
  const start = subsets.stateOf([nfa.start], 'start')
  for (let state = start; state < subsets.places.length; state++) {
    const word = subsets.reached(state, 'word')
    const ways = { word, other: subsets.looksBack ? subsets.reached(state, 'other') : word }
    for (const [c, accepted] of accepts.entries()) {
      const behind = isWord[c]! ? 'word' : 'other'
      const reading = ways[behind]
      if (reading) {
        spend(budget, reading.length)
        const read = reading.filter((place) => accepted[nfa.what[place]!]!)
        const places = [nfa.start, ...read.map((place) => nfa.next[place]!)]
        next.push(subsets.stateOf(places, behind))
      } else {
        next.push(FOUND)
      }
    }
    next.push(subsets.reached(state, 'end') ? LOST : FOUND)
  }
  const states = subsets.places.length
  return minimise({ classes, classCount, start, states, next: Uint16Array.from(next) }, budget)
}
