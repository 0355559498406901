import { NAME_MAX } from '../ruleset/format.js'
import type { Automaton } from './automaton.js'
import type { RegexNode } from './regexparser.js'

/**
 * A rule that is not tied to labels, searched in a name or in an address's text. Made by
 * `readAdblockPattern`, `readEnding` and `readRegex`; what becomes of it is described in
 * native/RULESET.md, Patterns.
 */
export type Pattern = Wildcard | Regex

/** Pieces of text with anything between them. */
export interface Wildcard {
  readonly kind: 'wildcard'
  /** Where the first piece may begin: anywhere, at the start, or at the start or after a dot. */
  readonly head: 'anywhere' | 'start' | 'label'
  /** Whether the last piece ends the text. */
  readonly ended: boolean
  /** At least one, none of them empty, of characters that names and addresses have. */
  readonly pieces: readonly string[]
}

/** A regular expression, as an automaton of bounded size. */
export interface Regex {
  readonly kind: 'regex'
  readonly source: string
  readonly node: RegexNode
  readonly automaton: Automaton
}

/** Why a text became no wildcard. */
export const WILDCARD_PROBLEM = {
  short: 'a pattern shorter than three characters',
  path: 'a pattern for paths, which names do not have',
  everything: 'a pattern that matches everything',
  character: 'a pattern with a character that no name has',
  long: 'a pattern longer than any name',
} as const

const HEADS: readonly (readonly [RegExp, Wildcard['head']])[] = [
  [/^\|\|/, 'label'],
  [/^\|(?:(?:https?|wss?)?:?\/\/)?/, 'start'],
  [/^:\/\//, 'start'],
]

function wildcard(head: Wildcard['head'], ended: boolean, text: string): Wildcard | string {
  const pieces = text.split('*').filter((piece) => piece !== '')
  if (pieces.length === 0) return WILDCARD_PROBLEM.everything
  if (!/^[a-z0-9._:*-]*$/.test(text)) return WILDCARD_PROBLEM.character
  if (pieces.join('').length > NAME_MAX) return WILDCARD_PROBLEM.long
  return {
    kind: 'wildcard',
    head: text.startsWith('*') ? 'anywhere' : head,
    ended: ended && !text.endsWith('*'),
    pieces,
  }
}

/**
 * An Adblock rule for names, without `@@` and modifiers: `*` stands for anything, `^` and a final `|` for
 * the end, `|`, `://` and `|https://` for the start, `||` for the start or a dot. A string says why it is
 * none: one of WILDCARD_PROBLEM.
 */
export function readAdblockPattern(text: string): Wildcard | string {
  if (text.length < 3) return WILDCARD_PROBLEM.short
  let rest = text.toLowerCase()
  let head: Wildcard['head'] = 'anywhere'
  for (const [mark, meaning] of HEADS) {
    const found = mark.exec(rest)
    if (!found) continue
    rest = rest.slice(found[0].length)
    head = meaning
    break
  }
  let end = rest.length
  while (end > 0 && '^|'.includes(rest[end - 1]!)) end--
  const body = rest.slice(0, end)
  if (/[/^|]/.test(body)) return WILDCARD_PROBLEM.path
  return wildcard(head, end < rest.length, body)
}

/** Text at a name's end wherever a label begins: dnsmasq's `*text`, without the star. A string says why not. */
export function readEnding(text: string): Wildcard | string {
  const ending = text.toLowerCase()
  return ending.includes('*') ? WILDCARD_PROBLEM.character : wildcard('anywhere', true, ending)
}
