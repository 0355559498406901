import type { Action } from './ruleset/format.js'

/**
 * How rules rank, the first that speaks before the rest (native/RULESET.md, Outcomes). Among the three of
 * indicators the most specific rule decides, whatever its action; audit only annotates.
 */
export const RANKS: readonly { readonly action: Action; readonly of: string }[] = [
  { action: 'allow', of: 'indicator' },
  { action: 'warn', of: 'indicator' },
  { action: 'block', of: 'indicator' },
  { action: 'allow', of: 'important' },
  { action: 'block', of: 'important' },
  { action: 'warn', of: 'important' },
  { action: 'allow', of: 'list' },
  { action: 'block', of: 'list' },
  { action: 'warn', of: 'list' },
  { action: 'audit', of: 'list' },
]
/** The first rank behind those of indicators. */
export const FIRST_LIST_RANK = 3
export const AUDIT_RANK = 9
/** Behind all ranks: nothing speaks. */
export const NO_RANK = RANKS.length

/** An audit has one rank, important or not, an indicator's or a list's. */
export function rankOf(action: Action, of: 'indicator' | 'important' | 'list' = 'list'): number {
  if (action === 'audit') return AUDIT_RANK
  return RANKS.findIndex((rank) => rank.action === action && rank.of === of)
}
