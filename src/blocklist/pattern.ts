/**
 * A rule that is not tied to labels, searched in a name or in an address's text. Made by
 * `readWildcard` and `readRegex`; what becomes of it is described in native/RULESET.md, Patterns.
 */
export type Pattern = Wildcard | Regex

/** Pieces of text with anything between them. */
export interface Wildcard {
  readonly kind: 'wildcard'
  /** Where the first piece may begin: anywhere, at the start, or at the start or after a dot. */
  readonly head: 'anywhere' | 'start' | 'label'
  /** Whether the last piece ends the text. */
  readonly ended: boolean
  /** In lower case; empty ones at either end say that `*` stands there. */
  readonly pieces: readonly string[]
}

/** A regular expression, as an automaton of bounded size. */
export interface Regex {
  readonly kind: 'regex'
  readonly source: string
}
