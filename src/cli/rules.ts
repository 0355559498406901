import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { ListSource } from '../blocklist/compile.js'
import { Ruleset } from '../engine/ruleset.js'
import { WeirError } from '../errors.js'

/** First bytes of a compiled ruleset (native/RULESET.md). */
const MAGIC = [0x89, 0x57, 0x45, 0x49, 0x52, 0x0d, 0x0a, 0x1a]

/** A list that inflates to more is no list. */
const MAX_LIST_BYTES = 1 << 29

/** One compiled ruleset, or lists that are compiled here and now. */
export async function loadRules(paths: readonly string[]): Promise<Ruleset | null> {
  if (!paths.length) return null
  const compiled = paths.filter(isCompiled)
  if (compiled.length) {
    if (paths.length === 1) return Ruleset.open(paths[0]!)
    throw new WeirError(
      'WEIR_BAD_ARGUMENT',
      `${compiled[0]} is compiled: give it alone, or its lists`,
    )
  }
  const { compile } = await import('../blocklist/compile.js')
  return Ruleset.from(compile(paths.flatMap((path) => readLists(path))).bytes)
}

/** What a set of lists says of each: the options of `compile`, and where its text is. */
type ListEntry = Omit<ListSource, 'id' | 'text' | 'bytes'> & {
  readonly id?: string
  readonly file: string
}

/**
 * A list; or a `.json` file that holds an array of them, in order of precedence, with files named
 * relative to it: fixtures/lists/demo.json is one.
 */
export function readLists(path: string, options: Partial<ListSource> = {}): ListSource[] {
  if (!path.endsWith('.json')) return [readList(path, options)]
  let entries: readonly ListEntry[]
  try {
    entries = JSON.parse(readBytes(path).toString('utf8')) as ListEntry[]
  } catch (cause) {
    if (cause instanceof WeirError) throw cause
    throw new WeirError('WEIR_BAD_LIST', `${path}: ${(cause as Error).message}`, { cause })
  }
  const isSet =
    Array.isArray(entries) &&
    entries.every((entry: ListEntry | null) => typeof entry?.file === 'string')
  if (!isSet) throw new WeirError('WEIR_BAD_LIST', `${path}: an array of lists is expected`)
  return entries.map(({ file, ...rest }) =>
    readList(join(dirname(path), file), { ...rest, ...options }),
  )
}

/** What a list's options may say. */
const CHOICES = {
  action: ['block', 'warn', 'audit', 'allow'],
  match: ['exact', 'suffix'],
  syntax: ['hosts', 'domains', 'cidr'],
} as const

function checkOptions(path: string, options: Partial<ListSource>): void {
  for (const [key, known] of Object.entries(CHOICES)) {
    const value = options[key as keyof typeof CHOICES]
    if (value === undefined || (known as readonly string[]).includes(value)) continue
    throw new WeirError('WEIR_BAD_ARGUMENT', `${path}: ${key} is one of ${known.join(', ')}`)
  }
  const isNamed = options.category === undefined || typeof options.category === 'string'
  if (!isNamed) throw new WeirError('WEIR_BAD_ARGUMENT', `${path}: category is a text`)
}

function readList(path: string, options: Partial<ListSource>): ListSource {
  checkOptions(path, options)
  const bytes = readBytes(path)
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
  const id = basename(path).replace(/\.gz$/, '')
  return { id, bytes: isGzip ? inflate(path, bytes) : bytes, ...options }
}

function inflate(path: string, bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_LIST_BYTES })
  } catch (cause) {
    throw new WeirError('WEIR_BAD_LIST', `${path}: ${(cause as Error).message}`, { cause })
  }
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw cannotRead(path, cause)
  }
}

const cannotRead = (path: string, cause: unknown): WeirError =>
  new WeirError('WEIR_CANNOT_READ', `${path}: ${(cause as Error).message}`, { cause })

function isCompiled(path: string): boolean {
  const head = new Uint8Array(MAGIC.length)
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (cause) {
    throw cannotRead(path, cause)
  }
  try {
    readSync(fd, head, 0, head.length, 0)
  } catch {
    return false // not seekable: no file to map
  } finally {
    closeSync(fd)
  }
  return MAGIC.every((byte, i) => head[i] === byte)
}
