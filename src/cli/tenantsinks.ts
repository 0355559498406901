import { WeirError } from '../errors.js'
import { FollowedConsent } from '../privacy/follow.js'
import type { ActionRecord, Report } from '../privacy/reports.js'
import { ClearedSource } from '../privacy/source.js'
import type { RuleLookup } from '../records/decode.js'
import type { RecordRun } from '../records/ring.js'
import { Losses } from '../sinks/sink.js'
import { spoolDirectory, spoolOf } from '../sinks/spooldirectory.js'
import { SpooledSink, type Transport } from '../sinks/spoolsink.js'
import { Carried } from '../telemetry/usage.js'
import { say } from './say.js'
import { type AccessFiles, readAccess, transportOf } from './sinkurl.js'

/** What was asked for by --sink and what goes with it. */
export interface SinkOptions {
  readonly urls: readonly string[]
  readonly files: AccessFiles
  /** Of spools; undefined: where they are by default. */
  readonly directory: string | undefined
}

type Tell = (action: ActionRecord) => void
export type Opening = (rule: RuleLookup, tell: Tell) => Promise<TenantSinks>

/**
 * Reads what only root may read; what it gives is to be called when privileges are dropped. `enrolled` is the collector of
 * weir enrol, which gets reports and no traffic. Throws as transportOf.
 */
export async function prepareTenantSinks(
  options: SinkOptions = { urls: [], files: {}, directory: undefined },
  enrolled?: Transport,
  spools: string = spoolDirectory(),
): Promise<Opening> {
  const access = readAccess(options.files)
  const transports = await Promise.all(options.urls.map((url) => transportOf(url, access)))
  const consent = await FollowedConsent.open('tenant')
  const directory = options.directory ?? spools
  return (rule, tell) => TenantSinks.open(transports, directory, consent, rule, tell, enrolled)
}

/** How often it is looked whether something was lost. */
const LOSSES_MS = 10_000

/** Sinks that leave the device, behind the gate to the tenant. */
export class TenantSinks {
  readonly #source: ClearedSource<'tenant'>
  readonly #losses: Losses
  readonly #timer: NodeJS.Timeout
  #purged = 0
  readonly carried = new Carried()
  /** Told when consent has changed, and what may go no more is purged. */
  changed: (() => Promise<void>) | undefined

  private constructor(
    private readonly consent: FollowedConsent<'tenant'>,
    /** The first `withTraffic` of them get what was seen, all of them what was done and what Weir reports. */
    readonly sinks: readonly SpooledSink[],
    private readonly withTraffic: number,
    rule: RuleLookup,
    private readonly tell: Tell,
  ) {
    this.#source = new ClearedSource(consent, rule)
    this.#losses = new Losses(sinks)
    this.#timer = setInterval(() => this.#tellLosses(), LOSSES_MS).unref()
    consent.tell = {
      changed: () => void this.#purge().then(() => this.changed?.()),
      failed: ({ message }) => say(`${message}; nothing is reported until it can be read`),
    }
  }

  /** `tell` is told what was lost or purged: records of the device. Throws as Spool.open. */
  static async open(
    transports: readonly Transport[],
    directory: string,
    consent: FollowedConsent<'tenant'>,
    rule: RuleLookup,
    tell: Tell,
    enrolled?: Transport,
  ): Promise<TenantSinks> {
    const open = (transport: Transport): Promise<SpooledSink> => {
      const { name } = transport
      const troubled = (error: Error | null): void => {
        say(error ? `${name}: ${error.message}; what waits is kept` : `${name} takes records again`)
      }
      return SpooledSink.open(spoolOf(directory, name), transport, { consent, tell: troubled })
    }
    const sinks: SpooledSink[] = []
    for (const transport of transports) sinks.push(await open(transport))
    // Nobody asked this run for it: without its spool, the run goes on.
    const isExtra = enrolled && !transports.some(({ name }) => name === enrolled.name)
    const extra = isExtra && (await open(enrolled).catch(unreported))
    return new TenantSinks(consent, extra ? [...sinks, extra] : sinks, sinks.length, rule, tell)
  }

  /** Of the consent by which records are cleared now. */
  get revision(): number {
    return this.consent.gate.revision
  }

  visit(run: RecordRun): void {
    this.carried.visit(run)
    if (!this.withTraffic) return
    const sinks = this.sinks.slice(0, this.withTraffic)
    for (const record of this.#source.records(run)) {
      for (const sink of sinks) sink.write(record)
    }
  }

  /** What was done, or what Weir says of itself, beside what was seen. */
  report(report: Report): void {
    const record = this.consent.gate.clear(report)
    if (record) for (const sink of this.sinks) sink.write(record)
  }

  /** Resolves when what was given is on disk. */
  async flush(): Promise<void> {
    for (const sink of this.sinks) await sink.flush()
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

function unreported(error: unknown): undefined {
  if (!(error instanceof WeirError)) throw error
  say(`${error.message}; nothing is reported to where weir enrol was`)
}

const now = (): string => new Date().toISOString()
