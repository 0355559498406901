import { FollowedConsent } from '../privacy/follow.js'
import type { ActionRecord } from '../privacy/reports.js'
import { ClearedSource } from '../privacy/source.js'
import type { RuleLookup } from '../records/decode.js'
import type { RecordRun } from '../records/ring.js'
import { Losses } from '../sinks/sink.js'
import { spoolDirectory, spoolOf } from '../sinks/spooldirectory.js'
import { SpooledSink, type Transport } from '../sinks/spoolsink.js'
import { say } from './say.js'
import { type AccessFiles, readAccess, transportOf } from './sinkurl.js'

/** What was asked for by --sink and what goes with it. */
export interface SinkOptions {
  readonly urls: readonly string[]
  readonly files: AccessFiles
  /** Of spools; undefined: where they are by default. */
  readonly directory: string | undefined
}

type Opening = (rule: RuleLookup, tell: (action: ActionRecord) => void) => Promise<TenantSinks>

/** Reads what only root may read; what it gives is to be called when privileges are dropped. Throws as transportOf. */
export async function prepareTenantSinks(options: SinkOptions): Promise<Opening> {
  const access = readAccess(options.files)
  const transports = await Promise.all(options.urls.map((url) => transportOf(url, access)))
  const consent = await FollowedConsent.open('tenant')
  const directory = options.directory ?? spoolDirectory()
  return (rule, tell) => TenantSinks.open(transports, directory, consent, rule, tell)
}

/** How often it is looked whether something was lost. */
const LOSSES_MS = 10_000

/** Sinks that leave the device, behind the gate to the tenant. */
export class TenantSinks {
  readonly #source: ClearedSource<'tenant'>
  readonly #losses: Losses
  readonly #timer: NodeJS.Timeout
  #purged = 0

  private constructor(
    private readonly consent: FollowedConsent<'tenant'>,
    readonly sinks: readonly SpooledSink[],
    rule: RuleLookup,
    private readonly tell: (action: ActionRecord) => void,
  ) {
    this.#source = new ClearedSource(consent, rule)
    this.#losses = new Losses(sinks)
    this.#timer = setInterval(() => this.#tellLosses(), LOSSES_MS).unref()
    consent.tell = {
      changed: () => void this.#purge(),
      failed: ({ message }) => say(`${message}; nothing is reported until it can be read`),
    }
  }

  /** `tell` is told what was lost or purged: records of the device. Throws as Spool.open. */
  static async open(
    transports: readonly Transport[],
    directory: string,
    consent: FollowedConsent<'tenant'>,
    rule: RuleLookup,
    tell: (action: ActionRecord) => void,
  ): Promise<TenantSinks> {
    const sinks: SpooledSink[] = []
    for (const transport of transports) {
      const { name } = transport
      const troubled = (error: Error | null): void => {
        say(error ? `${name}: ${error.message}; what waits is kept` : `${name} takes records again`)
      }
      const path = spoolOf(directory, name)
      sinks.push(await SpooledSink.open(path, transport, { consent, tell: troubled }))
    }
    return new TenantSinks(consent, sinks, rule, tell)
  }

  visit(run: RecordRun): void {
    for (const record of this.#source.records(run)) {
      for (const sink of this.sinks) sink.write(record)
    }
  }

  /** What was done, beside what was seen. */
  report(action: ActionRecord): void {
    const record = this.consent.gate.clear(action)
    if (record) for (const sink of this.sinks) sink.write(record)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    for (const sink of this.sinks) await sink.close()
    this.#tellLosses()
    this.consent.close()
    for (const { name, counts } of this.sinks) {
      if (counts.waiting) say(`${name}: ${counts.waiting} records wait for the next run`)
      if (counts.lost) say(`${name}: ${counts.lost} records were lost`)
    }
  }

  async #purge(): Promise<void> {
    for (const sink of this.sinks) {
      await sink.purgeStale().catch((error: unknown) => say((error as Error).message))
    }
    const purged = this.sinks.reduce((sum, { counts }) => sum + counts.purged, 0)
    const count = purged - this.#purged
    this.#purged = purged
    if (count)
      this.tell({ type: 'action', time: now(), action: 'reports-purged', by: 'weir', count })
  }

  #tellLosses(): void {
    const action = this.#losses.take(now())
    if (action) this.tell(action)
  }
}

const now = (): string => new Date().toISOString()
