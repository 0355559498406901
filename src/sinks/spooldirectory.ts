import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { WeirError } from '../errors.js'
import { isMissing } from '../files/durable.js'
import type { Purgeable } from '../privacy/consent.js'
import type { RecordKind } from '../privacy/inventory.js'
import { Spool } from './spool.js'

/** Where spools are, unless told otherwise: one in a directory for each sink. `state` is Weir's own. */
export function spoolDirectory(state = stateHome()): string {
  return join(state, 'spool')
}

function stateHome(): string {
  const state = process.env['XDG_STATE_HOME'] ?? ''
  return join(isAbsolute(state) ? state : join(homedir(), '.local', 'state'), 'weir')
}

/** The directory of a sink's spool; a sink that goes elsewhere has another. */
export const spoolOf = (directory: string, name: string): string =>
  join(directory, createHash('sha256').update(name).digest('hex').slice(0, 16))

/** All spools of a directory that no process has: one that runs follows consent itself. */
export class SpoolDirectory implements Purgeable {
  constructor(private readonly directory = spoolDirectory()) {}

  async purge(kinds: ReadonlySet<RecordKind>): Promise<void> {
    for (const name of await this.#names()) {
      const spool = await openUnlessBusy(join(this.directory, name))
      try {
        await spool?.purge(kinds)
      } finally {
        await spool?.close()
      }
    }
  }

  async #names(): Promise<string[]> {
    try {
      const entries = await readdir(this.directory, { withFileTypes: true })
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
  }
}

async function openUnlessBusy(directory: string): Promise<Spool | undefined> {
  try {
    return await Spool.open(directory)
  } catch (error) {
    if (error instanceof WeirError && error.code === 'WEIR_STORE_BUSY') return undefined
    throw error
  }
}
