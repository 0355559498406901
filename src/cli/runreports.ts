// What a run says of itself to the tenant: to the collector of weir enrol, and to each --sink.
import { join } from 'node:path'
import type { Engine } from '../engine/engine.js'
import { ConsentStore } from '../privacy/store.js'
import { HttpTransport } from '../sinks/http.js'
import { spoolDirectory } from '../sinks/spooldirectory.js'
import { Outbox } from '../telemetry/outbox.js'
import { stateDirectory } from '../telemetry/place.js'
import { Reporter } from '../telemetry/reporter.js'
import type { Features } from '../telemetry/usage.js'
import { type Enrolment, readEnrolment, recordsUrl } from './enrolment.js'
import { accountOf } from './privileges.js'
import type { RunOptions } from './runoptions.js'
import { say } from './say.js'
import { sendWaiting } from './sendreports.js'
import { type Opening, prepareTenantSinks, type TenantSinks } from './tenantsinks.js'

/** Ways out of the device, to be opened when privileges are dropped. */
export interface Prepared {
  readonly open: Opening
  readonly store: ConsentStore
  readonly enrolment: Enrolment | undefined
  /** Directory of what Weir has to say. */
  readonly state: string
}

/** undefined: nobody is to be told anything. Throws as prepareTenantSinks. */
export async function prepareReports({ sinks, user }: RunOptions): Promise<Prepared | undefined> {
  const enrolment = await readEnrolment().catch((error: unknown) => {
    say((error as Error).message)
    return undefined
  })
  if (!sinks && !enrolment) return undefined
  const state = stateDirectory(user === undefined ? undefined : accountOf(user).home)
  const enrolled = enrolment && transportTo(enrolment)
  const open = await prepareTenantSinks(sinks, enrolled, spoolDirectory(state))
  return { open, store: await ConsentStore.open(), enrolment, state }
}

function transportTo(enrolment: Enrolment): HttpTransport {
  const { token, ca } = enrolment
  return new HttpTransport({ url: recordsUrl(enrolment), token, tls: { ca } })
}

/** What a run can be asked. */
export interface Reported {
  readonly options: RunOptions
  readonly engine: Engine
  readonly features: () => Features
}

/** Reports until it is closed. */
export function startReporter(
  { enrolment, store, state }: Prepared,
  tenant: TenantSinks,
  { options, engine, features }: Reported,
): Reporter {
  const reporter = new Reporter({
    store,
    state,
    outbox: new Outbox(join(state, 'reports')),
    command: options.guard ? 'guard' : 'run',
    inspected: () => {
      const { packets, flowsOpened: flows } = engine.counters
      const { networkUp, networkDown } = tenant.carried
      return { networkUp, networkDown, packets, flows }
    },
    features,
    give: (report) => tenant.report(report),
    revision: () => tenant.revision,
    send: (outbox, signal) =>
      enrolment ? sendWaiting(outbox, store, enrolment, signal) : handOver(outbox, store, tenant),
    tell: ({ message }) => say(message),
    everyMs: options.reportEvery === undefined ? undefined : options.reportEvery * 1000,
  })
  tenant.changed = () => reporter.changed()
  return reporter
}

/** Where there is no collector of its own, what waits goes the way of records; killed in between, one may go twice. */
async function handOver(outbox: Outbox, store: ConsentStore, tenant: TenantSinks): Promise<void> {
  const gate = await store.gate('tenant')
  for (const waiting of await outbox.waiting(store)) {
    if (!gate.clear(waiting.report)) continue
    tenant.report(waiting.report)
    await tenant.flush()
    await outbox.done(waiting)
  }
}
