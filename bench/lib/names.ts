import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

export interface Names {
  readonly from: string
  readonly listed: readonly string[]
  /** Names to look up, none of them twice. */
  readonly queries: Readonly<Record<'hit' | 'miss' | 'mix', readonly string[]>>
}

/** Real lists beside the checkout, and names that people asked for; not part of it. */
const folder = new URL('../../../shared/blocklists/', import.meta.url)
const NAME = /^(?:[a-z0-9_-]{1,63}\.)+[a-z][a-z0-9-]{0,62}$/

const linesOf = (file: string): string[] =>
  gunzipSync(readFileSync(new URL(file, folder)))
    .toString('latin1')
    .split('\n')

/** Stride through an array that meets each element once: the next one is never near. */
function* scattered<T>(all: readonly T[]): Generator<T> {
  const stride = 700_001 // prime, and larger than any cache
  for (let i = 0; i < all.length; i++) yield all[(i * stride) % all.length]!
}

function take<T>(from: Iterable<T>, count: number): T[] {
  const taken: T[] = []
  for (const item of from) {
    if (taken.length === count) break
    taken.push(item)
  }
  return taken
}

function realNames(count: number): { listed: string[]; asked: string[] } {
  const files = readdirSync(folder).filter((file) => file.endsWith('.domains.gz'))
  const listed = new Set<string>()
  for (const line of files.sort().flatMap(linesOf)) {
    if (listed.size < count && NAME.test(line)) listed.add(line)
  }
  const rows = linesOf('workload-large.tsv.gz').map((row) => row.split('\t'))
  const asked = rows.filter((row) => row[1] === 'popular').map((row) => row[0]!)
  return { listed: [...listed], asked }
}

function madeNames(count: number): { listed: string[]; asked: string[] } {
  const listed = Array.from(
    { length: count },
    (_, i) => `host-${i * 7919}.list-${i % 9973}.example`,
  )
  const asked = Array.from({ length: 20_000 }, (_, i) => `www.site-${i * 104_729}.example`)
  return { listed, asked }
}

const isMatched = (name: string, listed: ReadonlySet<string>): boolean => {
  for (let at = 0; at >= 0; at = name.indexOf('.', at) + 1 || -1) {
    if (listed.has(name.slice(at))) return true
  }
  return false
}

/**
 * `count` names that a list blocks with all below them, and queries: hits are a half listed names, a half
 * names below one; misses are a half names that people ask for, a half such that differ from a listed one in a label. The mix is what
 * people ask for, as it comes: about every fifth is blocked.
 */
export function benchNames(count: number, queries: number): Names {
  const isReal = existsSync(folder)
  const { listed, asked } = isReal ? realNames(count) : madeNames(count)
  const set = new Set(listed)
  const names = scattered(listed)
  const hit = take(names, queries).map((name, i) => (i % 2 ? name : `cdn.${name}`))
  const near = take(names, queries).map((name, i) =>
    i % 2 ? `not${name}` : name.replace(/\.(?=[^.]+$)/, '-1.'),
  )
  const misses = [...asked.slice(0, queries / 2), ...near]
  const miss = take(
    scattered(misses.filter((name) => !isMatched(name, set)).slice(0, queries)),
    queries,
  )
  const people = take(scattered(asked), queries)
  const mix = isReal ? people : people.map((name, i) => (i % 5 ? name : hit[i]!))
  const from = isReal ? 'real lists' : 'made names: the real lists are not there'
  return { from, listed, queries: { hit, miss, mix } }
}
