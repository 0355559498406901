import type { SpokenRule } from '../engine/ruleset.js'

/** Ranks: native/RULESET.md, Outcomes. */
const INDICATOR_RANK_MAX = 2
const IMPORTANT_RANK_MAX = 5

/** Why `rule` did not decide where `decider` did, in a few words. */
export function whyOverruled(rule: SpokenRule, decider: SpokenRule): string {
  if (rule.action === 'audit') return 'audit only notes'
  const isIndicator = decider.rank <= INDICATOR_RANK_MAX
  if (rule.rank === decider.rank) return whyAmongEquals(rule, decider)
  if (isIndicator && rule.rank > INDICATOR_RANK_MAX) return 'indicators go first'
  if (rule.rank < decider.rank || (isIndicator && rule.depth < decider.depth)) {
    return rule.depth < decider.depth ? 'less specific' : 'another rule of its list goes first'
  }
  if (isImportant(decider) && !isImportant(rule)) return 'not important'
  return `${decider.action} goes before ${rule.action}`
}

const isImportant = ({ rank }: SpokenRule): boolean =>
  rank > INDICATOR_RANK_MAX && rank <= IMPORTANT_RANK_MAX

/**
 * They ask for the same: the longer name or prefix, then the exact one, then the earlier decides. The compiler
 * leaves out what changes nothing below a rule that says the same: there that rule decides.
 */
function whyAmongEquals(rule: SpokenRule, decider: SpokenRule): string {
  if (rule.depth < decider.depth) return 'less specific'
  if (rule.depth > decider.depth) return 'covered by the wider rule'
  if (rule.list !== decider.list) return 'later in the lists'
  return rule.line > decider.line ? 'later in its list' : 'not exact'
}
