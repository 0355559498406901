import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { judge } from '../../src/cli/judge.js'
import { makeEntry, type Said } from '../../src/feeds/add.js'
import type { ListEntry } from '../../src/feeds/entry.js'
import type { FetchLimits } from '../../src/feeds/request.js'
import { type GoodList, type Kind, Store } from '../../src/feeds/store.js'
import { confirmHeld, updateLists, type UpdateResult } from '../../src/feeds/update.js'

/** Short enough that no test waits. */
export const QUICK: Partial<FetchLimits> = {
  connectMs: 1000,
  headersMs: 400,
  bodyMs: 400,
  overallMs: 5000,
  backoffMs: 1,
  retryAfterMs: 50,
}

/** `count` rules that block nothing anybody knows. */
export const names = (count: number, prefix = 'host'): string =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}.example.test\n`).join('')

/** A text that has this in it; typed, as expect's own are not. */
export const saying = (what: RegExp | string): unknown =>
  typeof what === 'string' ? expect.stringContaining(what) : expect.stringMatching(what)

/** A store of its own for a test. */
export class TestStore implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'weir-lists-'))

  async add(source: string, said: Said = {}): Promise<string> {
    const entry = makeEntry(source, said)
    await Store.change(this.directory, (store) => store.add(entry))
    return entry.name
  }

  /** Updates all lists, or `only`. */
  update(limits: Partial<FetchLimits> = {}, only?: readonly string[]): Promise<UpdateResult[]> {
    return Store.change(this.directory, (store) =>
      updateLists(store, { judge, limits: { ...QUICK, ...limits }, names: only }),
    )
  }

  /** The result for the one list that there is. */
  async updateOne(limits: Partial<FetchLimits> = {}): Promise<UpdateResult> {
    const [result] = await this.update(limits)
    return result!
  }

  confirm(name: string): Promise<UpdateResult> {
    return Store.change(this.directory, (store) => confirmHeld(store, name))
  }

  async entry(name: string): Promise<ListEntry> {
    return (await Store.read(this.directory)).get(name)
  }

  async good(name: string): Promise<GoodList> {
    return (await Store.read(this.directory)).good(name)
  }

  path(name: string, kind: Kind): string {
    return join(this.directory, 'lists', `${name}.${kind}`)
  }

  /** What is on disk; undefined for nothing. */
  content(name: string, kind: Kind = 'list'): string | undefined {
    try {
      return readFileSync(this.path(name, kind), 'utf8')
    } catch {
      return undefined
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}
