// How long does a name take to be looked up through the addon, beside a JavaScript Set that is asked
// for the name and every name above it? Hits, misses, and misses that end like a listed name.
import benny from 'benny'
import { compile } from '../src/blocklist/compile.js'
import { Ruleset } from '../src/engine/ruleset.js'
import { figure, printTable } from './lib/table.js'

const NAMES = 200_000
const QUERIES = 1000

const listed = Array.from({ length: NAMES }, (_, i) => `host-${i * 7919}.list-${i % 97}.example`)
const text = listed.join('\n')
const { bytes } = compile([{ id: 'bench', syntax: 'domains', match: 'suffix', text }])
const rules = Ruleset.from(bytes)
const set = new Set(listed)

function matchSet(name: string): boolean {
  for (let at = 0; ;) {
    if (set.has(at ? name.slice(at) : name)) return true
    const dot = name.indexOf('.', at)
    if (dot < 0) return false
    at = dot + 1
  }
}

const pick = (i: number): string => listed[(i * 104_729) % NAMES]!
const queries: Record<string, string[]> = {
  hit: Array.from({ length: QUERIES }, (_, i) => `www.${pick(i)}`),
  miss: Array.from({ length: QUERIES }, (_, i) => `www.site-${i}.example.org`),
  'near miss': Array.from({ length: QUERIES }, (_, i) => `www.not${pick(i)}`),
}

const rows: string[][] = []
for (const [kind, names] of Object.entries(queries)) {
  for (const name of names) {
    if ((rules.matchName(name) !== null) !== matchSet(name)) throw new Error(`${name}: they differ`)
  }
  const { results } = await benny.suite(
    kind,
    benny.add('ruleset', () => {
      for (const name of names) rules.matchName(name)
    }),
    benny.add('Set', () => {
      for (const name of names) matchSet(name)
    }),
  )
  const each = results.map(({ ops }) => 1e9 / ops / QUERIES)
  rows.push([kind, figure(each[0]!), figure(each[1]!)])
}
const perRule = (bytes.length / NAMES).toFixed(1)
console.log(`${NAMES} names, ${perRule} bytes each with their lines; one call of the addon a name`)
printTable(['', 'ns a look-up', 'Set, ns'], rows)
rules.close()
