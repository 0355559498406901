import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../../dist/cli/weir.js', import.meta.url))

export interface Run {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the command as a user would. */
export function weir(args: readonly string[], input?: Uint8Array): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
    input,
    maxBuffer: 1 << 28,
  })
  return { code: status, out: stdout.toString('utf8'), err: stderr.toString('utf8') }
}

export interface Running {
  readonly process: ChildProcess
  /** When it has ended; its code is null where a signal ended it. */
  readonly end: Promise<Run>
}

/** Starts the command, for tests that go on beside it; `through` is a command that runs it. */
export function startWeir(
  args: readonly string[],
  { env = {}, through = [] }: { env?: NodeJS.ProcessEnv; through?: readonly string[] } = {},
): Running {
  const [file, ...rest] = [...through, process.execPath, command, ...args]
  const child = spawn(file!, rest, { env: { ...process.env, ...env }, stdio: 'pipe' })
  let [out, err] = ['', '']
  child.stdout.on('data', (data: Buffer) => (out += data.toString('utf8')))
  child.stderr.on('data', (data: Buffer) => (err += data.toString('utf8')))
  const end = new Promise<Run>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out, err }))
  })
  return { process: child, end }
}
