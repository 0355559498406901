// A million names in one list: how long does a name take to be looked up by weir, by a JavaScript Set
// that is asked for the name and every name above it, and by other engines; how long do they take to
// load, and what do they hold? The engines are installed into bench/peers when they are not there.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { compile } from '../src/blocklist/compile.js'
import { Matches } from '../src/engine/matches.js'
import { Ruleset } from '../src/engine/ruleset.js'
import { benchNames } from './lib/names.js'
import { buildNative } from './lib/native.js'
import { figure, median, printTable } from './lib/table.js'
import { type Peer, peers } from './peers/engines.js'

const NAMES = Number(process.env['WEIR_NAMES'] ?? 1_000_000)
const QUERIES = Number(process.env['WEIR_QUERIES'] ?? 50_000)
const ROUNDS = 7
const KINDS = ['hit', 'miss', 'mix'] as const
type Kind = (typeof KINDS)[number]

interface Contender {
  readonly name: string
  readonly loadMs: number
  readonly bytes: number
  /** Nanoseconds a name, and how many matched. */
  readonly run: (kind: Kind) => readonly [number, number]
}

const { from, listed, queries } = benchNames(NAMES, QUERIES)
const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'))

setFlagsFromString('--expose_gc')
const collect = runInNewContext('gc') as () => void
async function heldBytes(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect()
    await setImmediate() // buffers are given back between tasks
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const milliseconds = (): number => Number(process.hrtime.bigint()) / 1e6

/** CPU time, as the core's is: what else the machine does counts less. */
function timed(count: number, work: () => number): readonly [number, number] {
  const start = process.cpuUsage()
  const matched = work()
  const { user, system } = process.cpuUsage(start)
  return [((user + system) * 1e3) / count, matched]
}

/** Loads an engine from strings of its own, so that those it keeps count. */
async function contend(peer: Peer): Promise<Contender> {
  const before = await heldBytes()
  const copies = listed.map((name) => Buffer.from(name).toString())
  const start = milliseconds()
  const matches = await peer.load(copies.splice(0))
  const loadMs = milliseconds() - start
  const run: Contender['run'] = (kind) =>
    timed(queries[kind].length, () =>
      queries[kind].reduce((n, name) => n + Number(matches(name)), 0),
    )
  return { name: peer.name, loadMs, bytes: (await heldBytes()) - before, run }
}

const setWalk: Peer = {
  name: 'Set, walking labels',
  load: (names) => {
    const set = new Set(names)
    return Promise.resolve((name) => {
      for (let at = 0; ;) {
        if (set.has(at ? name.slice(at) : name)) return true
        const dot = name.indexOf('.', at)
        if (dot < 0) return false
        at = dot + 1
      }
    })
  },
}

const linesOf = (kind: Kind): Uint8Array => Buffer.from(`${queries[kind].join('\n')}\n`)

function countHits(matches: Matches): number {
  let hits = 0
  for (let i = 0; i < matches.count; i++) hits += Number(matches.isHit(i))
  return hits
}

/** Nanoseconds of a load from anywhere in the ruleset, each of which needs the one before. */
const loads: number[] = []

function weir(): Contender[] {
  const path = join(folder, 'rules.weir')
  const start = milliseconds()
  const text = listed.join('\n')
  const list = { id: 'bench', syntax: 'domains', match: 'suffix', text } as const
  const { bytes, diagnostics } = compile([list], { publicSuffixes: 'allow' })
  if (diagnostics.length) throw new Error(`${diagnostics.length} names were refused`)
  console.log(`compiled in ${figure(milliseconds() - start)} ms`)
  writeFileSync(path, bytes)
  const program = buildNative('lookups')
  const lines = { hit: linesOf('hit'), miss: linesOf('miss'), mix: linesOf('mix') }
  for (const kind of KINDS) writeFileSync(join(folder, kind), lines[kind])
  const opening = milliseconds()
  const ruleset = Ruleset.open(path)
  ruleset.matchName('example.org')
  const loaded = { loadMs: milliseconds() - opening, bytes: bytes.length }
  const count = (kind: Kind): number => queries[kind].length
  const matches = new Matches(QUERIES)
  const core = (kind: Kind, column: 0 | 1 | 2): readonly [number, number] => {
    const output = execFileSync(program, [path, join(folder, kind)], { encoding: 'utf8' })
    const [one, matched, many, hot, load] = output.split('\t').map(Number)
    loads.push(load!)
    return [[one, many, hot][column]!, matched!]
  }
  return [
    { ...loaded, name: 'weir, core', run: (kind) => core(kind, 0) },
    { ...loaded, name: 'weir, core, many in one call', run: (kind) => core(kind, 1) },
    { ...loaded, name: 'weir, core, the same few again', run: (kind) => core(kind, 2) },
    {
      ...loaded,
      name: 'weir, one call, of bytes',
      run: (kind) => timed(count(kind), () => countHits(ruleset.matchNames(lines[kind], matches))),
    },
    {
      ...loaded,
      name: 'weir, one call, of strings',
      run: (kind) =>
        timed(count(kind), () => countHits(ruleset.matchNames(queries[kind], matches))),
    },
    {
      ...loaded,
      name: 'weir, one call a name',
      run: (kind) =>
        timed(count(kind), () =>
          queries[kind].reduce((n, name) => n + Number(ruleset.matchName(name) !== null), 0),
        ),
    },
  ]
}

function installed(): Peer[] {
  const place = fileURLToPath(new URL('peers', import.meta.url))
  const quiet = { cwd: place, stdio: 'ignore' } as const
  try {
    if (!existsSync(join(place, 'node_modules'))) {
      execFileSync('npm', ['ci', '--ignore-scripts'], quiet)
    }
    return peers()
  } catch {
    console.log('the other engines cannot be installed: npm ci in bench/peers failed')
    return []
  }
}

const contenders = weir()
for (const peer of [setWalk, ...installed()]) contenders.push(await contend(peer))
const set = contenders.findIndex(({ name }) => name === setWalk.name)

/** Medians, everyone in turns: all meet the same machine. */
function measure(kind: Kind): number[] {
  const rounds = Array.from({ length: ROUNDS + 1 }, () =>
    contenders.map((contender) => contender.run(kind)),
  ).slice(1)
  const matched = contenders.map((_, i) => rounds[0]![i]![1])
  for (const [i, count] of matched.entries()) {
    const wanted = matched[set]!
    if (count !== wanted)
      console.log(`${contenders[i]!.name}, ${kind}: ${count} of ${wanted} match`)
  }
  return contenders.map((_, i) => median(rounds.map((round) => round[i]![0])))
}

const [hit, miss, mix] = KINDS.map(measure)
rmSync(folder, { recursive: true })
console.log(
  `${listed.length} names from ${from}; CPU time, medians of ${ROUNDS}, in turns; node ${process.version}`,
)
printTable(
  ['', 'hit, ns', 'miss, ns', 'mix, ns', 'of the Set', 'load, ms', 'bytes a name'],
  contenders.map(({ name, loadMs, bytes }, i) => [
    name,
    ...[hit!, miss!, mix!].map((ns) => figure(ns[i]!)),
    `${figure(mix![set]! / mix![i]!)}x`,
    figure(loadMs),
    figure(bytes / listed.length),
  ]),
)
console.log(`one load from anywhere in the ruleset: ${figure(median(loads))} ns`)
