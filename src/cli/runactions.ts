import type { EngineAction } from '../engine/actions.js'
import type { ActionRecord } from '../privacy/reports.js'
import type { Live } from '../tun/live.js'
import { Losses, type SinkCounts } from '../sinks/sink.js'

const now = (): string => new Date().toISOString()

/** What was done about a bypass or shown by a page, as a record: whose flows it is about is not in it. */
export function actionOf(done: EngineAction): ActionRecord {
  const { type: action, time, host } = done
  const common = { type: 'action', time, action, ...(host !== null && { host }) } as const
  if (done.type === 'page-shown') return { ...common, by: 'weir' }
  if (done.type === 'bypass-revoked') return { ...common, by: 'admin', count: done.count }
  return { ...common, by: done.by === 'page' ? 'user' : 'admin', until: done.until }
}

/** Rules were read anew: `ruleset-swapped`; or a policy asks for something else: `policy-changed`. */
export const rulesChanged = (
  action: 'ruleset-swapped' | 'policy-changed',
  rules: number,
): ActionRecord => ({ type: 'action', time: now(), action, by: 'weir', count: rules })

export const lifeOf = (action: 'started' | 'stopped'): ActionRecord => ({
  type: 'action',
  time: now(),
  action,
  by: 'weir',
})

const LOSSES_MS = 10_000

/** Tells what was lost on the way from the packet thread, or by sinks on the device: each time that there is more of it. */
export class LossWatch {
  readonly #losses: Losses
  readonly #timer = setInterval(() => this.tell(), LOSSES_MS).unref()

  constructor(
    live: Live,
    sinks: readonly { readonly counts: SinkCounts }[],
    private readonly told: (action: ActionRecord) => void,
  ) {
    const ring = {
      get counts() {
        return { given: 0, kept: 0, lost: live.counters.recordsLost }
      },
    }
    this.#losses = new Losses([ring, ...sinks])
  }

  tell(): void {
    const action = this.#losses.take(now())
    if (action) this.told(action)
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
