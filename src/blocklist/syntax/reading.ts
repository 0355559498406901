import { type Action, NAME_MAX } from '../ruleset/format.js'
import type { Line } from './lines.js'
import { normaliseName } from '../names.js'
import type { Budget } from '../pattern/nfa.js'
import { rankOf } from '../rank.js'
import { EXACT, kindOf, type RuleStore, type Scope, SUFFIX } from '../rules.js'

/** How a list is read; what each means is said at `ListSource`. */
export interface ReadOptions {
  readonly action: Action
  readonly important: boolean
  readonly match: 'exact' | 'suffix'
  readonly apex: boolean
  /** Seconds since 1970: what expires by then is refused. */
  readonly at: number
  /** Keys of rules that a `$badfilter` of any list takes back. */
  readonly cancelled: ReadonlySet<string>
  /** What regular expressions of all lists may cost. */
  readonly budget: Budget
}

/** What the reader of one list works with. */
export interface Reading extends ReadOptions {
  readonly rules: RuleStore
}

/** Takes one line that is not blank, with what its syntax takes for a comment. */
export type LineReader = (line: Line) => void

/** The kind of what a list asks for, or of an exception from it. */
export function listKind(
  { action, important }: ReadOptions,
  isException = false,
  isSpecific = false,
): number {
  const of = important ? 'important' : 'list'
  return kindOf(rankOf(isException ? 'allow' : action, of), isSpecific)
}

/** How a bare name is read where the syntax leaves it open. */
export function listScope({ match }: ReadOptions): Scope {
  return match === 'suffix' ? SUFFIX : EXACT
}

const scratch = new Uint8Array(NAME_MAX)

/** The normal form of a name that is not in place; undefined where it is none. */
export function toName(text: string): string | undefined {
  const bytes = Buffer.from(text)
  const length = normaliseName(bytes, 0, bytes.length, scratch, 0)
  return length === 0 ? undefined : Buffer.from(scratch.subarray(0, length)).toString('latin1')
}
