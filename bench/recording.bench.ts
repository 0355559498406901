// What does it cost the packet thread that its records are kept? `weir run` under a flood in which each packet is a flow,
// in turns without anything, beside a program that only computes, and with a file of NDJSON and the local store: packets read for
// each second of the thread's CPU time. Linux, as root; of what was built (npm run build).
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Namespace, type Program } from '../test/support/namespace.js'
import { buildPlain } from './lib/native.js'
import { figure, median, printTable } from './lib/table.js'

const ROUNDS = Number(process.env['WEIR_ROUNDS'] ?? 5)
const FLOOD_MS = 2000
/** Microseconds behind each 64 packets. */
const REST_US = process.env['WEIR_REST_US'] ?? '500'
const KIND = process.env['WEIR_FLOOD'] ?? 'dns'

const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'))
const socket = join(folder, 'weir.sock')
const flood = buildPlain('flood', join(folder, 'flood'))
const netns = await Namespace.open()

interface Figures {
  readonly reads: number
  readonly cpuNs: number
  readonly lost: number
}

async function metric(name: string): Promise<number> {
  const args = ['-sS', '--unix-socket', socket, 'http://weir/metrics']
  const { out } = await netns.ask('curl', ...args)
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(out)?.[1])
}

/** Nanoseconds of the thread's CPU time. */
function cpuOf(task: string): number {
  return Number(readFileSync(`${task}/schedstat`, 'latin1').split(' ')[0])
}

function packetThread(run: Program): string {
  const tasks = `/proc/${run.child.pid!}/task`
  // The one that a filter of system calls confines.
  const found = readdirSync(tasks).find((id) =>
    /^Seccomp:\s+2$/m.test(readFileSync(`${tasks}/${id}/status`, 'latin1')),
  )
  if (found === undefined) throw new Error('no packet thread')
  return `${tasks}/${found}`
}

/** Takes a processor as a sink does, and touches no memory. */
const computes = (): Program => netns.start(process.execPath, '-e', 'for (;;);')

async function round(sinks: readonly string[], beside?: Program): Promise<Figures> {
  const common = ['--route', '0.0.0.0/0', '--format', 'none', '--socket', socket]
  const run = await netns.weir('run', ...common, ...sinks).says('weir0 is up')
  const task = packetThread(run)
  const [reads, cpu] = [await metric('weir_loop_reads_total'), cpuOf(task)]
  const flooding = netns.start(flood, 'weir0', KIND, '0', '0', '-1', REST_US)
  await new Promise((resolve) => setTimeout(resolve, FLOOD_MS))
  await flooding.stop('SIGTERM')
  const figures = {
    reads: (await metric('weir_loop_reads_total')) - reads,
    cpuNs: cpuOf(task) - cpu,
    lost: await metric('weir_loop_records_lost_total'),
  }
  await run.stop()
  await beside?.stop('SIGKILL')
  return figures
}

const kept = (i: number): string[] => [
  '--history',
  join(folder, `history${i}.db`),
  '--records',
  join(folder, `records${i}.ndjson`),
]
const ratios: number[] = []
const machine: number[] = []
const rows: string[][] = []
for (let i = 0; i < ROUNDS; i++) {
  const bare = await round(['--no-history'])
  const busy = await round(['--no-history'], computes())
  const beside = await round(kept(i))
  const rate = ({ reads, cpuNs }: Figures): number => (reads / cpuNs) * 1e9
  ratios.push(rate(beside) / rate(bare))
  machine.push(rate(busy) / rate(bare))
  const each = [bare, busy, beside]
  const cells = [...each.map(rate), ...each.map((one) => one.reads), bare.lost, beside.lost]
  rows.push([`round ${i + 1}`, ...cells.map((cell) => String(Math.round(cell)))])
}
await netns.close()
rmSync(folder, { recursive: true })
const head = [
  'a CPU second, none',
  'none, busy machine',
  'with both',
  'read, none',
  'busy',
  'with both',
  'lost, none',
  'with both',
]
printTable([KIND, ...head], rows)
console.log(
  `with both to none: median ${figure(median(ratios))}, wanted 0.95; none beside a program that only computes: ` +
    `${figure(median(machine))}; load ${loadavg()[0]!.toFixed(1)}`,
)
