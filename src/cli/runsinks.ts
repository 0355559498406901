import type { Engine } from '../engine/engine.js'
import type { ClearedRecord } from '../privacy/gate.js'
import type { Clearance } from '../privacy/source.js'
import type { RecordRun } from '../records/ring.js'
import { RecordFile } from '../sinks/recordfile.js'
import type { SinkCounts } from '../sinks/sink.js'
import type { SinkFigures, StatusSource } from '../tun/status.js'
import type { LiveTable } from './livetable.js'
import { Output } from './output.js'
import type { RunOptions } from './runoptions.js'
import type { TenantSinks } from './tenantsinks.js'
import { say } from './say.js'
import type { View } from './view.js'

/** A view that shows what it has when it is told to. */
interface Sink {
  readonly view: View
  report?(record: ClearedRecord): void
  flush(): void
}

/** One that takes its time: what it is given is safe, or counted as lost, when `close` resolves. */
export interface SlowSink {
  /** In figures and messages; no credentials. */
  readonly name: string
  readonly counts: SinkCounts
  visit(run: RecordRun): void
  report(record: ClearedRecord): void
  close(): Promise<void>
}

/** Where the records of a run go. */
export class Sinks {
  readonly #slow: SlowSink[] = []

  private constructor(
    private readonly sinks: readonly Sink[],
    private readonly screen?: LiveTable,
  ) {}

  static async open(
    { format, records }: Pick<RunOptions, 'format' | 'records'>,
    engine: Engine,
    clearance: Clearance,
  ): Promise<Sinks> {
    const sinks: Sink[] = []
    let screen: LiveTable | undefined
    if (format === 'live') {
      screen = new (await import('./livetable.js')).LiveTable(new Output(), engine, clearance)
      sinks.push({ view: screen, flush: () => undefined }) // it shows what there is in its own time
    }
    if (format === 'table') {
      const output = new Output()
      const { TableView } = await import('./table.js')
      sinks.push({ view: new TableView(output, engine, clearance), flush: () => output.flush() })
    }
    if (format === 'ndjson') sinks.push(await ndjson(new Output(), engine, clearance))
    if (records !== undefined) {
      const file = new RecordFile(records.path, records.rotation)
      sinks.push(await recordFile(file, engine, clearance))
    }
    return new Sinks(sinks, screen)
  }

  /** How the run is, for who watches it; `failed`: on a terminal that takes no more. */
  follow(status: Pick<StatusSource, 'read'>, failed: (error: unknown) => void): void {
    this.screen?.follow(status, failed)
  }

  /** Those that leave the device. */
  tenant: TenantSinks | undefined

  readonly visit = (run: RecordRun): void => {
    for (const { view } of this.sinks) view.visit(run)
    this.tenant?.visit(run)
    for (const sink of this.#slow) sink.visit(run)
  }

  add(sink: SlowSink): void {
    this.#slow.push(sink)
  }

  /** Of the sinks that can lose records. */
  get slow(): readonly SlowSink[] {
    return this.#slow
  }

  /** Of all sinks that can lose records, those that leave the device among them, by their names. */
  figures(): [name: string, figures: SinkFigures][] {
    const slow = this.#slow.map(({ name, counts }): [string, SinkFigures] => {
      const { given, kept, lost } = counts
      return [name, { kind: name, given, kept, lost, waiting: given - kept - lost, error: null }]
    })
    const tenant = (this.tenant?.sinks ?? []).map((sink): [string, SinkFigures] => {
      const { given, kept, lost, waiting } = sink.counts
      const kind = sink.name.slice(0, sink.name.indexOf(':'))
      return [sink.name, { kind, given, kept, lost, waiting, error: sink.trouble }]
    })
    return [...slow, ...tenant]
  }

  /** What was done, beside what was seen. */
  report(record: ClearedRecord): void {
    for (const sink of this.sinks) sink.report?.(record)
    for (const sink of this.#slow) sink.report(record)
  }

  flush(): void {
    for (const sink of this.sinks) sink.flush()
  }

  end(engine: Engine): void {
    for (const { view } of this.sinks) view.end(engine)
    this.flush()
  }

  /** Resolves when what was given is safe, or counted as lost. */
  async close(): Promise<void> {
    this.screen?.close()
    for (const sink of this.#slow.splice(0)) {
      await sink.close()
      const { lost } = sink.counts
      if (lost) say(`${sink.name}: ${lost} records were lost`)
    }
  }
}

async function ndjson(output: Output, engine: Engine, clearance: Clearance): Promise<Sink> {
  const view = new (await import('./ndjson.js')).NdjsonView(output, engine, clearance)
  return { view, report: (record) => view.report(record), flush: () => view.flush() }
}

/** NDJSON into a file that rotates. What the disk does not take ends no run: it is said. */
async function recordFile(file: RecordFile, engine: Engine, clearance: Clearance): Promise<Sink> {
  const view = new (await import('./ndjson.js')).NdjsonView(file, engine, clearance)
  let told: string | undefined
  return {
    view,
    report: (record) => view.report(record),
    flush: () => {
      view.flush()
      file.flush()
      if (file.problem !== undefined && file.problem !== told) {
        say(`${file.path}: records are lost: ${file.problem}`)
      }
      told = file.problem
    },
  }
}
