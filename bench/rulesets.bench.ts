// What is left of a ruleset beside names: how long does an address take to be looked up, and how many bytes does
// its network; how long does a file of a million names take to be proved whole, and to be opened and asked?
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { compile, type CompiledRuleset } from '../src/blocklist/compile.js'
import { verifyRuleset } from '../src/blocklist/ruleset/file.js'
import { addressOctets } from '../src/engine/prefix.js'
import { Ruleset } from '../src/engine/ruleset.js'
import { benchNames } from './lib/names.js'
import { buildNative } from './lib/native.js'
import { figure, median, printTable } from './lib/table.js'

const ROUNDS = 7
const QUERIES = 50_000
const MADE = 100_000
const shared = new URL('../../shared/blocklists/', import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'))
const program = buildNative('addresses')

let state = 1
function random(below: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}
const group = (): string => random(65_536).toString(16)
const dotted = (): string => [1 + random(223), random(256), random(256), random(256)].join('.')
/** In what is given out now, 2000::/6: with `groups` of them random. */
const six = (groups: number): string =>
  `2${random(4096).toString(16).padStart(3, '0')}:${Array.from({ length: groups - 1 }, group).join(':')}`

function listed(files: readonly string[]): string[] | undefined {
  if (!files.every((file) => existsSync(new URL(file, shared)))) return undefined
  const text = files.map((file) => gunzipSync(readFileSync(new URL(file, shared))).toString())
  return text
    .join('\n')
    .split('\n')
    .filter((line) => /^[0-9a-f:.]+(?:\/\d+)?$/i.test(line))
}

const made = (network: () => string): string[] => Array.from({ length: MADE }, network)

/** Bytes that a network takes beside what any file has. */
function bytesEach(list: readonly string[], { bytes, stats }: CompiledRuleset): string {
  const none = compile([{ id: 'bench', syntax: 'cidr', text: '' }]).bytes.length
  return `${figure((bytes.length - none) / stats.rules)} of ${list.length}`
}

/** Half of what is asked is the first address of a listed network. */
function addresses(name: string, networks: readonly string[], other: () => string): string[] {
  const compiled = compile([{ id: 'bench', syntax: 'cidr', text: networks.join('\n') }])
  const path = join(folder, 'rules')
  writeFileSync(path, compiled.bytes)
  const queries = Array.from({ length: QUERIES }, (_, i) => {
    const address = i % 2 ? networks[random(networks.length)]!.split('/')[0]! : other()
    return addressOctets(address)
  })
  writeFileSync(join(folder, 'queries'), Buffer.concat(queries))
  const rounds = Array.from({ length: ROUNDS }, () =>
    execFileSync(program, [path, join(folder, 'queries')], { encoding: 'utf8' })
      .split('\t')
      .map(Number),
  )
  const column = (i: number): string => figure(median(rounds.map((round) => round[i]!)))
  return [name, column(0), column(1), bytesEach(networks, compiled)]
}

const four = listed(['datacenter-v4.cidr.gz', 'vpn-v4.cidr.gz', 'ipsum-2.ips.gz'])
const sixes = listed(['datacenter-v6.cidr.gz'])
console.log(`addresses, half of them in a network; medians of ${ROUNDS}, CPU time`)
printTable(
  ['', 'all, ns', 'few again, ns', 'bytes a network'],
  [
    addresses('IPv4, real lists', four ?? made(() => `${dotted()}/24`), dotted),
    addresses('IPv6, real list', sixes ?? made(() => `${six(2)}::/32`), () => six(8)),
    addresses(
      'IPv6, made, /48',
      made(() => `${six(3)}::/48`),
      () => six(8),
    ),
    addresses(
      'IPv6, made, /64',
      made(() => `${six(4)}::/64`),
      () => six(8),
    ),
    addresses(
      'IPv6, made, /128',
      made(() => six(8)),
      () => six(8),
    ),
  ],
)

function timed(work: () => unknown): number {
  process.cpuUsage() // read cold it costs a tenth of what opening does
  const start = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1e3
}

function install(): string[][] {
  const names = benchNames(1_000_000, 1).listed
  const list = { id: 'bench', syntax: 'domains', match: 'suffix', text: names.join('\n') } as const
  const { bytes } = compile([list], { publicSuffixes: 'allow' })
  const path = join(folder, 'rules')
  writeFileSync(path, bytes)
  const works: readonly (readonly [string, () => unknown])[] = [
    ['verified', () => verifyRuleset(bytes)],
    ['SHA-256 alone', () => createHash('sha256').update(bytes).digest()],
    ['opened, first look-up', () => Ruleset.open(path).matchName('example.org')],
  ]
  const rounds = Array.from({ length: ROUNDS + 1 }, () => works.map(([, work]) => timed(work)))
  console.log(
    `\na file of ${names.length} names, ${bytes.length} bytes; medians of ${ROUNDS}, CPU time`,
  )
  return works.map(([name], i) => [name, median(rounds.slice(1).map((r) => r[i]!)).toFixed(3)])
}

printTable(['', 'ms'], install())
rmSync(folder, { recursive: true })
