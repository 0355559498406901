import { randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { link, open, readFile, rename, unlink } from 'node:fs/promises'
import { WeirError } from '../errors.js'
import { cannotWrite, isMissing, TEMPORARY } from './durable.js'

/** Who holds a lock, told apart from a later process that got the same number. */
interface Owner {
  readonly pid: number
  /** When the process began, in ticks since the machine did; '' where that cannot be told. */
  readonly start: string
  readonly boot: string
  /** Process numbers mean something within it only. */
  readonly namespace: string
  readonly token: string
}

const ATTEMPTS = 4

/**
 * A file that one process at a time has. It appears with its content by link(2), so it is never seen half
 * written; when its owner was killed, the next one takes it over.
 */
export class Lock {
  private constructor(
    readonly path: string,
    private readonly content: string,
  ) {}

  /** Throws WEIR_STORE_BUSY where a living process has it. */
  static async take(path: string): Promise<Lock> {
    const content = JSON.stringify(self())
    const mine = `${path}.${randomBytes(6).toString('hex')}${TEMPORARY}`
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        await writeSynced(mine, content)
        if (await linked(mine, path)) return new Lock(path, content)
        await removeStale(path)
      }
    } catch (cause) {
      throw cannotWrite(path, cause)
    } finally {
      await unlink(mine).catch(() => undefined)
    }
    throw new WeirError('WEIR_STORE_BUSY', `others take ${path} all the time: try again`)
  }

  /** Throws WEIR_STORE_BUSY where it was taken away: to be asked before what it guards is written. */
  async verify(): Promise<void> {
    if ((await contentOf(this.path)) === this.content) return
    throw new WeirError('WEIR_STORE_BUSY', `${this.path} was taken by another process`)
  }

  async release(): Promise<void> {
    if ((await contentOf(this.path)) === this.content) await unlink(this.path)
  }
}

async function writeSynced(path: string, content: string): Promise<void> {
  const file = await open(path, 'w', 0o644)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** False where `to` is there already, or `from` was swept away by who has the lock. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' || isMissing(error)) return false
    throw error
  }
}

/** Two may find the same lock stale: what was moved away is looked at again, and put back if it is new. */
async function removeStale(path: string): Promise<void> {
  const content = await contentOf(path)
  if (content === undefined) return
  const owner = parseOwner(content)
  if (owner && isAlive(owner)) {
    throw new WeirError(
      'WEIR_STORE_BUSY',
      `process ${owner.pid} is at work here: wait for it (or remove ${path} if it is none of weir)`,
    )
  }
  const aside = `${path}.${randomBytes(6).toString('hex')}${TEMPORARY}`
  try {
    await rename(path, aside)
  } catch (error) {
    if (isMissing(error)) return
    throw error
  }
  if ((await contentOf(aside)) !== content) await linked(aside, path)
  await unlink(aside).catch(() => undefined)
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Undefined for what no living process wrote: a crash of the machine can leave anything. */
function parseOwner(content: string): Owner | undefined {
  try {
    const owner = JSON.parse(content) as Partial<Owner> | null
    return Number.isSafeInteger(owner?.pid) && owner!.pid! > 0 ? (owner as Owner) : undefined
  } catch {
    return undefined
  }
}

function isAlive(owner: Owner): boolean {
  const here = self()
  if (owner.boot !== here.boot) return false
  if (owner.namespace !== here.namespace) return true // cannot be told from here
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return startOf(owner.pid) === owner.start
}

function self(): Owner {
  return {
    pid: process.pid,
    start: startOf(process.pid),
    boot: quietly(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    namespace: quietly(() => readlinkSync('/proc/self/ns/pid')),
    token: randomBytes(8).toString('hex'),
  }
}

/** Field 22 of /proc/PID/stat (proc(5)); the command before it may hold anything, blanks and brackets too. */
function startOf(pid: number): string {
  return quietly(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  })
}

function quietly(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
