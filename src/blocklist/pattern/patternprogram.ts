import { ANYTHING, charRange } from './alphabet.js'
import { type Automaton, FOUND } from './automaton.js'
import { buildAutomaton } from './determinise.js'
import type { Budget } from './nfa.js'
import type { Pattern, Wildcard } from './pattern.js'
import { RegexError, type RegexNode } from './regexparser.js'

/** Bits of a program's first byte; the two lowest say where the first piece may begin. */
const FLAG = { ended: 4, wide: 8, automaton: 16 } as const
const HEADS = ['anywhere', 'start', 'label'] as const
/** States of which the file has rows; LOST and FOUND need none. */
const FIRST_ROW = FOUND + 1

function wildcardBytes({ head, ended, pieces }: Wildcard): Uint8Array {
  return Uint8Array.of(
    HEADS.indexOf(head) | (ended ? FLAG.ended : 0),
    pieces.length,
    ...pieces.map((piece) => piece.length),
    ...Buffer.from(pieces.join(''), 'latin1'),
  )
}

export function automatonBytes({
  classes,
  classCount,
  start,
  states,
  next,
}: Automaton): Uint8Array {
  const width = states > 256 ? 2 : 1
  const cells = next.subarray(FIRST_ROW * (classCount + 1))
  const bytes = new Uint8Array(6 + classes.length + cells.length * width)
  const view = new DataView(bytes.buffer)
  bytes[0] = FLAG.automaton | (width === 2 ? FLAG.wide : 0)
  bytes[1] = classCount
  view.setUint16(2, start, true)
  view.setUint16(4, states - FIRST_ROW, true)
  bytes.set(classes, 6)
  for (const [i, state] of cells.entries()) {
    const at = 6 + classes.length + i * width
    if (width === 2) view.setUint16(at, state, true)
    else bytes[at] = state
  }
  return bytes
}

/** A pattern as the core runs it: section 24, behind the number of its first rule. */
export function programBytes(pattern: Pattern): Uint8Array {
  return pattern.kind === 'wildcard' ? wildcardBytes(pattern) : automatonBytes(pattern.automaton)
}

function nodeOf(pattern: Pattern): RegexNode {
  if (pattern.kind === 'regex') return pattern.node
  const set = (code: string): RegexNode => {
    const at = code.charCodeAt(0)
    return { type: 'set', set: charRange(at, at) }
  }
  const start: RegexNode = { type: 'assert', what: 'start' }
  const gap: RegexNode = {
    type: 'repeat',
    item: { type: 'set', set: ANYTHING },
    min: 0,
    max: Infinity,
  }
  const items: RegexNode[] = []
  if (pattern.head === 'start') items.push(start)
  if (pattern.head === 'label') items.push({ type: 'choice', items: [start, set('.')] })
  for (const [i, piece] of pattern.pieces.entries()) {
    if (i > 0) items.push(gap)
    for (const character of piece) items.push(set(character))
  }
  if (pattern.ended) items.push({ type: 'assert', what: 'end' })
  return { type: 'sequence', items }
}

/** One automaton that finds whatever any of the patterns matches; undefined where it would be too large. */
export function joinPatterns(patterns: readonly Pattern[], budget: Budget): Automaton | undefined {
  try {
    return buildAutomaton({ type: 'choice', items: patterns.map(nodeOf) }, budget)
  } catch (error) {
    if (error instanceof RegexError) return undefined
    throw error
  }
}
