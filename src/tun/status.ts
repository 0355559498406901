import type { Engine } from '../engine/engine.js'
import type { Live, LiveCounters } from './live.js'

/** Records of a sink; nothing in it is a secret. */
export interface SinkFigures {
  /** `history`, or what the address of a --sink begins with. */
  readonly kind: string
  readonly given: number
  readonly kept: number
  readonly lost: number
  /** In a queue, or in the spool. */
  readonly waiting: number
  /** Why sending failed last; null: it works, or was not tried. */
  readonly error: string | null
}

/** How a packet thread is, in figures: nothing in it says what traffic there was. */
export interface Status {
  readonly device: string
  /** When it began, and how long ago. */
  readonly since: string
  readonly uptimeSeconds: number
  /** Of the rules in force; the generation counts each change of them. */
  readonly rules: number
  readonly generation: number
  /** Live now. */
  readonly flows: number
  readonly engine: Engine['counters']
  readonly loop: Omit<LiveCounters, 'generation' | 'confined'>
  /** Records that sinks were given, which can lose some: by the sink's name. */
  readonly sinks: Readonly<Record<string, SinkFigures>>
  /** Whether the kernel holds the packet thread to its work. */
  readonly confined: boolean
  /** Bytes: of the process, and of it the engine's tables. */
  readonly memory: { readonly resident: number; readonly engine: number }
}

/** Takes figures where they arise; asking the packet thread for them proves that it is alive. */
export class StatusSource {
  readonly #since = Date.now()

  constructor(
    private readonly device: string,
    private readonly engine: Engine,
    private readonly live: Live,
    private readonly rules: () => number,
    private readonly sinks: () => Iterable<readonly [name: string, counts: SinkFigures]> = () => [],
  ) {}

  read(): Status {
    const { generation, confined, ...loop } = this.live.counters
    const { counters } = this.engine
    return {
      device: this.device,
      since: new Date(this.#since).toISOString(),
      uptimeSeconds: Math.round((Date.now() - this.#since) / 1000),
      rules: this.rules(),
      generation,
      flows: counters.flowsOpened - counters.flowsClosed,
      engine: counters,
      loop,
      sinks: Object.fromEntries(this.sinks()),
      confined: confined === 1,
      memory: { resident: process.memoryUsage.rss(), engine: this.engine.memorySize },
    }
  }
}
