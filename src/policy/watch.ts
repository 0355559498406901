import { type FSWatcher, watch } from 'node:fs'
import { dirname } from 'node:path'
import { fingerprint } from '../files/durable.js'
import type { Seen } from './build.js'

export interface WatchOptions {
  /** Milliseconds of quiet after a change before it counts: editors and downloads write in several steps. */
  readonly debounce: number
  /** Milliseconds between looks at files whose changes nobody reports, as on network file systems. */
  readonly poll: number
}

/**
 * Watches files by the directories that they lie in, so that one that is replaced by renaming, or is not there yet, is
 * seen as well.
 */
export class FileWatch {
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #poll: NodeJS.Timeout
  #quiet: NodeJS.Timeout | undefined
  #seen: Seen = new Map()

  /** `check` is called when something may have changed: `hasChanged` tells. */
  constructor(
    private readonly check: () => void,
    private readonly options: WatchOptions,
  ) {
    this.#poll = setInterval(check, options.poll).unref()
  }

  /** Files and what was seen of them before they were read. */
  follow(seen: Seen): void {
    this.#seen = seen
    const folders = new Set([...seen.keys()].map((path) => dirname(path)))
    for (const folder of this.#watchers.keys()) if (!folders.has(folder)) this.#drop(folder)
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#add(folder)
  }

  get hasChanged(): boolean {
    for (const [path, before] of this.#seen) if (fingerprint(path) !== before) return true
    return false
  }

  close(): void {
    clearInterval(this.#poll)
    clearTimeout(this.#quiet)
    for (const folder of [...this.#watchers.keys()]) this.#drop(folder)
  }

  #add(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#stir())
      watcher.on('error', () => this.#drop(folder))
      this.#watchers.set(folder, watcher)
    } catch {
      // Not there, or no watches are left: polling has to do.
    }
  }

  #drop(folder: string): void {
    this.#watchers.get(folder)?.close()
    this.#watchers.delete(folder)
  }

  #stir(): void {
    clearTimeout(this.#quiet)
    this.#quiet = setTimeout(this.check, this.options.debounce).unref()
  }
}
