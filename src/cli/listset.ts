import { fstatSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { ListSource } from '../blocklist/compile.js'
import { markEnd } from '../blocklist/syntax/lines.js'
import { SYNTAXES } from '../blocklist/syntax/syntaxes.js'
import { WeirError } from '../errors.js'
import { openList, readBytes, withFile } from '../blocklist/listfile.js'

/** What may be said of a list: options of `weir compile`, and keys in a set of lists. */
export type ListOptions = Pick<
  ListSource,
  'syntax' | 'action' | 'important' | 'category' | 'match' | 'apex'
>

/** A set is small; a larger file is a list. */
const SET_BYTES_MAX = 1 << 20

const isText = (value: unknown): boolean => typeof value === 'string'
const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const choice = (...words: readonly string[]) => ({
  is: (value: unknown): boolean => words.includes(value as string),
  what: `one of ${words.join(', ')}`,
})
const OPTIONS: Readonly<
  Record<keyof ListOptions, { is: (value: unknown) => boolean; what: string }>
> = {
  syntax: choice(...SYNTAXES),
  action: choice('block', 'warn', 'audit', 'allow'),
  match: choice('exact', 'suffix'),
  category: { is: isText, what: 'a text' },
  important: { is: isFlag, what: 'true or false' },
  apex: { is: isFlag, what: 'true or false' },
}

/**
 * A list; or the lists of a `.json` file that holds an array of them, or an object with such an array as
 * `sources`, in order of precedence, with files named relative to it: fixtures/lists/demo.json is one.
 */
export function readLists(path: string, options: ListOptions = {}): ListSource[] {
  const isSet = path.endsWith('.json') && options.syntax === undefined
  const entries = isSet ? readSet(path) : undefined
  if (entries === undefined) return [readList(path, options)]
  return entries.map((entry) => readEntry(path, entry, options))
}

/** The entries of a set; undefined where the file is a list: STIX, MISP or indicators. */
function readSet(path: string): readonly object[] | undefined {
  const size = withFile(path, (fd) => fstatSync(fd).size)
  const bytes = size > SET_BYTES_MAX ? undefined : readBytes(path)
  let value: unknown
  try {
    value = bytes && JSON.parse(bytes.toString('utf8', markEnd(bytes)))
  } catch (cause) {
    throw new WeirError('WEIR_BAD_LIST', `${path}: ${(cause as Error).message}`, { cause })
  }
  if (bytes === undefined) return undefined
  const sources: unknown = Array.isArray(value) ? value : own(value, 'sources')
  const isSet = Array.isArray(sources) && sources.every((entry) => isText(own(entry, 'file')))
  if (isSet) return sources as object[]
  if (looksLikeIndicators(bytes.toString('latin1'))) return undefined
  throw new WeirError(
    'WEIR_BAD_LIST',
    `${path}: neither lists, an array of objects with a "file" each, nor indicators`,
  )
}

function looksLikeIndicators(text: string): boolean {
  return /"(?:indicatorValue|value|objects|Event|Attribute|response)"\s*:/.test(text)
}

function own(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as Record<string, unknown>)[key]
}

/** The command line is before what the set says. */
function readEntry(path: string, entry: object, options: ListOptions): ListSource {
  const said: Record<string, unknown> = {}
  let id: string | undefined
  for (const [key, value] of Object.entries(entry)) {
    if (key === 'file') continue
    if (key === 'id' && isText(value)) id = value as string
    else if (key === 'format') said['syntax'] = value === 'ip' ? 'cidr' : value
    else if (Object.hasOwn(OPTIONS, key)) said[key] = value
    else throw new WeirError('WEIR_BAD_ARGUMENT', `${path}: "${key}" is nothing to say of a list`)
  }
  const list = join(dirname(path), own(entry, 'file') as string)
  return readList(list, { ...said, ...options }, id)
}

function readList(path: string, options: ListOptions, id?: string): ListSource {
  for (const [key, { is, what }] of Object.entries(OPTIONS)) {
    const value = options[key as keyof ListOptions]
    if (value === undefined || is(value)) continue
    throw new WeirError('WEIR_BAD_ARGUMENT', `${path}: ${key} is ${what}`)
  }
  return { id: id ?? basename(path).replace(/\.gz$/, ''), ...openList(path), ...options }
}
