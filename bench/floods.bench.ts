// Does memory stay flat, and are others answered, when each packet of a flood is a flow of its own? `weir run` under ten
// million of each kind (WEIR_FLOWS: millions), beside a client that asks for a blocked name again and again. Linux, as root;
// of what was built (npm run build).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Namespace, type Program } from '../test/support/namespace.js'
import { buildPlain } from './lib/native.js'
import { median, mib, printTable } from './lib/table.js'

const MILLIONS = Number(process.env['WEIR_FLOWS'] ?? 10)
const KINDS = ['data', 'syn', 'dns', 'fragment']
/** Microseconds behind each 64 packets: the kernel drops what others ask where a device's queue is full. */
const REST_US = '100'
const NAME = 'blocked.test'

const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'))
const socket = join(folder, 'weir.sock')
const flood = buildPlain('flood', join(folder, 'flood'))
writeFileSync(join(folder, 'list.txt'), `${NAME}\n`)
const netns = await Namespace.open()
const quiet = ['--format', 'none', '--no-history', '--socket', socket]
const rules = ['--rules', join(folder, 'list.txt')]
const run = await netns.weir('run', '--route', '0.0.0.0/0', ...rules, ...quiet).says('weir0 is up')
const pour = (kind: string, packets: number): Program =>
  netns.start(flood, 'weir0', kind, '0', String(packets), '-1', REST_US)

function resident(): number {
  const status = readFileSync(`/proc/${run.child.pid!}/status`, 'latin1')
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024
}

async function metric(name: string): Promise<number> {
  const { out } = await netns.ask('curl', '-sS', '--unix-socket', socket, 'http://weir/metrics')
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(out)?.[1])
}

/** Milliseconds until the answer; none came: infinite. */
async function answered(): Promise<number> {
  const { out } = await netns.ask('dig', '+tries=1', '+time=2', '@198.51.100.53', NAME)
  return Number(out.includes('NXDOMAIN') ? /Query time: (\d+) msec/.exec(out)![1] : Infinity)
}

async function poured(kind: string): Promise<string[]> {
  const flows = await metric('weir_engine_flows_opened_total')
  const [before, began] = [resident(), performance.now()]
  const flooding = pour(kind, MILLIONS * 1e6)
  const latencies: number[] = []
  let most = before
  while (flooding.child.exitCode === null) {
    latencies.push(await answered())
    most = Math.max(most, resident())
  }
  const seconds = (performance.now() - began) / 1000
  const opened = (await metric('weir_engine_flows_opened_total')) - flows
  const lost = latencies.filter((ms) => ms === Infinity).length
  const slowest = Math.max(...latencies.filter((ms) => ms !== Infinity))
  const answers = `${latencies.length - lost} of ${latencies.length}`
  const times = [median(latencies), slowest].map(String)
  const memory = [before, most, resident()].map(mib)
  return [kind, seconds.toFixed(1), (opened / 1e6).toFixed(2), ...memory, answers, ...times]
}

await pour('data', 400_000).end // the tables are full before anything is compared
const rows: string[][] = []
for (const kind of KINDS) rows.push(await poured(kind))
await run.stop()
await netns.close()
rmSync(folder, { recursive: true })
console.log(`${MILLIONS} million packets of each kind; load ${loadavg()[0]!.toFixed(1)}`)
const memory = ['memory before', 'at most', 'after']
printTable(['', 's', 'flows, M', ...memory, 'answered', 'median ms', 'slowest'], rows)
