import type { Mode } from '../engine/engine.js'
import type { Ruleset, SpokenRule } from '../engine/ruleset.js'
import type { Action } from '../records/vocabulary.js'
import { isHost, type Target, targetOf } from './checktarget.js'
import { whyOverruled } from './checkwhy.js'

export interface Overruled extends SpokenRule {
  readonly why: string
}

/** What the rules say of one query. */
export interface Answer extends Target {
  readonly query: string
  readonly verdict: Action
  readonly rule: SpokenRule | null
  readonly isAudited: boolean
  readonly overruled: readonly Overruled[]
}

/** What is said of a host that no rule speaks of. */
export function noteOfNone({ host, note }: Target, { defaultAction }: Mode): string {
  if (host === '' || !isHost(host)) return note || 'no name or address'
  if (defaultAction !== 'block') return note
  return note ? `${note}; blocked by default` : 'blocked by default'
}

/** `ruleset` is asked for every rule that speaks. */
export function answer(ruleset: Ruleset, mode: Mode, query: string): Answer {
  const target = targetOf(query)
  const [decider, ...others] = target.host === '' ? [] : ruleset.explain(target.host)
  if (!decider) {
    const note = noteOfNone(target, mode)
    return { ...target, note, query, verdict: 'none', rule: null, isAudited: false, overruled: [] }
  }
  return {
    ...target,
    query,
    verdict: decider.action,
    rule: decider,
    isAudited: decider.isAudited,
    overruled: others.map((rule) => ({ ...rule, why: whyOverruled(rule, decider) })),
  }
}
