import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, mkdtempSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WeirError } from '../errors.js'

/** Says to the process inside which namespace is outside, and where it may write. */
const OUTSIDE = 'WEIR_SIM_OUTSIDE'
const FOLDER = 'WEIR_SIM_FOLDER'

/** Network, mounts and processes of its own: what is in it goes with its first process, however that ends. */
const OWN = ['--net', '--mount', '--pid', '--fork', '--kill-child']
/** With capabilities that count inside alone. */
const OWN_USER = ['--user', '--map-root-user', ...OWN]

const GRACE_MS = 5000
/** The process that all others of a namespace go with. */
const FIRST = 1
/** The exit code of what a signal ended, as shells have it for ^C. */
const INTERRUPTED = 130

/** What a process in a namespace of its own may use. */
export interface Inside {
  /** For its files; it goes with the process. */
  readonly folder: string
}

/** Where this process is: undefined outside of `runInside`. */
export function inside(): Inside | undefined {
  const { [OUTSIDE]: outside, [FOLDER]: folder } = process.env
  if (outside === undefined || folder === undefined) return undefined
  // Said by somebody else than `runInside`: routes are not to be changed here.
  if (outside === namespaceOf('self')) return undefined
  return { folder }
}

const namespaceOf = (process: string): string => readlinkSync(`/proc/${process}/ns/net`)

/**
 * Runs this command again with `args` in a network namespace of its own, which has nothing but a loopback interface; gives its
 * exit code. It ends when this process does, or is told to.
 */
export async function runInside(args: readonly string[]): Promise<number> {
  const way = findWay()
  const folder = mkdtempSync(join(tmpdir(), 'weir-sim-'))
  const env = { ...process.env, [OUTSIDE]: namespaceOf('self'), [FOLDER]: folder }
  const command = [process.execPath, ...process.execArgv, process.argv[1]!, ...args]
  try {
    // Apart from the terminal: nothing inside can ask it for anything, and only this process hears ^C.
    const child = spawn('unshare', [...way, '--', ...command], {
      env,
      stdio: ['pipe', 'inherit', 'inherit'],
      detached: true,
    })
    return await ended(child)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Its standard input is what holds it: it ends when that does. */
function ended(child: ChildProcess): Promise<number> {
  let killer: NodeJS.Timeout | undefined
  const stop = (): void => {
    child.stdin!.end()
    killer ??= setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), GRACE_MS)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, stop)
  child.stdin!.on('error', () => {}) // it has gone
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => {
      clearTimeout(killer)
      for (const signal of signals) process.off(signal, stop)
      resolve(code ?? INTERRUPTED)
    })
  })
}

/** Inside: ends this process, and with it all others here, when the one outside has gone. */
export function endWithOutside({ folder }: Inside): void {
  process.stdin.resume()
  process.stdin.once('end', () => {
    if (process.pid === FIRST) process.kill(-1, 'SIGKILL') // all others here, before they write more
    rmSync(folder, { recursive: true, force: true })
    process.exit(INTERRUPTED)
  })
}

/** The options of `unshare` that work here. */
function findWay(): readonly string[] {
  const troubles: string[] = []
  for (const way of [OWN, OWN_USER]) {
    const { status, stderr, error } = spawnSync('unshare', [...way, '--', 'true'], {
      encoding: 'utf8',
    })
    if (error) throw missing(`unshare (util-linux) cannot be run: ${error.message}`)
    if (status === 0) {
      checkTun()
      return way
    }
    troubles.push(stderr.trim())
  }
  throw missing(
    `no network namespace can be made: as it is: ${troubles[0]}; with a user namespace: ${troubles[1]}. Run it as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone, user.max_user_namespaces)`,
  )
}

function checkTun(): void {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw missing(
      code === 'ENOENT'
        ? "/dev/net/tun is missing: load the kernel's module tun, or give the container that device"
        : '/dev/net/tun may not be opened: run as root, or with read and write permission on it',
    )
  }
}

const missing = (text: string): WeirError => new WeirError('WEIR_NOT_PERMITTED', text)
