import { ANYTHING, charRange, type CharSet, DIGITS, inverse, NOTHING, WORD } from './alphabet.js'

/** A regular expression without what matching does not depend on: names of groups, laziness, case. */
export type RegexNode =
  | { readonly type: 'set'; readonly set: CharSet }
  | { readonly type: 'assert'; readonly what: Assertion }
  | { readonly type: 'sequence'; readonly items: readonly RegexNode[] }
  | { readonly type: 'choice'; readonly items: readonly RegexNode[] }
  | {
      readonly type: 'repeat'
      readonly item: RegexNode
      readonly min: number
      readonly max: number
    }
export type Assertion = 'start' | 'end' | 'boundary' | 'inside'

/** Why an expression was refused. */
export const REGEX_PROBLEM = {
  syntax: 'not a valid regular expression',
  lookaround: 'a regular expression that looks ahead or behind',
  backreference: 'a regular expression with a back-reference',
  unicode: 'a regular expression with Unicode property classes',
  escape: 'a regular expression with an escape that engines read differently',
  posix: 'a regular expression with POSIX classes, which engines read differently',
  repeat: 'a regular expression that repeats something more often than names are long',
  nested: 'a regular expression nested too deeply',
  large: 'a regular expression that takes too large an automaton',
  never: 'a regular expression that matches no name',
} as const

/** Thrown inside the reading of one expression; `readRegex` catches it. */
export class RegexError extends Error {}

const DEPTH_MAX = 32
/** No text is longer: repeating something more often says the same as repeating it without end. */
const REPEAT_MAX = 253

const LETTERS: Readonly<Record<string, CharSet>> = {
  __proto__: null as never,
  d: DIGITS,
  D: inverse(DIGITS),
  w: WORD,
  W: inverse(WORD),
  s: NOTHING,
  S: ANYTHING,
  // Control characters, of which names have none.
  f: NOTHING,
  n: NOTHING,
  r: NOTHING,
  t: NOTHING,
  v: NOTHING,
  '0': NOTHING,
}

/** A member of a class: a character's code, or a set for which an escape stands. */
type Member = number | CharSet

function single(member: Member): CharSet {
  return typeof member === 'number' ? charRange(member, member) : member
}

/** With a set at either end, a hyphen stands for itself (ECMA-262 B.1.2). */
function range(from: Member, to: Member): CharSet {
  if (typeof from !== 'number' || typeof to !== 'number') {
    return single(from) | single(0x2d) | single(to)
  }
  if (to < from) throw new RegexError(REGEX_PROBLEM.syntax)
  return charRange(from, to)
}

/** Reads the syntax of JavaScript without its `u` flag, and `(?i)` and `(?P<name>` of other engines. */
class Parser {
  private at = 0
  private depth = 0

  constructor(private readonly text: string) {}

  parse(): RegexNode {
    this.take('(?i)')
    const node = this.choice()
    if (this.at < this.text.length) throw new RegexError(REGEX_PROBLEM.syntax) // a stray ")"
    return node
  }

  private take(what: string): boolean {
    if (!this.text.startsWith(what, this.at)) return false
    this.at += what.length
    return true
  }

  /** What the sticky expression finds here, taken. */
  private find(what: RegExp): RegExpExecArray | null {
    what.lastIndex = this.at
    const found = what.exec(this.text)
    if (found) this.at = what.lastIndex
    return found
  }

  private choice(): RegexNode {
    if (++this.depth > DEPTH_MAX) throw new RegexError(REGEX_PROBLEM.nested)
    const items = [this.sequence()]
    while (this.take('|')) items.push(this.sequence())
    this.depth--
    return items.length === 1 ? items[0]! : { type: 'choice', items }
  }

  private sequence(): RegexNode {
    const items: RegexNode[] = []
    while (this.at < this.text.length && !'|)'.includes(this.text[this.at]!)) {
      items.push(this.assertion() ?? this.quantified(this.atom()))
    }
    return items.length === 1 ? items[0]! : { type: 'sequence', items }
  }

  private assertion(): RegexNode | undefined {
    if (this.take('^')) return { type: 'assert', what: 'start' }
    if (this.take('$')) return { type: 'assert', what: 'end' }
    if (this.take('\\b')) return { type: 'assert', what: 'boundary' }
    if (this.take('\\B')) return { type: 'assert', what: 'inside' }
    return undefined
  }

