// What every sink has in common: it never keeps its writer waiting, and what it loses is counted.
import type { ClearedRecord, ClearedRun } from '../privacy/gate.js'
import type { Destination } from '../privacy/inventory.js'
import type { ActionRecord } from '../privacy/reports.js'

/** Records that a sink was given; what is neither kept nor lost waits, in a queue with a bound. */
export interface SinkCounts {
  readonly given: number
  /** Where they belong: on disk, in a database, at the collector. */
  readonly kept: number
  /** Dropped: no room, a disk that fails, a collector that refuses them. Never becomes less. */
  readonly lost: number
}

/**
 * Where cleared records go: `Sink` on the device, `Sink<'tenant'>` where they leave it. A sink that is slow or dead costs
 * its writer nothing: `write` and `run` return at once and do not throw, and what finds no room is lost, and counted.
 */
export interface Sink<D extends Destination = Destination> {
  /** For people: "sqlite", "https://collector.example". No credentials. */
  readonly name: string
  readonly counts: SinkCounts
  write(record: ClearedRecord<D>): void
  /**
   * A run as it lies, of which the gate closes nothing: to be copied, it is gone when this returns. A sink without it is
   * given the records instead.
   */
  run?(run: ClearedRun<D>): void
  /** Names and answers of runs before that wait for their record are dropped: it comes in another way, or not at all. */
  cut?(): void
  /** Tries to bring all that waits to where it is safe from a crash; says in `counts` whether that worked. */
  flush(): Promise<void>
  /** As flush, and no more after it. */
  close(): Promise<void>
}

/** Says what sinks have lost since it last did: a loss is itself a record. */
export class Losses {
  readonly #told = new WeakMap<object, number>()

  constructor(private readonly sinks: readonly Pick<Sink, 'counts'>[]) {}

  /** null where nothing was lost. `time` is in ISO 8601. */
  take(time: string): ActionRecord | null {
    let count = 0
    for (const sink of this.sinks) {
      const { lost } = sink.counts
      count += lost - (this.#told.get(sink) ?? 0)
      this.#told.set(sink, lost)
    }
    return count ? { type: 'action', time, action: 'records-lost', by: 'weir', count } : null
  }
}
