import type { ListSource } from '../blocklist/compile.js'
import type { Mode } from '../engine/engine.js'
import { ownSource } from './own.js'
import { ownName } from './parse.js'
import type { DnsAnswerMode, ListOptions, Policy, PolicyList, Profile } from './policy.js'
import { type InForce, inForce, nextChange } from './schedule.js'

/** What the engine is set to. */
export interface EngineSettings extends Required<Mode> {
  /** How a blocked DNS query is answered: for `Engine.answerWith`. */
  readonly dns: DnsAnswerMode
}

/** What a policy asks for at one time. */
export interface Plan {
  readonly inForce: InForce
  readonly settings: EngineSettings
  /** Rules of the policy itself, ready to compile; they and `lists` outrank each other by their ranks. */
  readonly own: readonly ListSource[]
  /** Lists that count, in order of precedence, with what their categories make of them. */
  readonly lists: readonly PolicyList[]
  /** What lists of a category ask. */
  readonly categories: Profile['categories']
  /** When it asks for something else, in milliseconds since 1970; undefined: not for a week at least. */
  readonly next: number | undefined
}

/**
 * What `policy` asks for at `at`, in milliseconds since 1970: a function of these two alone. null: as if no schedule
 * applied, which is for replays: their outcome must not hang on when they are run.
 */
export function compilePolicy(policy: Policy, at: number | null): Plan {
  const now = inForce(policy, at)
  const profile = policy.profiles.get(now.profile)!
  return {
    inForce: now,
    settings: {
      protection: now.protection,
      defaultAction: profile.defaultAction,
      dns: profile.dns,
    },
    own: profile.own.length ? [ownSource(ownName(policy), profile.own)] : [],
    categories: profile.categories,
    lists: [...profile.indicators, ...profile.lists],
    next: at === null ? undefined : nextChange(policy, at),
  }
}

/** What a list is read with: what its category asks is before what it asks itself. undefined: it is off. */
export function optionsIn(
  categories: Profile['categories'],
  options: ListOptions,
): ListOptions | undefined {
  const { category, action } = options
  const asked = category === undefined ? undefined : categories.get(category)
  if (asked === undefined || action === 'allow') return options
  return asked === 'off' ? undefined : { ...options, action: asked }
}