  private atom(): RegexNode {
    if (this.take('(')) return this.group()
    if (this.take('[')) return { type: 'set', set: this.class() }
    if (this.take('.')) return { type: 'set', set: ANYTHING }
    if (this.take('\\')) return { type: 'set', set: this.escape() }
    if (this.find(/[*+?]|\{\d+(?:,\d*)?\}/y)) throw new RegexError(REGEX_PROBLEM.syntax)
    return { type: 'set', set: this.character() }
  }

  private character(): CharSet {
    const code = this.text.charCodeAt(this.at++)
    return charRange(code, code)
  }

  private group(): RegexNode {
    if (this.find(/\?<?[=!]/y)) throw new RegexError(REGEX_PROBLEM.lookaround)
    const plain = this.take('?:') || this.find(/\?P?<[A-Za-z_$][\w$]*>/y) !== null
    if (!plain && this.take('?')) throw new RegexError(REGEX_PROBLEM.syntax)
    const node = this.choice()
    if (!this.take(')')) throw new RegexError(REGEX_PROBLEM.syntax)
    return node
  }

  private quantified(item: RegexNode): RegexNode {
    const found = this.find(/(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/y)
    if (!found) return item
    const [, sign, least, comma, most] = found
    let min = sign === '+' ? 1 : 0
    let max = sign === '?' ? 1 : Infinity
    if (least !== undefined) {
      min = Number(least)
      max = comma === '' ? min : most === '' ? Infinity : Number(most)
    }
    if (max < min) throw new RegexError(REGEX_PROBLEM.syntax)
    if (min > REPEAT_MAX) throw new RegexError(REGEX_PROBLEM.repeat)
    return { type: 'repeat', item, min, max: max > REPEAT_MAX ? Infinity : max }
  }

  /** Behind a backslash. */
  private escape(): CharSet {
    if (this.find(/[1-9k]/y)) throw new RegexError(REGEX_PROBLEM.backreference)
    if (this.find(/[pP]/y)) throw new RegexError(REGEX_PROBLEM.unicode)
    const code = this.find(/x([\dA-Fa-f]{2})|u([\dA-Fa-f]{4})/y)
    if (code) {
      const value = parseInt(code[1] ?? code[2]!, 16)
      return charRange(value, value)
    }
    if (this.find(/0\d/y)) throw new RegexError(REGEX_PROBLEM.escape)
    const letter = this.find(/[dDwWsSfnrtv0]/y)
    if (letter) return LETTERS[letter[0]]!
    if (this.find(/[A-Za-z]/y)) throw new RegexError(REGEX_PROBLEM.escape)
    if (this.at === this.text.length) throw new RegexError(REGEX_PROBLEM.syntax)
    return this.character()
  }

  /** Behind an opening bracket. */
  private class(): CharSet {
    const isInverse = this.take('^')
    let set = NOTHING
    // Others take a bracket here for a character, JavaScript for the end of a class of nothing.
    if (this.take(']')) throw new RegexError(REGEX_PROBLEM.escape)
    while (!this.take(']')) {
      if (this.find(/\[:\^?[a-z]+:\]/y)) throw new RegexError(REGEX_PROBLEM.posix)
      const from = this.member()
      if (this.text[this.at] === '-' && this.text[this.at + 1] !== ']') {
        this.at++
        set |= range(from, this.member())
      } else {
        set |= single(from)
      }
    }
    return isInverse ? inverse(set) : set
  }

  private member(): Member {
    if (this.at === this.text.length) throw new RegexError(REGEX_PROBLEM.syntax)
    if (!this.take('\\')) return this.text.charCodeAt(this.at++)
    if (this.find(/b/y)) return NOTHING // a backspace
    const start = this.at
    const set = this.escape()
    const taken = this.text.slice(start, this.at)
    if (/^[xu]./.test(taken)) return parseInt(taken.slice(1), 16)
    const control = 'tnvfr'.indexOf(taken)
    if (control >= 0) return '\t\n\v\f\r'.charCodeAt(control)
    if (taken === '0') return 0
    return LETTERS[taken] === undefined ? taken.charCodeAt(0) : set
  }
}

/** Throws a RegexError, with one of REGEX_PROBLEM, for what is refused. */
export function parseRegex(text: string): RegexNode {
  return new Parser(text).parse()
}
