import { spawnSync } from 'node:child_process'
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
