export type SlowSyntax =
  'domains' | 'hosts' | 'wildcard' | 'dnsmasq' | 'rpz' | 'adblock' | 'ip' | 'indicators'

export type SlowAction = 'allow' | 'block' | 'warn' | 'audit'

/** A list and how it is to be read. */
export interface SlowList {
  readonly id: string
  readonly syntax: SlowSyntax
  readonly text: string
  /** Where the syntax leaves them open: what the rules ask for, and what a bare name means. */
  readonly action?: SlowAction
  readonly important?: boolean
  readonly match?: 'exact' | 'suffix'
  /** `*.name` is for the name itself as well. */
  readonly apex?: boolean
  readonly category?: string
}

export interface SlowAddress {
  readonly version: 4 | 6
  readonly value: bigint
}

export type SlowMatch =
  | { readonly kind: 'exact' | 'suffix' | 'below'; readonly name: string }
  | { readonly kind: 'ends'; readonly text: string }
  | { readonly kind: 'pattern'; readonly pattern: RegExp }
  | { readonly kind: 'network'; readonly network: SlowAddress; readonly bits: number }

/** Where a rule's list puts it: see SlowAnswer.decider. */
export type SlowGroup = 'indicator' | 'specific' | 'list'

export interface SlowRule {
  readonly group: SlowGroup
  readonly action: SlowAction
  readonly important: boolean
  readonly category: string
  readonly match: SlowMatch
  /** Names for which, and below which, the rule is off. */
  readonly denyallow: readonly string[]
  /** What $badfilter names it by: text and modifiers; empty outside of Adblock lists. */
  readonly key: string
  /** Place of the list, and the line in it from 1. */
  readonly list: number
  readonly line: number
}

/** What one line of a list says, by the reader of its syntax; its list says the rest. */
export type SlowMeaning = Pick<SlowRule, 'match'> & Partial<SlowRule>

export const DEFAULTS = {
  group: 'list',
  action: 'block',
  important: false,
  category: '',
  denyallow: [],
  key: '',
} as const satisfies Partial<SlowRule>

/** Of a line that makes an exception, whatever its list asks for. */
export const ALLOW = { action: 'allow' } as const
