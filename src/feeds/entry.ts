import type { ListSource } from '../blocklist/compile.js'
import { type Syntax, SYNTAXES } from '../blocklist/syntax/syntaxes.js'
import { WeirError } from '../errors.js'

export const ACTIONS = ['block', 'warn', 'audit', 'allow'] as const
const MATCHES = ['exact', 'suffix'] as const

/** How a list is read, as `compile` takes it. */
export interface ListOptions {
  readonly syntax?: Syntax
  readonly action?: NonNullable<ListSource['action']>
  readonly category?: string
  readonly match?: NonNullable<ListSource['match']>
}

/** What a server calls a version of a file (RFC 9110 8.8). */
export interface Validators {
  readonly etag?: string
  readonly lastModified?: string
}

/** One version of a list. */
export interface Copy extends Validators {
  /** Of the list as it is stored. */
  readonly sha256: string
  readonly bytes: number
  readonly rules: number
  /** Lines that are no rules. */
  readonly faults: number
  readonly fetched: string
}

/** A version that waits for somebody to say that it is meant. */
export interface HeldCopy extends Copy {
  readonly why: string
  /** Top names that it blocks. */
  readonly blocks: readonly string[]
}

const OUTCOMES = ['updated', 'unchanged', 'held', 'failed'] as const
export type Outcome = (typeof OUTCOMES)[number]

export interface LastResult {
  readonly at: string
  readonly outcome: Outcome
  readonly message: string
}

/** A list in the store. */
export interface ListEntry extends ListOptions {
  readonly name: string
  /** http:, https: or file: */
  readonly address: string
  /** 64 hexadecimal digits, or where a file of sha256sum is. */
  readonly sha256?: string
  /** A public key; the signature is beside the list, with .minisig behind its address. */
  readonly minisign?: string
  readonly good?: Copy
  readonly held?: HeldCopy
  /** Top names that somebody said this list may block. */
  readonly accepted?: readonly string[]
  readonly last?: LastResult
}

/** How `list` is read: what was said of it, and nothing else. */
export function optionsOf({ syntax, action, category, match }: ListEntry): ListOptions {
  return {
    ...(syntax === undefined ? {} : { syntax }),
    ...(action === undefined ? {} : { action }),
    ...(category === undefined ? {} : { category }),
    ...(match === undefined ? {} : { match }),
  }
}

export const LISTS_MAX = 1000
const TEXT_MAX = 2048
const VERSION = 1

type Check = (value: unknown) => boolean
type Shape = Readonly<Record<string, Check>>

const text: Check = (value) =>
  typeof value === 'string' &&
  value.length > 0 &&
  value.length <= TEXT_MAX &&
  !/\p{Cc}/u.test(value) // no terminal is to be driven by what a store says
const matching =
  (pattern: RegExp): Check =>
  (value) =>
    text(value) && pattern.test(value as string)
const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(value as string)
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const texts: Check = (value) =>
  Array.isArray(value) && value.length <= LISTS_MAX && value.every(text)

const hasShape = (value: unknown, shape: Shape): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.keys(value).every((key) => Object.hasOwn(shape, key)) &&
  Object.entries(shape).every(([key, check]) =>
    check(Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined),
  )

const isTime = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const COPY: Shape = {
  sha256: matching(/^[0-9a-f]{64}$/),
  bytes: count,
  rules: count,
  faults: count,
  fetched: isTime,
  etag: optional(text),
  lastModified: optional(text),
}
const HELD: Shape = { ...COPY, why: text, blocks: texts }
const LAST: Shape = {
  at: isTime,
  outcome: oneOf(...OUTCOMES),
  message: (value) => typeof value === 'string',
}

const ENTRY: Shape = {
  name: matching(/^[a-z0-9][a-z0-9._-]{0,63}$/),
  address: matching(/^(https?|file):/),
  syntax: optional(oneOf(...SYNTAXES)),
  action: optional(oneOf(...ACTIONS)),
  category: optional(matching(/^[^,\s]{1,64}$/)),
  match: optional(oneOf(...MATCHES)),
  sha256: optional(matching(/^([0-9a-f]{64}|(https?|file):.*)$/)),
  minisign: optional(matching(/^[A-Za-z0-9+/]{56}$/)),
  good: optional((value) => hasShape(value, COPY)),
  held: optional((value) => hasShape(value, HELD)),
  accepted: optional(texts),
  last: optional((value) => hasShape(value, LAST)),
}

const SAID: Readonly<Record<string, string>> = {
  name: 'a name is 1 to 64 of a-z, 0-9, dot, hyphen and underscore, the first a letter or digit',
  address: 'an address begins with https:, http: or file:',
  syntax: `syntax is one of ${SYNTAXES.join(', ')}`,
  action: `action is one of ${ACTIONS.join(', ')}`,
  category: 'category is one word without commas',
  match: `match is one of ${MATCHES.join(', ')}`,
  sha256: 'sha256 is 64 hexadecimal digits, or an address',
  minisign: 'minisign is a public key: 56 characters, as minisign -G prints it',
}

/** Throws WEIR_BAD_ARGUMENT where `entry` is none that the store takes. */
export function checkEntry(entry: ListEntry): void {
  for (const [key, check] of Object.entries(ENTRY)) {
    if (check(entry[key as keyof ListEntry])) continue
    throw new WeirError('WEIR_BAD_ARGUMENT', SAID[key] ?? `${key} is not valid`)
  }
}

export function formatEntries(lists: Iterable<ListEntry>): string {
  return `${JSON.stringify({ version: VERSION, lists: [...lists] }, null, 2)}\n`
}

/** Throws WEIR_BAD_STORE, with what is wrong; `path` is for the message. */
export function parseEntries(path: string, json: string): ListEntry[] {
  const refuse = (why: string): never => {
    throw new WeirError(
      'WEIR_BAD_STORE',
      `${path}: ${why}; it was left as it is: mend it, or move it away to begin anew`,
    )
  }
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    return refuse(`no valid JSON (${(error as Error).message})`)
  }
  const { version, lists } = (value ?? {}) as { version?: unknown; lists?: unknown }
  if (Number.isSafeInteger(version) && (version as number) > VERSION) {
    return refuse('a newer weir wrote it')
  }
  const isStore = hasShape(value, { version: (v) => v === VERSION, lists: Array.isArray })
  if (!isStore) return refuse('not a store of lists')
  const entries = lists as ListEntry[]
  if (entries.length > LISTS_MAX) return refuse(`more than ${LISTS_MAX} lists`)
  const bad = entries.findIndex((entry) => !hasShape(entry, ENTRY))
  if (bad >= 0) return refuse(`list number ${bad + 1} is damaged`)
  if (new Set(entries.map(({ name }) => name)).size < entries.length)
    refuse('a name is there twice')
  return entries
}
