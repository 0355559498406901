import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'

export interface Run {
  readonly seconds: number
  /** Of CPU, user and system. */
  readonly cpuSeconds: number
  /** Largest resident set. */
  readonly peakBytes: number
  readonly stdout: string
}

/** This machine's certificates are no part of what is measured: Node reads them all when told where they are. */
const environment = { ...process.env, NODE_EXTRA_CA_CERTS: undefined, NODE_OPTIONS: undefined }

export function isInstalled(command: string): boolean {
  return !spawnSync(command, ['--help'], { stdio: 'ignore' }).error
}

/** Runs a command to its end, under time(1) for its memory and CPU. */
export function run(command: string, args: readonly string[]): Run {
  const figures = join(tmpdir(), `weir-bench-${process.pid}`)
  const start = process.hrtime.bigint()
  const timed = ['-o', figures, '-f', '%U %S %M', command, ...args]
  const { status, stdout, error } = spawnSync('time', timed, {
    env: environment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 26,
  })
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  if (error) throw new Error(`cannot run time(1), of the package "time": ${error.message}`)
  if (status) throw new Error(`${command} ended with ${status}`)
  const [user, system, kib] = readFileSync(figures, 'utf8').trim().split(' ').map(Number)
  rmSync(figures)
  return { seconds, cpuSeconds: user! + system!, peakBytes: kib! * 1024, stdout }
}
