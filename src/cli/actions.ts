// `weir actions`: what Weir did, and what people had it do.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { defaultDirectory } from '../feeds/store.js'
import { CHANGES_FILE, readChanges } from '../privacy/changes.js'
import { consentDirectory } from '../privacy/place.js'
import type { ClearedAction } from '../privacy/gate.js'
import type { ActionFilter } from '../sinks/history/actions.js'
import { History } from '../sinks/history/query.js'
import { oneOf } from './arguments.js'
import { columnsText } from './columnstext.js'
import { EXIT } from './exit.js'
import { count, historyOptions } from './historyoptions.js'
import { Output } from './output.js'

const USUAL = 50
const FORMATS = ['table', 'json', 'ndjson'] as const
/** A run says that it follows a change of consent that was noted when it was made. */
const FOLLOWED_MS = 60_000

export async function actionsCommand(args: string[]): Promise<number> {
  const { path, isAsked, filter, own } = historyOptions(
    args,
    ['limit', 'format'],
    ['since', 'until'],
  )
  const format = oneOf('--format', FORMATS, own['format']) ?? 'table'
  const limit = count('--limit', own['limit'], USUAL)
  const actions = isAsked ? storedActions(path, filter) : await allActions(path, filter)
  const output = new Output()
  const latest = actions.slice(-limit)
  if (format === 'table') output.text(actionsText(latest))
  else for (const action of latest) output.text(`${JSON.stringify(action)}\n`)
  output.flush()
  return EXIT.ok
}

export function storedActions(path: string, filter: ActionFilter): ClearedAction[] {
  const history = new History(path)
  try {
    return history.actions(filter)
  } finally {
    history.close()
  }
}

/** Of the store, where there is one, and of the commands that note what they did themselves. */
export async function allActions(path: string, filter: ActionFilter): Promise<ClearedAction[]> {
  const files = [consentDirectory(), defaultDirectory()].map((of) => join(of, CHANGES_FILE))
  const noted = (await Promise.all([...new Set(files)].map(readChanges)))
    .flat()
    .filter((action) => isWithin(action, filter))
  const stored = existsSync(path) ? storedActions(path, filter) : []
  const own = stored.filter((action) => !noted.some((other) => isFollowed(other, action)))
  return [...noted, ...own].sort((a, b) => Date.parse(a.time) - Date.parse(b.time))
}

function isWithin({ time }: ClearedAction, { since = 0, until = Infinity }: ActionFilter): boolean {
  const at = Date.parse(time) * 1000
  return at >= since && at < until
}

function isFollowed(noted: ClearedAction, stored: ClearedAction): boolean {
  const { gate, to, action } = stored
  if (gate === undefined || noted.gate !== gate || noted.to !== to) return false
  const later = Date.parse(stored.time) - Date.parse(noted.time)
  return noted.action === action && later >= 0 && later < FOLLOWED_MS
}

function actionsText(actions: readonly ClearedAction[]): string {
  const rows = actions.map(({ time, action, by, ...about }) => [
    time.slice(0, 19).replace('T', ' '),
    action,
    by ?? '-',
    Object.entries(about)
      .filter(([name]) => name !== 'type')
      .map(([name, value]) => `${name} ${plain(String(value))}`)
      .join(', '),
  ])
  return columnsText(['time (UTC)', 'action', 'by', 'about'], rows)
}

/** Nothing that a terminal would obey. */
const plain = (text: string): string => (/^[\w.:*@/+ -]*$/.test(text) ? text : JSON.stringify(text))
