// Crashes of native code: its handler writes where it failed into a file that was open by then; this side reads it later.
import { randomUUID } from 'node:crypto'
import { openSync, unlinkSync, writeSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { cannotWrite, isMissing, removeFile } from '../files/durable.js'
import type { Purgeable } from '../privacy/consent.js'
import type { CrashReport } from '../privacy/reports.js'
import { versions } from './crash.js'
import { makePrivate, PRIVATE, stateDirectory } from './place.js'

const FILE = /^(\d{1,10})-[0-9a-f-]{36}\.crash$/
const FRAME = /^[\w.-]{1,64}\+0x[0-9a-f]{1,16}$/
const BYTES_MAX = 1 << 14
/** Files looked at; a machine on which more crashed has told enough. */
const FILES_MAX = 256

export const crashDirectory = (state = stateDirectory()): string => join(state, 'crashes')

type Versions = ReturnType<typeof versions>
/** The first line: what a signal handler cannot find out. */
interface Header extends Versions {
  /** Milliseconds since 1970. */
  readonly start: number
}

/** The addon; only that of Linux has it. */
interface Watching {
  crashWatch?(fd: number): boolean
}

/**
 * Opens the file that a native crash is to be written to; it goes when the process ends well. Throws
 * WEIR_CANNOT_WRITE.
 */
export async function watchNative(addon: Watching, directory = crashDirectory()): Promise<void> {
  if (!addon.crashWatch) return
  await makePrivate(directory)
  const path = join(directory, `${String(process.pid)}-${randomUUID()}.crash`)
  const header: Header = { ...versions(), start: Date.now() - Math.round(process.uptime() * 1000) }
  try {
    const fd = openSync(path, 'ax', PRIVATE)
    writeSync(fd, `${JSON.stringify(header)}\n`)
    addon.crashWatch(fd)
  } catch (cause) {
    throw cannotWrite(path, cause)
  }
  process.once('exit', () => {
    addon.crashWatch?.(-1)
    try {
      unlinkSync(path)
    } catch {
      // Without the rights for it: the next start sees that nothing crashed.
    }
  })
}

/** Gives each crash since the last time to `keep`, and removes what tells of none, or was kept. */
export async function takeCrashes(
  keep: (report: CrashReport) => Promise<void>,
  directory = crashDirectory(),
): Promise<void> {
  for (const name of (await names(directory)).slice(0, FILES_MAX)) {
    const path = join(directory, name)
    const report = await read(path)
    if (!report && isAlive(Number(FILE.exec(name)![1]))) continue
    if (report) await keep(report)
    await removeFile(path)
  }
}

/** Crashes that are no reports yet: withdrawn with those that are. */
export const nativeCrashes = (directory = crashDirectory()): Purgeable => ({
  purge: async (kinds) => {
    if (kinds.has('crash')) await takeCrashes(() => Promise.resolve(), directory)
  },
})

async function names(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter((name) => FILE.test(name)).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

async function read(path: string): Promise<CrashReport | undefined> {
  const { size, mtimeMs } = await stat(path)
  if (size > BYTES_MAX) return undefined
  return parseCrash(await readFile(path, 'utf8'), Math.round(mtimeMs))
}

/** undefined: nothing crashed, or what is there is none of ours. `time` is in milliseconds since 1970. */
export function parseCrash(text: string, time: number): CrashReport | undefined {
  const [first = '', second = '', ...lines] = text.split('\n')
  const number = Number(/^signal (\d{1,2})$/.exec(second)?.[1])
  const signal = Object.entries(constants.signals).find(([, value]) => value === number)?.[0]
  const header = headerOf(first)
  if (!header || signal === undefined) return undefined
  const { start, ...of } = header
  return {
    type: 'crash',
    time: new Date(time).toISOString(),
    kind: 'native',
    name: 'Signal',
    signal,
    frames: lines.filter((line) => FRAME.test(line)),
    ...of,
    uptime: Math.max(0, Math.floor((time - start) / 1000)),
  }
}

const TEXTS = ['appVersion', 'nodeVersion', 'osName', 'osVersion', 'cpuArchitecture'] as const

function headerOf(line: string): Header | undefined {
  try {
    const header = JSON.parse(line) as Readonly<Record<string, unknown>> | null
    const { start } = header ?? {}
    if (typeof start !== 'number' || !Number.isSafeInteger(start)) return undefined
    if (!TEXTS.every((name) => typeof header![name] === 'string')) return undefined
    const texts = Object.fromEntries(TEXTS.map((name) => [name, header![name]])) as unknown
    return { ...(texts as Versions), start }
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
