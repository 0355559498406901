import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import type { CompileStats } from '../blocklist/compile.js'
import type { Engine } from '../engine/engine.js'
import { Ruleset } from '../engine/ruleset.js'
import { WeirError } from '../errors.js'
import { type Done, errorOf, type Reply, runJob } from './job.js'
import type { EngineSettings, Plan } from './plan.js'
import { FileWatch } from './watch.js'

export interface LiveOptions {
  /** The directory of `weir lists`; without one, the policy names files only. */
  readonly store?: string
  /** Where the compiled ruleset lies, in a folder of its own until `close`; with temporary files when absent. */
  readonly cache?: string
  /** Milliseconds of quiet before a change counts; 200 when absent. */
  readonly debounce?: number
  /** Milliseconds between looks at the files, should nobody report a change; 10,000 when absent. */
  readonly poll?: number
  /** Milliseconds since 1970, for schedules and expiry; the system's clock when absent. */
  readonly now?: () => number
  /** Told of everything that comes of a change. It must not throw. */
  readonly onEvent?: (event: LiveEvent) => void
}

/** What is in force. */
export interface LiveState {
  readonly inForce: Plan['inForce']
  readonly settings: EngineSettings
  readonly stats: CompileStats
  /** Names of the lists, as the policy calls them. */
  readonly lists: readonly string[]
  /** When schedules, or the expiry of a rule, change it next: milliseconds since 1970. */
  readonly next: number | undefined
}

export type LiveEvent =
  /** Another state is in force: from the next batch on, every engine that is attached has it. */
  | {
      readonly type: 'applied'
      readonly state: LiveState
      /** Lists that were replaced since, by their names. */
      readonly updated: readonly string[]
    }
  /** The files, as they are now, cannot be used; what was in force stays. The error names the file and the line. */
  | { readonly type: 'refused'; readonly error: Error }

/** After a failure at a time when something was due: then it is tried again. */
const RETRY_MS = 60_000
/** Clocks are set, machines sleep: a far time is looked at now and then. */
const TIMER_MAX_MS = 3_600_000

/**
 * A policy in force. It follows the policy's file, its lists and the store of lists, its schedules and the expiry of
 * rules; compiles in a thread of its own; and hands the outcome to engines between batches.
 */
export class LivePolicy {
  readonly #engines = new Set<Engine>()
  readonly #watch: FileWatch
  readonly #now: () => number
  #ruleset: Ruleset | undefined
  #done: Done | undefined
  #retry: number | undefined
  #timer: NodeJS.Timeout | undefined
  #worker: Worker | undefined
  #running: Promise<void> | undefined
  #isAgain = false
  #isOpen = true
  #told = ''

  private constructor(
    readonly path: string,
    private readonly options: LiveOptions,
    private readonly folder: string,
  ) {
    const { debounce = 200, poll = 10_000, now = Date.now } = options
    this.#watch = new FileWatch(() => void this.#check(), { debounce, poll })
    this.#now = now
  }

  /** Compiles the policy and begins to follow it. Throws as `buildPolicy` does: there is nothing yet that could stay. */
  static async open(path: string, options: LiveOptions = {}): Promise<LivePolicy> {
    const folder = await mkdtemp(join(options.cache ?? tmpdir(), 'weir-'))
    const live = new LivePolicy(path, options, folder)
    try {
      const reply = await live.#run(undefined)
      if ('failure' in reply) throw errorOf(reply.failure)
      live.#apply(reply.done)
    } catch (error) {
      await live.close()
      throw error
    }
    live.#arm()
    return live
  }

  get state(): LiveState {
    const { inForce, settings, stats, lists, next, expires } = this.#done!
    const names = lists.map(({ id }) => id)
    return { inForce, settings, stats, lists: names, next: earliest(next, expires) }
  }

