import type { Gate } from '../privacy/gate.js'
import { NO_RULE } from '../records/flags.js'
import { ASK_MAX, type Asker } from './diffasker.js'
import { type Change, changeAt, isChanged } from './diffchange.js'
import type { AskedHosts } from './querylog.js'

/** Hosts of a log whose verdict changes, as the gate to the device shows them. */
export function diffHosts(
  asker: Asker,
  hosts: AskedHosts,
  gate: Pick<Gate<'device'>, 'host'>,
): Change[] {
  const shown = new Map<string, Change>()
  const all = [...hosts.counts]
  for (let from = 0; from < all.length; from += ASK_MAX) {
    const some = all.slice(from, from + ASK_MAX)
    const answers = asker.ask(some.map(([host]) => host))
    for (const [i, [text, asked]] of some.entries()) {
      if (!isChanged(answers, i)) continue
      const change = through(gate, text, changeAt(answers, i, 'host', text, 'self', asked))
      const { wasAction, isAction, was, is } = change
      const key = [change.text ?? '', wasAction, isAction, was, is].join(' ')
      // Hosts that look alike behind the gate are one, which was asked for as often as all of them.
      shown.set(key, { ...change, asked: change.asked + (shown.get(key)?.asked ?? 0) })
    }
  }
  return [...shown.values()]
}

/** Where the name is closed, so are the rules: they would tell it. */
function through(gate: Pick<Gate<'device'>, 'host'>, host: string, change: Change): Change {
  const text = gate.host(host)
  return text === host ? change : { ...change, text, was: NO_RULE, is: NO_RULE }
}
