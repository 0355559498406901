import { LOST } from './automaton.js'
import { buildAutomaton } from './determinise.js'
import type { Budget } from './nfa.js'
import type { Regex } from './pattern.js'
import { parseRegex, REGEX_PROBLEM, RegexError } from './regexparser.js'

/** Steps for one expression; its share of a whole compilation's, too. */
const STEPS = 500_000
const SOURCE_MAX = 1_000

/**
 * A regular expression as AdGuard's lists have them, between its slashes: searched in a name, in either case.
 * A string says why it is refused: one of REGEX_PROBLEM. `budget` bounds the work for all expressions of a
 * compilation together; without it each has its own.
 */
export function readRegex(source: string, budget: Budget = { steps: Infinity }): Regex | string {
  if (source.length > SOURCE_MAX) return REGEX_PROBLEM.large
  const own = { steps: Math.min(STEPS, budget.steps) }
  const given = own.steps
  try {
    const node = parseRegex(source)
    const automaton = buildAutomaton(node, own)
    if (automaton.start === LOST) return REGEX_PROBLEM.never
    return { kind: 'regex', source, node, automaton }
  } catch (error) {
    if (error instanceof RegexError) return error.message
    throw error
  } finally {
    budget.steps -= given - Math.max(0, own.steps)
  }
}
