import type { Matches } from '../engine/matches.js'
import { NO_RULE } from '../records/flags.js'
import { ACTIONS } from '../records/vocabulary.js'

/** What a change means for traffic; the order is that of the output. */
export const EFFECTS = ['newly-blocked', 'no-longer-blocked', 'other', 'another-list'] as const
export type Effect = (typeof EFFECTS)[number]

/** Whether it is the name itself, what is below it, or both; networks and patterns have 'self'. */
export type Scope = 'self' | 'below' | 'both'

/** Something whose verdict is another one in the new rules. */
export interface Change {
  readonly kind: 'name' | 'network' | 'pattern' | 'host'
  /** null: a host that the gate closes. */
  readonly text: string | null
  readonly scope: Scope
  readonly effect: Effect
  /** Indices into ACTIONS, and numbers of rules: NO_RULE where none speaks. */
  readonly wasAction: number
  readonly was: number
  readonly isAction: number
  readonly is: number
  /** How often a host of a log was asked for; 0 elsewhere. */
  readonly asked: number
}

const WARN = ACTIONS.indexOf('warn')

/** A warning stops traffic, as a block does. */
const stops = (action: number): boolean => action >= WARN

export function effectOf(was: number, is: number): Effect {
  if (was === is) return 'another-list'
  if (stops(is) && !stops(was)) return 'newly-blocked'
  return stops(was) && !stops(is) ? 'no-longer-blocked' : 'other'
}

/** Answers of both rulesets to the same hosts. */
export interface Answers {
  readonly was: Matches
  readonly is: Matches
  /** Where the i-th answers come from the same list; not asked for where it does not matter. */
  readonly isSameList?: (i: number) => boolean
}

/** Whether the i-th host changes, in its verdict or, where that is asked for, in the list that decides. */
export function isChanged({ was, is, isSameList }: Answers, i: number): boolean {
  if (was.actions[i] !== is.actions[i]) return true
  return isSameList !== undefined && was.rules[i] !== NO_RULE && !isSameList(i)
}

export function changeAt(
  { was, is }: Answers,
  i: number,
  kind: Change['kind'],
  text: string,
  scope: Scope = 'self',
  asked = 0,
): Change {
  const wasAction = was.actions[i]!
  const isAction = is.actions[i]!
  const effect = effectOf(wasAction, isAction)
  return {
    kind,
    text,
    scope,
    effect,
    wasAction,
    was: was.rules[i]!,
    isAction,
    is: is.rules[i]!,
    asked,
  }
}

/** By effect, the most asked for first, then by kind and text; what is there twice, once. */
export function sorted(changes: readonly Change[]): Change[] {
  const groups = new Map<string, Change[]>()
  for (const change of changes) {
    const key = `${EFFECTS.indexOf(change.effect)} ${Number.MAX_SAFE_INTEGER - change.asked} ${change.kind}`
    const group = groups.get(key)
    if (group) group.push(change)
    else groups.set(key, [change])
  }
  const all: Change[] = []
  for (const key of [...groups.keys()].sort()) sortGroup(groups.get(key)!, all)
  return all
}

/** Characters by which texts are put apart before they are sorted: small heaps stay in a core's cache. */
const HEAP_PREFIX = 3

/** Sorted as texts, which takes a third of what a comparison in JavaScript does. */
function sortGroup(changes: readonly Change[], into: Change[]): void {
  const heaps = new Map<string, string[]>()
  for (const [i, { text, scope }] of changes.entries()) {
    const key = `${text ?? ''}\t${scope}\t${i}`
    const prefix = key.slice(0, HEAP_PREFIX)
    const heap = heaps.get(prefix)
    if (heap) heap.push(key)
    else heaps.set(prefix, [key])
  }
  let last: Change | undefined
  for (const prefix of [...heaps.keys()].sort()) {
    for (const key of heaps.get(prefix)!.sort()) {
      const change = changes[Number(key.slice(key.lastIndexOf('\t') + 1))]!
      const isTwice = last?.text === change.text && last.scope === change.scope
      if (isTwice && change.kind !== 'host') continue
      into.push(change)
      last = change
    }
  }
}
