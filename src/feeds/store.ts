import { mkdir, open, readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { WeirError } from '../errors.js'
import { cannotWrite, isMissing, removeFile, replaceFile, TEMPORARY } from '../files/durable.js'
import {
  checkEntry,
  type Copy,
  formatEntries,
  type ListEntry,
  type ListOptions,
  LISTS_MAX,
  optionsOf,
  parseEntries,
} from './entry.js'
import { Lock } from '../files/lock.js'

/** What a list has on disk: the last good copy, a download to go on with, a copy to be confirmed. */
export const KINDS = ['list', 'part', 'held'] as const
export type Kind = (typeof KINDS)[number]

/** What whoever compiles needs of a list. */
export interface GoodList {
  readonly path: string
  readonly options: ListOptions
  readonly copy: Copy
}

const STORE_MAX = 1 << 24

/** Where lists are kept: the XDG base directory specification ignores paths that are not absolute. */
export function defaultDirectory(): string {
  const data = process.env['XDG_DATA_HOME'] ?? ''
  return join(isAbsolute(data) ? data : join(homedir(), '.local', 'share'), 'weir')
}

/**
 * A directory with `lists.json` and, in `lists`, the copies. Whoever changes it has its lock; lists.json
 * is replaced whole, after the copy that it speaks of.
 */
export class Store {
  readonly #lists = new Map<string, ListEntry>()
  #saving: Promise<void> = Promise.resolve()

  private constructor(
    readonly directory: string,
    private readonly lock: Lock | undefined,
    lists: Iterable<ListEntry>,
  ) {
    for (const list of lists) this.#lists.set(list.name, list)
  }

  /** As it is now; empty where there is none. Throws WEIR_BAD_STORE, WEIR_CANNOT_READ. */
  static async read(directory: string): Promise<Store> {
    return new Store(directory, undefined, await readEntries(join(directory, 'lists.json')))
  }

  /** Runs `work` with nobody else at work. Throws WEIR_STORE_BUSY besides what `read` throws. */
  static async change<T>(directory: string, work: (store: Store) => Promise<T>): Promise<T> {
    try {
      await mkdir(join(directory, 'lists'), { recursive: true })
    } catch (cause) {
      throw cannotWrite(directory, cause)
    }
    const lock = await Lock.take(join(directory, 'lists.lock'))
    try {
      const entries = await readEntries(join(directory, 'lists.json'))
      await sweep(directory)
      return await work(new Store(directory, lock, entries))
    } finally {
      await lock.release()
    }
  }

  get lists(): readonly ListEntry[] {
    return [...this.#lists.values()]
  }

  /** Throws WEIR_BAD_ARGUMENT where there is no such list. */
  get(name: string): ListEntry {
    const list = this.#lists.get(name)
    if (!list) throw new WeirError('WEIR_BAD_ARGUMENT', `there is no list "${name}"`)
    return list
  }

  /**
   * The last good copy of a list, and how it is read. Throws WEIR_BAD_ARGUMENT where there is no such list,
   * WEIR_BAD_LIST where none of it was fetched or confirmed yet.
   */
  good(name: string): GoodList {
    const list = this.get(name)
    if (list.good)
      return { path: this.path(name, 'list'), options: optionsOf(list), copy: list.good }
    const what = list.held
      ? 'is held: weir lists update --confirm'
      : 'was never fetched: weir lists update'
    throw new WeirError('WEIR_BAD_LIST', `the list "${name}" ${what} ${name}`)
  }

  path(name: string, kind: Kind): string {
    return join(this.directory, 'lists', `${name}.${kind}`)
  }

  /** Registers a list. Throws WEIR_BAD_ARGUMENT where that cannot be. */
  async add(list: ListEntry): Promise<void> {
    checkEntry(list)
    if (this.#lists.has(list.name)) {
      throw new WeirError(
        'WEIR_BAD_ARGUMENT',
        `there is a list "${list.name}": give another --name`,
      )
    }
    if (this.#lists.size === LISTS_MAX) {
      throw new WeirError('WEIR_BAD_ARGUMENT', `${LISTS_MAX} lists are the most`)
    }
    await this.#unlinkAll(list.name)
    await this.put(list)
  }

  async put(list: ListEntry): Promise<void> {
    this.#lists.set(list.name, list)
    await this.#save()
  }

  async remove(name: string): Promise<void> {
    this.get(name)
    this.#lists.delete(name)
    await this.#save()
    await this.#unlinkAll(name)
  }

  async unlink(name: string, kind: Kind): Promise<void> {
    await removeFile(this.path(name, kind))
  }

  async #unlinkAll(name: string): Promise<void> {
    for (const kind of KINDS) await this.unlink(name, kind)
  }

  /** One after the other, the latest state each time. */
  #save(): Promise<void> {
    const save = async (): Promise<void> => {
      await this.lock!.verify()
      await replaceFile(join(this.directory, 'lists.json'), formatEntries(this.#lists.values()))
    }
    const saved = this.#saving.then(save)
    this.#saving = saved.catch(() => undefined)
    return saved
  }
}

async function readEntries(path: string): Promise<ListEntry[]> {
  try {
    const file = await open(path, 'r')
    try {
      if ((await file.stat()).size <= STORE_MAX) {
        return parseEntries(path, await file.readFile('utf8'))
      }
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (isMissing(cause)) return []
    if (cause instanceof WeirError) throw cause
    throw new WeirError('WEIR_CANNOT_READ', `${path}: ${(cause as Error).message}`, { cause })
  }
  throw new WeirError('WEIR_BAD_STORE', `${path} is too long for a store of lists`)
}

/** What killed processes left. */
async function sweep(directory: string): Promise<void> {
  for (const folder of [directory, join(directory, 'lists')]) {
    for (const name of await readdir(folder)) {
      if (name.endsWith(TEMPORARY)) await removeFile(join(folder, name))
    }
  }
}
