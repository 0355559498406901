import { Worker } from 'node:worker_threads'
import type { CompileStats } from '../blocklist/compile.js'
import { WeirError, type WeirErrorCode } from '../errors.js'
import type { ListSeen, Seen } from './build.js'
import { PolicyError, type Problem } from './error.js'
import type { Plan } from './plan.js'

/** What the worker is asked for. */
export interface Job {
  readonly path: string
  readonly store: string | undefined
  readonly at: number
  readonly text: Uint8Array | undefined
  /** Where the ruleset goes, whole or not at all; and the one that is there, which need not be written again. */
  readonly output: string
  readonly known: string | undefined
}

/** What came of it. */
export interface Done {
  readonly text: Uint8Array
  readonly inForce: Plan['inForce']
  readonly settings: Plan['settings']
  readonly next: number | undefined
  /** Milliseconds since 1970 at which the first rule expires. */
  readonly expires: number | undefined
  readonly sha256: string
  readonly stats: CompileStats
  readonly lists: readonly ListSeen[]
}

/** An error as messages carry it. */
export interface Failure {
  readonly code: WeirErrorCode | undefined
  readonly message: string
  readonly path?: string
  readonly problems?: readonly Problem[]
}

export type Reply = { readonly seen: Seen } & (
  { readonly done: Done } | { readonly failure: Failure }
)

// src/policy and dist/policy are equally deep; a worker runs what was built.
const PROGRAM = new URL('../../dist/policy/worker.js', import.meta.url)

/** Compiles in a thread of its own. Rejects where that thread itself fails. */
export function runJob(job: Job, started: (worker: Worker) => void): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(PROGRAM, { workerData: job })
    started(worker)
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('the compiling thread ended early')))
  })
}

export function failureOf(error: unknown): Failure {
  const { message } = error as Error
  if (error instanceof PolicyError) {
    const { code, path, problems } = error
    return { code, message, path, problems }
  }
  return { code: error instanceof WeirError ? error.code : undefined, message }
}

export function errorOf({ code, message, path, problems }: Failure): Error {
  if (path !== undefined && problems) return new PolicyError(path, problems, code)
  return code === undefined ? new Error(message) : new WeirError(code, message)
}