  /** `engine` has what is in force from its next packet on, and from then whatever comes to be. */
  attach(engine: Engine): void {
    if (!this.#isOpen) throw new WeirError('WEIR_CLOSED', 'the policy is closed')
    engine.use(this.#ruleset!, this.#done!.settings)
    this.#engines.add(engine)
  }

  /** `engine` keeps what it has. */
  detach(engine: Engine): void {
    this.#engines.delete(engine)
  }

  /** Looks at files and times now, not waiting for a report. Resolves when what came of it is in force. */
  async refresh(): Promise<void> {
    await this.#check()
  }

  async close(): Promise<void> {
    this.#isOpen = false
    this.#engines.clear()
    this.#watch.close()
    clearTimeout(this.#timer)
    await this.#worker?.terminate()
    this.#ruleset?.close()
    await rm(this.folder, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** One at a time; what changes meanwhile is looked at after. */
  #check(): Promise<void> {
    this.#isAgain = true
    return (this.#running ??= this.#checkAll().finally(() => {
      this.#running = undefined
      if (this.#isOpen) this.#arm()
    }))
  }

  async #checkAll(): Promise<void> {
    while (this.#isAgain) {
      this.#isAgain = false
      try {
        await this.#follow()
      } catch (error) {
        this.#refuse(error as Error) // the thread itself failed
      }
    }
  }

  async #follow(): Promise<void> {
    const isDue = this.#now() >= (this.#due ?? Infinity)
    if (!this.#isOpen || !(isDue || this.#watch.hasChanged)) return
    const reply = await this.#run(undefined)
    if ('done' in reply) {
      this.#apply(reply.done)
      return
    }
    this.#refuse(errorOf(reply.failure))
    if (!isDue) return
    // The policy in force keeps its times while its file is not to be used.
    const instead = await this.#run(this.#done!.text, reply.seen)
    if ('done' in instead) this.#apply(instead.done)
    else this.#retry = this.#now() + RETRY_MS
  }

  async #run(text: Uint8Array | undefined, before?: Reply['seen']): Promise<Reply> {
    const job = {
      path: this.path,
      store: this.options.store,
      at: this.#now(),
      text,
      output: this.#output,
      known: this.#done?.sha256,
    }
    const reply = await runJob(job, (worker) => (this.#worker = worker))
    if (this.#isOpen) this.#watch.follow(new Map([...reply.seen, ...(before ?? [])]))
    return reply
  }

  #apply(done: Done): void {
    if (!this.#isOpen) return
    const before = this.#done
    const isSame = before?.sha256 === done.sha256
    const old = this.#ruleset
    if (!isSame) this.#ruleset = Ruleset.open(this.#output)
    this.#done = done
    this.#retry = undefined
    const wasRefused = this.#told !== ''
    this.#told = ''
    const isNew = !isSame || JSON.stringify(before.settings) !== JSON.stringify(done.settings)
    if (isNew) for (const engine of [...this.#engines]) this.#hand(engine)
    if (!isSame) old?.close()
    if (!before || !(isNew || wasRefused)) return
    this.#tell({ type: 'applied', state: this.state, updated: isSame ? [] : updated(before, done) })
  }

  #hand(engine: Engine): void {
    try {
      engine.use(this.#ruleset!, this.#done!.settings)
    } catch (error) {
      if (!(error instanceof WeirError) || error.code !== 'WEIR_CLOSED') throw error
      this.#engines.delete(engine)
    }
  }

  /** Each cause is told once. */
  #refuse(error: Error): void {
    if (error.message === this.#told) return
    this.#told = error.message
    this.#tell({ type: 'refused', error })
  }

  #tell(event: LiveEvent): void {
    if (this.#isOpen) this.options.onEvent?.(event)
  }

  get #output(): string {
    return join(this.folder, 'policy.weir')
  }

  get #due(): number | undefined {
    return this.#retry ?? earliest(this.#done?.next, this.#done?.expires)
  }

  #arm(): void {
    clearTimeout(this.#timer)
    const due = this.#due
    if (due === undefined) return
    const wait = Math.min(Math.max(due - this.#now(), 0), TIMER_MAX_MS)
    this.#timer = setTimeout(() => void this.#check(), wait).unref()
  }
}

/** Lists that were there before, in another version. */
function updated(before: Done, { lists }: Done): string[] {
  const versions = new Map(before.lists.map(({ id, version }) => [id, version]))
  return lists.flatMap(({ id, version }) =>
    versions.has(id) && versions.get(id) !== version ? [id] : [],
  )
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
}
