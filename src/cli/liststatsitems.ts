import type { Ruleset } from '../engine/ruleset.js'
import { RuleTexts } from '../engine/ruletexts.js'

/** Names and networks of a list, as hosts to ask other lists for, and what it says of them itself. */
export interface Items {
  readonly count: number
  /** One on each line: every other list is asked for the same bytes. */
  readonly hosts: Uint8Array
  /** Indices into ACTIONS. */
  readonly actions: Uint8Array
  /** Labels of names, bits of networks. */
  readonly depths: Uint8Array
}

/** No list has such a label: what is said of it is said of most names below. */
const BELOW = '_-_.'

/** Each name and each network once; where a rule speaks for what is below a name only, a name below it is asked for. */
export function* itemsOf(ruleset: Ruleset): Generator<Items, void, undefined> {
  const seen = new Set<string>()
  for (const { kind, lines } of new RuleTexts(ruleset)) {
    if (kind === 'pattern') continue
    const texts = lines.toString('latin1', 0, lines.length - 1).split('\n')
    const fresh = texts.filter((text) => text !== '' && !seen.has(text) && seen.add(text))
    if (fresh.length) yield itemsIn(ruleset, fresh)
  }
}

function itemsIn(ruleset: Ruleset, texts: readonly string[]): Items {
  const asked = texts.map(hostOf)
  const first = ruleset.matchNames(asked)
  const silent = asked.flatMap((_, i) => (first.isHit(i) ? [] : [i]))
  const below = ruleset.matchNames(silent.map((i) => BELOW + asked[i]!))
  const actions = first.actions.slice(0, first.count)
  for (const [n, i] of silent.entries()) {
    asked[i] = BELOW + asked[i]!
    actions[i] = below.actions[n]!
  }
  const kept = asked.flatMap((_, i) => (actions[i] ? [i] : [])) // a rule may be off everywhere
  return {
    count: kept.length,
    hosts: Buffer.from(kept.map((i) => `${asked[i]!}\n`).join(''), 'latin1'),
    actions: Uint8Array.from(kept, (i) => actions[i]!),
    depths: Uint8Array.from(kept, (i) => depthOf(texts[i]!)),
  }
}

/** The first address of a network. */
function hostOf(text: string): string {
  const slash = text.indexOf('/')
  return slash < 0 ? text : text.slice(0, slash)
}

function depthOf(text: string): number {
  const slash = text.indexOf('/')
  return slash < 0 ? text.split('.').length : Number(text.slice(slash + 1))
}
