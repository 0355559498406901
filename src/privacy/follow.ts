import { type StatWatcher, unwatchFile, watchFile } from 'node:fs'
import { join } from 'node:path'
import { CONSENT_FILE, consentDirectory } from './place.js'
import { type Gate, makeGate } from './gate.js'
import { closedKinds, differences } from './consent.js'
import { GATE_NAMES, type GateValues, valuesOf } from './gates.js'
import type { Destination, RecordKind } from './inventory.js'
import type { ActionRecord } from './reports.js'
import type { Clearance } from './source.js'
import { ConsentStore } from './store.js'

/** Milliseconds between looks at the consent file: how long a withdrawal may take to be noticed. */
const POLL_MS = 1000

/** Who is told of what. */
export interface FollowEvents {
  /**
   * Consent has changed, and the gate with it: a record for each gate that stands elsewhere, and the kinds of records of
   * which less may go: spools purge these.
   */
  changed?(actions: readonly ActionRecord[], closed: ReadonlySet<RecordKind>): void
  /** The consent file cannot be read. */
  failed?(error: Error): void
}

/** Every gate as far closed as it goes. */
export const CLOSED = Object.fromEntries(
  GATE_NAMES.map((gate) => [gate, valuesOf(gate)[0]]),
) as unknown as GateValues

/**
 * The gate to a destination as consent changes, by this process or another. While the consent file cannot be read, nothing
 * goes to the tenant; what stays on the device is kept as before.
 */
export class FollowedConsent<D extends Destination = Destination> implements Clearance<D> {
  #gate: Gate<D>
  #reading = Promise.resolve()
  readonly #watcher: StatWatcher
  readonly #check = (): void => void this.check()

  private constructor(
    readonly store: ConsentStore,
    private readonly destination: D,
    public tell: FollowEvents,
    gate: Gate<D>,
  ) {
    this.#gate = gate
    this.#watcher = watchFile(this.#path, { interval: POLL_MS, persistent: false }, this.#check)
  }

  /** As ConsentStore.open. */
  static async open<D extends Destination>(
    destination: D,
    tell: FollowEvents = {},
    directory: string = consentDirectory(),
  ): Promise<FollowedConsent<D>> {
    const store = await ConsentStore.open(directory)
    return new FollowedConsent(store, destination, tell, await store.gate(destination))
  }

  get gate(): Gate<D> {
    return this.#gate
  }

  /** Looks at once; resolves when the gate is of what the file says. */
  check(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#read())
    return this.#reading
  }

  close(): void {
    this.#watcher.removeAllListeners()
    unwatchFile(this.#path, this.#check)
  }

  get #path(): string {
    return join(this.store.directory, CONSENT_FILE)
  }

  async #read(): Promise<void> {
    try {
      const before = this.store.effective
      await this.store.reload()
      if (this.store.effective.revision === this.#gate.revision) return
      this.#gate = await this.store.gate(this.destination)
      const { effective } = this.store
      const actions = differences(before, effective, new Date().toISOString())
      this.tell.changed?.(actions, closedKinds(before.values, effective.values))
    } catch (error) {
      if (this.destination === 'tenant') {
        const closed = { revision: -1, values: CLOSED }
        const key = new Uint8Array(0)
        this.#gate = await makeGate(closed, { destination: this.destination, key })
      }
      this.tell.failed?.(error as Error)
    }
  }
}
