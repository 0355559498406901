/** What a STIX pattern says of one kind of object. */
export interface StixTerm {
  /** The object's path, such as `domain-name:value`. */
  readonly path: string
  readonly values: readonly string[]
}

export const STIX_PROBLEM = {
  syntax: 'not a STIX pattern that this version reads',
  joined: 'a STIX pattern that asks for more than one thing at a time, or for times',
  operator: 'a STIX comparison other than =, IN and ISSUBSET',
} as const

const PATTERN_MAX = 65_536
const TOKEN =
  /\s+|([[\](),])|'((?:[^'\\]|\\.)*)'|([a-z0-9-]+:(?:[a-z0-9_.*-]|'(?:[^'\\]|\\.)*'|\[(?:\*|\d+)\])+)|(!=|<>|[<>]=?|==?)|([a-z]+)/iy
const WORDS = new Set(['AND', 'FOLLOWEDBY', 'NOT', 'WITHIN', 'REPEATS', 'START', 'STOP', 'EXISTS'])

interface Token {
  readonly kind: 'mark' | 'text' | 'path' | 'operator' | 'word'
  readonly text: string
}

/**
 * The comparisons of a pattern (STIX 2.1 9) that are joined by OR only, so that each alone is reason enough. A string
 * says why there are none; a term without values has an operator that is not taken.
 */
export function parseStixPattern(pattern: string): readonly StixTerm[] | string {
  const tokens = pattern.length > PATTERN_MAX ? undefined : tokenise(pattern)
  if (tokens === undefined || tokens.length === 0) return STIX_PROBLEM.syntax
  if (tokens.some(({ kind, text }) => kind === 'word' && WORDS.has(text))) {
    return STIX_PROBLEM.joined
  }
  return new Terms(tokens).read() ?? STIX_PROBLEM.syntax
}

function tokenise(pattern: string): Token[] | undefined {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < pattern.length) {
    const found = TOKEN.exec(pattern)
    if (found === null) return undefined
    const [, mark, text, path, operator, word] = found
    if (mark !== undefined) tokens.push({ kind: 'mark', text: mark })
    if (text !== undefined) tokens.push({ kind: 'text', text: text.replace(/\\(.)/g, '$1') })
    if (path !== undefined) tokens.push({ kind: 'path', text: path.toLowerCase() })
    if (operator !== undefined) tokens.push({ kind: 'operator', text: operator })
    if (word !== undefined) tokens.push({ kind: 'word', text: word.toUpperCase() })
  }
  return tokens
}

/** `[a = 'x' OR b = 'y'] OR [c IN ('z')]`; where all is OR, round brackets change nothing. */
class Terms {
  private at = 0
  private isInside = false
  private readonly terms: StixTerm[] = []

  constructor(private readonly tokens: readonly Token[]) {}

  read(): readonly StixTerm[] | undefined {
    let needsTerm = true
    while (this.at < this.tokens.length) {
      const { kind, text } = this.tokens[this.at]!
      if (kind === 'path') {
        if (!needsTerm || !this.isInside || !this.readTerm()) return undefined
        needsTerm = false
        continue
      }
      this.at++
      if (kind === 'word' && text === 'OR' && !needsTerm) needsTerm = true
      else if (kind !== 'mark' || text === ',' || !this.bracket(text)) return undefined
    }
    return needsTerm || this.isInside ? undefined : this.terms
  }

  private bracket(text: string): boolean {
    if (text === '(' || text === ')') return true
    if (this.isInside === (text === '[')) return false
    this.isInside = text === '['
    return true
  }

  private readTerm(): boolean {
    const path = this.tokens[this.at++]!.text
    const operator = this.tokens[this.at++]
    const isList = operator?.text === 'IN'
    const values: string[] = []
    if (isList && this.tokens[this.at++]?.text !== '(') return false
    for (;;) {
      const value = this.tokens[this.at++]
      if (value?.kind !== 'text') return false
      values.push(value.text)
      if (!isList) break
      const mark = this.tokens[this.at++]?.text
      if (mark === ')') break
      if (mark !== ',') return false
    }
    const isTaken = isList || ['=', '==', 'ISSUBSET'].includes(operator?.text ?? '')
    this.terms.push({ path, values: isTaken ? values : [] })
    return true
  }
}
