// How long does a list of a million names take to compile, beside a bare read of the same file that is split at line
// feeds and put into a Set? Both in this process, one after the other; and the memory that compiling takes,
// in a process of its own. WEIR_LIST names a list of real domains; one is made up otherwise.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile, type CompiledRuleset } from '../src/blocklist/compile.js'
import { run } from './lib/child.js'
import { figure, median, mib, printTable } from './lib/table.js'

const ROUNDS = 5
const NAMES = 1_000_000
const WORDS =
  'ads,track,shop,news,mail,cloud,play,bank,login,free,best,my,go,web,data,online'.split(',')
const ENDS = ['com', 'net', 'org', 'info', 'de', 'co.uk', 'xyz', 'ru', 'online']

function madeUp(): string {
  const names: string[] = []
  for (let i = 0, state = 1; i < NAMES; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const [a, b] = [WORDS[(state >>> 8) & 15]!, WORDS[(state >>> 12) & 15]!]
    const end = ENDS[(state >>> 16) % ENDS.length]!
    names.push(
      i % 3 === 0 ? `${a}.${b}${i.toString(36)}.${end}` : `${a}-${i.toString(36)}${b}.${end}`,
    )
  }
  return names.join('\n')
}

const compileFile = (path: string, match: 'exact' | 'suffix'): CompiledRuleset =>
  compile([{ id: 'bench', syntax: 'domains', match, bytes: readFileSync(path) }])

function timed(work: () => unknown): { wall: number; cpu: number } {
  const cpu = process.cpuUsage()
  const start = performance.now()
  work()
  const { user, system } = process.cpuUsage(cpu)
  return { wall: performance.now() - start, cpu: (user + system) / 1000 }
}

function measure(path: string): void {
  const rows: string[][] = []
  for (const match of ['exact', 'suffix'] as const) {
    const bare: ReturnType<typeof timed>[] = []
    const ours: ReturnType<typeof timed>[] = []
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(timed(() => new Set(readFileSync(path, 'utf8').split('\n'))))
      ours.push(timed(() => compileFile(path, match)))
    }
    const times = (of: 'wall' | 'cpu'): string[] => {
      const [theirs, mine] = [bare, ours].map((runs) => median(runs.map((one) => one[of])))
      return [figure(theirs!), figure(mine!), figure(mine! / theirs!)]
    }
    const { bytes, stats } = compileFile(path, match)
    const each = (n: number): string => (n / (stats.names + stats.networks)).toFixed(2)
    const child = [...process.execArgv, fileURLToPath(import.meta.url), match, path]
    const memory = mib(run(process.execPath, child).peakBytes)
    const sizes = [each(bytes.length), each(stats.bytes.deciding)]
    rows.push([match, ...times('wall'), ...times('cpu'), ...sizes, memory])
  }
  const head = ['', 'Set, ms', 'compile', 'ratio', 'Set, CPU ms', 'compile', 'ratio']
  printTable([...head, 'bytes a name', 'deciding', 'peak memory'], rows)
}

const [match, list] = process.argv.slice(2)
if (list !== undefined) {
  compileFile(list, match as 'exact' | 'suffix')
} else {
  const made = join(tmpdir(), `weir-bench-${process.pid}.txt`)
  if (process.env['WEIR_LIST'] === undefined) writeFileSync(made, madeUp())
  measure(process.env['WEIR_LIST'] ?? made)
  rmSync(made, { force: true })
}
