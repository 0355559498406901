import { existsSync, lchownSync, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Engine } from '../engine/engine.js'
import { WeirError } from '../errors.js'
import { Lock } from '../files/lock.js'
import { ClearedFeed } from '../privacy/feed.js'
import type { Clearance } from '../privacy/source.js'
import type { RecordRun } from '../records/ring.js'
import { historyPath } from '../sinks/history/place.js'
import { HistorySink } from '../sinks/history/sink.js'
import type { ClearedRecord } from '../privacy/gate.js'
import type { SinkCounts } from '../sinks/sink.js'
import { accountOf, type Account } from './privileges.js'
import type { HistorySetting } from './runoptions.js'
import { say } from './say.js'

/** Where a run keeps its records; `isAsked`: it was said where. */
export interface HistoryPlace {
  readonly path: string
  readonly keepDays: number
  readonly isAsked: boolean
}

/** Before privileges are dropped: the directory is made for whom `user` says, where only root may make it. */
export function historyPlace(
  { path, keepDays }: HistorySetting,
  user: string | undefined,
): HistoryPlace {
  const account = user === undefined ? undefined : accountOf(user)
  const place = path ?? historyPath(account?.home)
  if (account) makeFor(account, dirname(place))
  return { path: place, keepDays, isAsked: path !== undefined }
}

/** In a directory that is not root's, its owner could lead root astray: there they make it themselves. */
function makeFor({ uid, gid }: Account, directory: string): void {
  const { missing, parent } = missingIn(directory)
  if (missing.length === 0 || statSync(parent).uid !== 0 || process.geteuid!() !== 0) return
  make(missing, (path) => lchownSync(path, uid, gid))
}

function missingIn(directory: string): { missing: string[]; parent: string } {
  const missing: string[] = []
  let parent = resolve(directory)
  for (; !existsSync(parent); parent = dirname(parent)) missing.unshift(parent)
  return { missing, parent }
}

/** One after the other: the recursive call does not end where the kernel lets nobody make any, as in /proc. */
function make(paths: readonly string[], made: (path: string) => void = () => undefined): void {
  for (const path of paths) {
    try {
      mkdirSync(path, 0o700)
      made(path)
    } catch (cause) {
      throw new WeirError('WEIR_CANNOT_WRITE', `${path}: ${(cause as Error).message}`, { cause })
    }
  }
}

/** The local store of a run: a thread writes it, and its lock keeps other runs away. */
export class RunHistory {
  readonly name = 'history'
  readonly #feed: ClearedFeed

  private constructor(
    private readonly sink: HistorySink,
    private readonly lock: Lock,
    engine: Engine,
    clearance: Clearance,
  ) {
    this.#feed = new ClearedFeed(clearance, engine.rule, sink)
  }

  /** null, and that is said, where nobody asked for the store and it cannot be had. */
  static async open(
    { path, keepDays, isAsked }: HistoryPlace,
    engine: Engine,
    clearance: Clearance,
  ): Promise<RunHistory | null> {
    let lock: Lock | undefined
    try {
      make(missingIn(dirname(path)).missing)
      lock = await Lock.take(`${path}.lock`)
      const sink = new HistorySink({ path, keepDays }, engine.rule)
      sink.onProblem = once((problem) => say(`${path}: ${problem}; records are lost`))
      return new RunHistory(sink, lock, engine, clearance)
    } catch (error) {
      await lock?.release()
      if (isAsked || !(error instanceof WeirError)) throw error
      say(`${error.message}\nweir: nothing is kept for weir flows; --history FILE, or --no-history`)
      return null
    }
  }

  get counts(): SinkCounts {
    return this.sink.counts
  }

  visit(run: RecordRun): void {
    this.#feed.visit(run)
  }

  report(record: ClearedRecord): void {
    this.sink.write(record)
  }

  /** Resolves when all that was given is on the disk, or counted as lost. */
  async close(): Promise<void> {
    await this.sink.close()
    await this.lock.release()
  }
}

function once(tell: (text: string) => void): (text: string) => void {
  let isTold = false
  return (text) => {
    if (!isTold) tell(text)
    isTold = true
  }
}
