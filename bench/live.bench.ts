// The packet thread beside bare loops in C that only do what must be done, with the same flags, MTU, queue, generator
// and pinning, in a network namespace of its own: thread CPU time of each packet, as ratios of what was measured in
// turns. Where the packet thread answers, the bare loop writes the answers that the engine gives, byte for byte, made beforehand
// but for the server's address, the query's number and the checksums. Linux, as root.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile } from '../src/blocklist/compile.js'
import { buildNative, buildPlain } from './lib/native.js'
import { figure, median, printTable } from './lib/table.js'

const ROUNDS = Number(process.env['WEIR_ROUNDS'] ?? 7)
const ROUND_MS = 400
const MANY = 1_000_000

interface Case {
  readonly what: string
  readonly work: 'read' | 'answer' | 'hairpin'
  readonly flows: number
  /** What the ratio should not be below. */
  readonly bound: number
}

const CASES: readonly Case[] = [
  { what: 'reading, 10,000 flows', work: 'read', flows: 10_000, bound: 0.85 },
  { what: 'reading, 1,000,000 flows', work: 'read', flows: MANY, bound: 0.75 },
  {
    what: 'answering DNS, beside writing the same answers',
    work: 'answer',
    flows: 10_000,
    bound: 0.8,
  },
  { what: 'hairpin of bulk TCP, offloads (ns a kB)', work: 'hairpin', flows: 10_000, bound: 0.9 },
]

const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'))
const rules = join(folder, 'rules.weir')
const list = { id: 'bench', syntax: 'domains', match: 'suffix', text: 'ads.test\n' } as const
writeFileSync(rules, compile([list]).bytes)
const flood = buildPlain('flood')
const live = buildNative('live', ['linux'])

function measure({ what, work, flows, bound }: Case): string[] {
  const args = [work, rules, String(flows), flood, String(ROUNDS), String(ROUND_MS)]
  const lines = execFileSync(live, args, { encoding: 'utf8' }).trim().split('\n')
  const rounds = lines.map((line) => line.split('\t').map(Number))
  const column = (i: number): number => median(rounds.map((round) => round[i]!))
  const ratios = rounds.map(([bare, weir]) => bare! / weir!).sort((a, b) => a - b)
  return [
    what,
    figure(column(0)),
    figure(column(1)),
    figure(median(ratios)),
    `${figure(ratios[0]!)} to ${figure(ratios.at(-1)!)}`,
    figure(bound),
    `${column(2).toFixed(0)} / ${column(3).toFixed(0)}`,
  ]
}

const rows = CASES.map(measure)
rmSync(folder, { recursive: true })
const load = loadavg()[0]!.toFixed(1)
console.log(`medians of ${ROUNDS} rounds of ${ROUND_MS} ms in turns; thread CPU time; load ${load}`)
printTable(['', 'bare, ns', 'weir, ns', 'ratio', 'of rounds', 'wanted', 'packets a wakeup'], rows)
