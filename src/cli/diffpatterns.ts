import type { Ruleset } from '../engine/ruleset.js'
import { RuleTexts } from '../engine/ruletexts.js'
import { NO_RULE } from '../records/flags.js'
import { ACTIONS } from '../records/vocabulary.js'
import { type Change, effectOf } from './diffchange.js'

/** The first rule with a text. */
interface Pattern {
  readonly rule: number
  readonly action: number
}

const NONE: Pattern = { rule: NO_RULE, action: 0 }

/** Nobody can list what a pattern matches: those are told that are in one ruleset only, or ask for something else. */
export function diffPatterns(was: Ruleset, is: Ruleset, found: (change: Change) => void): void {
  const before = patternsOf(was)
  const after = patternsOf(is)
  for (const text of new Set([...before.keys(), ...after.keys()])) {
    const old = before.get(text) ?? NONE
    const now = after.get(text) ?? NONE
    if (old.action === now.action) continue
    found({
      kind: 'pattern',
      text,
      scope: 'self',
      effect: effectOf(old.action, now.action),
      wasAction: old.action,
      was: old.rule,
      isAction: now.action,
      is: now.rule,
      asked: 0,
    })
  }
}

function patternsOf(ruleset: Ruleset): Map<string, Pattern> {
  const patterns = new Map<string, Pattern>()
  for (const { kind, first, lines } of new RuleTexts(ruleset)) {
    if (kind !== 'pattern') continue
    for (const [i, text] of lines
      .toString('utf8', 0, lines.length - 1)
      .split('\n')
      .entries()) {
      const action = ruleset.rule(first + i)?.action
      if (action === undefined || patterns.has(text)) continue
      patterns.set(text, { rule: first + i, action: ACTIONS.indexOf(action) })
    }
  }
  return patterns
}
