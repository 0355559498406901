// What became of lists, as records: which was replaced, and which could not be.
import { basename, join } from 'node:path'
import type { Outcome } from '../feeds/entry.js'
import type { UpdateResult } from '../feeds/update.js'
import { CHANGES_FILE, keepChanges } from '../privacy/changes.js'
import { deviceGate } from '../privacy/device.js'
import type { ActionRecord } from '../privacy/reports.js'

const ACTION_OF: Readonly<Partial<Record<Outcome, ActionRecord['action']>>> = {
  updated: 'list-updated',
  failed: 'list-failed',
  held: 'list-held',
}

/** A list of a name as `weir lists` has it, or of a path, of which the last part is told. */
export function listAction(
  action: 'list-updated' | 'list-failed' | 'list-held',
  id: string,
  count?: number,
): ActionRecord {
  const list = basename(id)
    .replace(/[^\w .-]/g, '')
    .slice(0, 64)
  const about = { ...(list && { list }), ...(count !== undefined && { count }) }
  return { type: 'action', time: new Date().toISOString(), action, by: 'weir', ...about }
}

/** Keeps them beside the lists, by the gate to the device. Throws as deviceGate and keepChanges. */
export async function keepResults(
  directory: string,
  results: readonly UpdateResult[],
  rulesOf: (name: string) => number | undefined,
): Promise<void> {
  const actions = results.flatMap(({ name, outcome }) => {
    const action = ACTION_OF[outcome] as Parameters<typeof listAction>[0] | undefined
    if (!action) return []
    return [listAction(action, name, outcome === 'updated' ? rulesOf(name) : undefined)]
  })
  if (actions.length) await keepChanges(join(directory, CHANGES_FILE), await deviceGate(), actions)
}
