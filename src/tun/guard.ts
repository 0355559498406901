import { Engine, type Mode } from '../engine/engine.js'
import { checked, type LiveHandle, native } from '../engine/native.js'
import type { Ruleset } from '../engine/ruleset.js'
import { WeirError } from '../errors.js'
import type { Live } from './live.js'

export interface GuardOptions {
  /** The interface whose traffic is watched: not the loopback, and no port of a bridge or bond. */
  readonly interface: string
  /** Nothing is answered, and nothing can be: see `ObservingEngine`. */
  readonly observe?: boolean
}

/** The packet thread stops answering at once; this is for whoever must know. */
const WATCH_MS = 500

/** By the addon's number of a change; 0 is none. */
const TROUBLES = [
  undefined,
  'has gone',
  'became a port of another interface: guard the bridge or bond above it',
  'lost its mirror: somebody took its clsact qdisc, or a filter of it, away',
] as const

/**
 * Watches an interface in use: its traffic goes its way, and copies of it are shown to `Live`, whose answers come to this
 * host's own clients as if the interface had received them. Nothing is sent anywhere else. It ends with `close`, or with
 * `Live`'s, or with the process; what a process leaves that is killed is taken away by the next device or guard, or by
 * `leftovers`. Linux only; needs CAP_NET_ADMIN, at the end too.
 */
export class Guard {
  /** For `Live`. */
  readonly handle: LiveHandle
  readonly interface: string
  /** The device that sees the copies. */
  readonly name: string
  readonly #atExit = (): void => this.close()

  constructor({ interface: name, observe = false }: GuardOptions) {
    const addon = native()
    this.interface = name
    this.handle = checked('', () => addon.liveGuard(name, observe))
    this.name = addon.liveDevice(this.handle).name
    process.once('exit', this.#atExit)
  }

  #trouble(change: number): WeirError | undefined {
    const what = TROUBLES[change]
    return what === undefined
      ? undefined
      : new WeirError('WEIR_DEVICE_FAILED', `${this.interface} ${what}`)
  }

  /** Calls `onTrouble` once when the guard has come to nothing; the result ends that. */
  watch(live: Live, onTrouble: (error: WeirError) => void): () => void {
    const timer = setInterval(() => {
      const error = this.#trouble(live.change)
      if (error === undefined) return
      clearInterval(timer)
      onTrouble(error)
    }, WATCH_MS)
    return () => clearInterval(timer)
  }

  /** Takes the mirror and the device away. */
  close(): void {
    process.off('exit', this.#atExit)
    native().liveStop(this.handle)
  }
}

/** An engine of a guard that only observes: rules say what they would do, and do nothing. */
export class ObservingEngine extends Engine {
  override use(ruleset: Ruleset | null, mode: Mode = {}): void {
    const protection = mode.protection === 'off' ? 'off' : 'audit'
    super.use(ruleset, { ...mode, protection })
  }
}

/** Names of the interfaces whose mirrors a process left that was killed; `clear` takes them away. */
export function leftovers(clear = false): string[] {
  return checked('', () => native().liveLeft(clear))
}
