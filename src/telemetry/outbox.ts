// Reports of Weir itself wait here, a file each, until a collector has them.
import { randomUUID } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing, removeFile, replaceFile } from '../files/durable.js'
import { isStale, type Purgeable } from '../privacy/consent.js'
import type { RecordKind } from '../privacy/inventory.js'
import type { Report } from '../privacy/reports.js'
import type { ConsentStore } from '../privacy/store.js'
import { makePrivate, PRIVATE, stateDirectory } from './place.js'

/** Files at most: the oldest make room. */
export const WAITING_MAX = 64
/** Bytes of a report at most: what is longer is not kept. */
export const REPORT_MAX = 1 << 16

/** Its key stays what it is, however often it is sent. */
export interface Waiting extends Kept {
  readonly key: string
}

interface Kept {
  /** Of consent, when it was written. */
  readonly revision: number
  readonly report: Report
}

const FILE = /^(\d{13})-([0-9a-f-]{36})\.report$/

/** As a report was made, which the gate has yet to see: each look at it asks the consent that is in force then. */
export class Outbox implements Purgeable {
  constructor(readonly directory: string = join(stateDirectory(), 'reports')) {}

  /** On disk when this resolves. Throws WEIR_CANNOT_WRITE. */
  async keep(report: Report, { effective }: Pick<ConsentStore, 'effective'>): Promise<void> {
    const text = JSON.stringify({ revision: effective.revision, report })
    if (Buffer.byteLength(text) > REPORT_MAX) return
    await makePrivate(this.directory)
    const names = await this.#names()
    for (const name of names.slice(0, Math.max(0, names.length - WAITING_MAX + 1))) {
      await this.#remove(name)
    }
    await replaceFile(
      join(this.directory, `${String(Date.now())}-${randomUUID()}.report`),
      text,
      PRIVATE,
    )
  }

  /** The oldest first. What consent no longer covers is removed, and so is what is damaged. */
  async waiting({ effective }: Pick<ConsentStore, 'effective'>): Promise<Waiting[]> {
    const found: Waiting[] = []
    for (const name of await this.#names()) {
      const kept = await this.#read(name)
      if (!kept || isStale(effective, kept.report.type, kept.revision)) await this.#remove(name)
      else found.push({ key: FILE.exec(name)![2]!, ...kept })
    }
    return found
  }

  /** It has arrived, or will never go. */
  async done({ key }: Pick<Waiting, 'key'>): Promise<void> {
    for (const name of await this.#names())
      if (FILE.exec(name)![2] === key) await this.#remove(name)
  }

  async purge(kinds: ReadonlySet<RecordKind>): Promise<void> {
    for (const name of await this.#names()) {
      const kept = await this.#read(name)
      if (!kept || kinds.has(kept.report.type)) await this.#remove(name)
    }
  }

  async #names(): Promise<string[]> {
    try {
      return (await readdir(this.directory)).filter((name) => FILE.test(name)).sort()
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
  }

  async #read(name: string): Promise<Kept | undefined> {
    const path = join(this.directory, name)
    try {
      if ((await stat(path)).size > REPORT_MAX) return undefined
      const kept = JSON.parse(await readFile(path, 'utf8')) as Partial<Kept> | null
      const isWhole = Number.isSafeInteger(kept?.revision) && typeof kept?.report?.type === 'string'
      return isWhole ? (kept as Kept) : undefined
    } catch {
      return undefined
    }
  }

  #remove(name: string): Promise<void> {
    return removeFile(join(this.directory, name))
  }
}
