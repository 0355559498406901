import { dirname, resolve } from 'node:path'
import { compile, type CompiledRuleset, type ListSource } from '../blocklist/compile.js'
import { openList } from '../blocklist/listfile.js'
import { Store } from '../feeds/store.js'
import { fingerprint } from '../files/durable.js'
import { checkLists } from './broken.js'
import { PolicyError } from './error.js'
import { parsePolicy, readPolicy } from './parse.js'
import { compilePolicy, optionsIn, type Plan } from './plan.js'
import type { ListOptions, Policy, PolicyList } from './policy.js'

/** Files that an outcome rests on, and what was seen of each before it was read. */
export type Seen = Map<string, string>

export interface BuildOptions {
  /** The directory of `weir lists`; without one, a policy names files only. */
  readonly store?: string | undefined
  /** Milliseconds since 1970; null: no schedule applies, and nothing expires. */
  readonly at: number | null
  /** The policy's text, where it is not to be read from its file. */
  readonly text?: Uint8Array | undefined
  /** Filled with every file asked for, even where it throws. */
  readonly seen?: Seen
}

export interface Built {
  readonly text: Uint8Array
  readonly policy: Policy
  readonly plan: Plan
  readonly compiled: CompiledRuleset
  /** Lists that were read, and what was seen of each before. */
  readonly lists: readonly ListSeen[]
}

/** A list as a policy calls it, and which version of it there is. */
export interface ListSeen {
  readonly id: string
  readonly version: string
}

/**
 * Reads a policy and its lists, and compiles what is in force. Throws a PolicyError that names the file and line at fault,
 * or a WeirError of the list that cannot be read.
 */
export async function buildPolicy(path: string, options: BuildOptions): Promise<Built> {
  const { store, at, seen = new Map<string, string>() } = options
  look(seen, path)
  const text = options.text ?? (await readPolicy(path))
  const policy = parsePolicy(path, text)
  const plan = compilePolicy(policy, at)
  const opened = await sourcesOf(policy, plan, store, seen)
  const sources = [...plan.own, ...opened.map(({ source }) => source)]
  const compiled = compile(sources, at === null ? {} : { at: Math.floor(at / 1000) })
  checkLists(sources, compiled.diagnostics, { path, own: plan.own[0]?.id })
  const lists = opened.map(({ source, version }) => ({ id: source.id, version }))
  return { text, policy, plan, compiled, lists }
}

function look(seen: Seen, path: string): string {
  const absolute = resolve(path)
  const version = seen.get(absolute) ?? fingerprint(absolute)
  seen.set(absolute, version)
  return version
}

/** A list that is read, and which version of it. */
interface Opened {
  readonly source: ListSource
  readonly version: string
}

/** The lists that count, opened. */
async function sourcesOf(
  policy: Policy,
  plan: Plan,
  directory: string | undefined,
  seen: Seen,
): Promise<Opened[]> {
  let store: Store | undefined
  const sources: Opened[] = []
  for (const list of plan.lists) {
    if (list.feed !== undefined && directory !== undefined && !store) {
      look(seen, resolve(directory, 'lists.json'))
      store = await Store.read(directory)
    }
    const source = sourceOf(policy, plan, list, store, seen)
    if (source) sources.push(source)
  }
  return sources
}

function sourceOf(
  policy: Policy,
  plan: Plan,
  list: PolicyList,
  store: Store | undefined,
  seen: Seen,
): Opened | undefined {
  const { id, path, options } =
    list.file === undefined
      ? feedOf(policy, list, list.feed!, store)
      : { id: list.file, path: resolve(dirname(policy.path), list.file), options: {} }
  const read = optionsIn(plan.categories, { ...options, ...list.options })
  if (!read) return undefined
  const version = look(seen, path)
  return { source: { id, ...openList(path), ...read }, version }
}

function feedOf(policy: Policy, list: PolicyList, name: string, store: Store | undefined) {
  const refuse = (message: string): never => {
    throw new PolicyError(policy.path, [{ ...list.place, message }])
  }
  if (!store) return refuse(`"${name}" is a list of weir lists, and there is no store of them here`)
  const entry = store.lists.find((known) => known.name === name)
  if (!entry) return refuse(`there is no list "${name}" (weir lists add ${name})`)
  if (!entry.good) return refuse(`"${name}" was never fetched (weir lists update ${name})`)
  const { syntax, action, category, match } = entry
  const said = Object.entries({ syntax, action, category, match })
  const options = Object.fromEntries(said.filter(([, value]) => value !== undefined)) as ListOptions
  return { id: name, path: store.path(name, 'list'), options }
}
