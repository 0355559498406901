// Batches that another store keeps: what is here are their keys.
import type { Collected, Sender, Taken } from './collected.js'
import type { ReceivedRecord } from './lines.js'
import { Answer } from './unpack.js'

/** Another store. `isRepeat`: the batch may be there already, in part or whole. */
export interface RecordStore {
  readonly name: string
  /** Resolves when the store has it, once; throws where it may not. */
  take(batch: {
    readonly device: string
    readonly key: string
    readonly records: readonly ReceivedRecord[]
    readonly isRepeat: boolean
  }): Promise<void>
  close(): Promise<void>
}

export interface ElsewhereOptions {
  /** Whether the same batch would fail each time. */
  readonly isForGood: (error: unknown) => boolean
  /** Told when the store begins to fail, and null when it takes batches again. */
  readonly tell?: (error: Error | null) => void
}

/** Takes batches for another store: what is acknowledged is there, under its key once. */
export class Elsewhere {
  /** Being stored, by device and key: what comes twice at a time waits for the first. */
  readonly #now = new Map<string, Promise<unknown>>()
  #fails = false

  constructor(
    private readonly kept: Collected,
    private readonly store: RecordStore,
    private readonly options: ElsewhereOptions,
  ) {}

  /** Throws Answer: 503 where the device is to try again, 422 where that would be in vain. */
  async take(sender: Sender, key: string, records: readonly ReceivedRecord[]): Promise<Taken> {
    const name = `${sender.id} ${key}`
    for (let busy; (busy = this.#now.get(name));) await busy.catch(() => undefined)
    const stored = this.#store(sender, key, records)
    this.#now.set(name, stored)
    try {
      return await stored
    } finally {
      this.#now.delete(name)
    }
  }

  close(): Promise<void> {
    return this.store.close()
  }

  async #store(sender: Sender, key: string, records: readonly ReceivedRecord[]): Promise<Taken> {
    if (this.kept.has(sender, key)) return { records: 0, isRepeat: true }
    // On disk before the store hears of it: whoever goes on after a crash knows that it may be there.
    const isRepeat = !this.kept.begin(sender, key)
    try {
      await this.store.take({ device: sender.name, key, records, isRepeat })
    } catch (error) {
      this.#tell(error as Error)
      if (this.options.isForGood(error)) throw new Answer(422, 'the store does not take this')
      throw new Answer(503, 'the store takes nothing now')
    }
    this.#tell(null)
    this.kept.keptElsewhere(sender, key, records.length)
    return { records: records.length, isRepeat: false }
  }

  #tell(error: Error | null): void {
    const fails = error !== null
    if (fails !== this.#fails) this.options.tell?.(error)
    this.#fails = fails
  }
}
