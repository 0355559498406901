import type { Ruleset } from '../engine/ruleset.js'
import { RuleTexts } from '../engine/ruletexts.js'
import { Asker } from './diffasker.js'
import { type Answers, type Change, changeAt, isChanged } from './diffchange.js'

/** Every name that one of the rulesets has a rule for: itself, and what is below it. */
export function diffNames(
  was: Ruleset,
  is: Ruleset,
  isVerbose: boolean,
  found: (change: Change) => void,
): void {
  const batches = [...namesOf(was), ...namesOf(is)]
  const probe = probeFor(batches)
  const self = new Asker(was, is, isVerbose)
  const below = new Asker(was, is, isVerbose)
  for (const batch of batches) {
    const lines = Buffer.from(batch, 'latin1')
    const probes = Buffer.from(probe + batch.replaceAll('\n', `\n${probe}`), 'latin1')
    compareBatch(batch, self.ask(lines), below.ask(probes), found)
  }
}

/** Names, a newline between them. */
function* namesOf(ruleset: Ruleset): Generator<string, void, undefined> {
  for (const { kind, lines } of new RuleTexts(ruleset)) {
    if (kind !== 'name' && kind !== 'further') continue
    const text = lines.toString('latin1', 0, lines.length - 1)
    yield kind === 'name' ? text : text.split('\n').filter(isName).join('\n')
  }
}

const isName = (text: string): boolean => !text.includes('/')

/** A label, and its dot, that no rule has: what it says of a name below is what most names there get. */
function probeFor(batches: readonly string[]): string {
  for (let probe = '_-_.'; ; probe = `_-${probe}`) {
    if (!batches.some((batch) => batch.includes(probe))) return probe
  }
}

function compareBatch(
  batch: string,
  self: Answers,
  below: Answers,
  found: (change: Change) => void,
): void {
  let names: string[] | undefined // few batches have changes, or all
  for (let i = 0; i < self.was.count; i++) {
    const own = isChanged(self, i)
    const others = isChanged(below, i)
    if (!own && !others) continue
    const text = (names ??= batch.split('\n'))[i]!
    if (text === '') continue // only in a damaged file
    if (own && others && isAlike(self, below, i)) {
      found(changeAt(self, i, 'name', text, 'both'))
      continue
    }
    if (own) found(changeAt(self, i, 'name', text))
    if (others) found(changeAt(below, i, 'name', text, 'below'))
  }
}

const isAlike = (a: Answers, b: Answers, i: number): boolean =>
  a.was.actions[i] === b.was.actions[i] && a.is.actions[i] === b.is.actions[i]
