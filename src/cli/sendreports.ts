import { HttpTransport } from '../sinks/http.js'
import { Refused } from '../sinks/spoolretry.js'
import { WeirError } from '../errors.js'
import { isStale } from '../privacy/consent.js'
import type { ConsentStore } from '../privacy/store.js'
import type { Outbox } from '../telemetry/outbox.js'
import { type Enrolment, recordsUrl } from './enrolment.js'

/**
 * Sends what waits, each under a key of its own, so that a collector that knows it takes it once; what the gate closes
 * stays here. Throws WEIR_FETCH_FAILED where the collector does not take it: it goes on waiting.
 */
export async function sendWaiting(
  outbox: Outbox,
  store: ConsentStore,
  enrolment: Enrolment,
  signal: AbortSignal = new AbortController().signal,
): Promise<{ sent: number; withheld: number }> {
  const { token, ca } = enrolment
  const transport = new HttpTransport({ url: recordsUrl(enrolment), token, tls: { ca } })
  let [sent, withheld] = [0, 0]
  try {
    for (const waiting of await outbox.waiting(store)) {
      if (signal.aborted) break
      // A withdrawal meanwhile counts for what has not gone.
      await store.reload()
      const { report, revision } = waiting
      if (isStale(store.effective, report.type, revision)) continue
      const gate = await store.gate('tenant')
      const cleared = gate.clear(report)
      if (!cleared) {
        withheld++
        continue
      }
      const { type: kind } = cleared
      const entry = { kind, revision: gate.revision, text: transport.encode(cleared) }
      const batch = { key: waiting.key, entries: [entry], isRepeat: false }
      await transport.send(batch, signal)
      await outbox.done(waiting)
      sent++
    }
  } catch (cause) {
    const stays = cause instanceof Refused ? 'it will not have it' : 'it goes on waiting here'
    throw new WeirError('WEIR_FETCH_FAILED', `${(cause as Error).message}: ${stays}`, { cause })
  } finally {
    await transport.close()
  }
  return { sent, withheld }
}
