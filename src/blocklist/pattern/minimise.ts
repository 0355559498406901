import { type Automaton, FOUND, LOST } from './automaton.js'
import type { Budget } from './nfa.js'

/**
 * Blocks of states that no text tells apart (Moore): begins with what the end says and splits blocks by
 * where each class leads, until none splits. Undefined where the budget does not last.
 */
function equivalent(
  { states, classCount, next }: Automaton,
  budget: Budget,
): Uint16Array | undefined {
  const width = classCount + 1
  const block = new Uint16Array(states)
  for (let s = 0; s < states; s++) block[s] = next[s * width + classCount]!
  let count = 2
  for (let before = 0; before !== count;) {
    before = count
    for (let c = 0; c < classCount; c++) {
      budget.steps -= states
      if (budget.steps < 0) return undefined
      const ids = new Map<number, number>()
      const led = block.slice()
      for (let s = 0; s < states; s++) {
        const key = led[s]! * states + led[next[s * width + c]!]!
        let id = ids.get(key)
        if (id === undefined) ids.set(key, (id = ids.size))
        block[s] = id
      }
      count = ids.size
    }
  }
  return block
}

/** Classes that lead to the same states from everywhere become one. */
function mergeClasses(automaton: Automaton): Automaton {
  const { classCount, states, next } = automaton
  const width = classCount + 1
  const ids = new Map<string, number>()
  const kept: number[] = []
  const merged = Uint8Array.from({ length: classCount }, (_, c) => {
    const key = Array.from({ length: states }, (__, s) => next[s * width + c]!).join(' ')
    let id = ids.get(key)
    if (id === undefined) {
      ids.set(key, (id = ids.size))
      kept.push(c)
    }
    return id
  })
  kept.push(classCount)
  const columns = new Uint16Array(states * kept.length)
  for (let at = 0; at < columns.length; at++) {
    columns[at] = next[Math.floor(at / kept.length) * width + kept[at % kept.length]!]!
  }
  const classes = automaton.classes.map((c) => merged[c]!)
  return { ...automaton, classes, classCount: kept.length - 1, next: columns }
}

/** The same answers with as few states and classes as can be, states in the order they are reached. */
export function minimise(automaton: Automaton, budget: Budget): Automaton {
  const block = equivalent(automaton, budget)
  if (!block) return mergeClasses(automaton)
  const width = automaton.classCount + 1
  const ids = new Map([
    [block[LOST]!, LOST],
    [block[FOUND]!, FOUND],
  ])
  const members = [LOST, FOUND] // of each block one
  const idOf = (state: number): number => {
    let id = ids.get(block[state]!)
    if (id === undefined) {
      id = members.push(state) - 1
      ids.set(block[state]!, id)
    }
    return id
  }
  const start = idOf(automaton.start)
  const next: number[] = []
  for (let s = 0; s < members.length; s++) {
    for (let c = 0; c < width; c++) {
      const to = automaton.next[members[s]! * width + c]!
      next.push(c < automaton.classCount ? idOf(to) : to)
    }
  }
  const states = members.length
  return mergeClasses({ ...automaton, start, states, next: Uint16Array.from(next) })
}
