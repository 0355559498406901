import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildPlain } from '../../bench/lib/native.js'
import { Namespace, type Program } from '../support/namespace.js'

const SECONDS = 4
/**
 * Behind each 64 packets, some 200,000 a second: whoever sends faster than this machine reads fills the device's
 * queue, and then it is the kernel that drops what others ask.
 */
const REST_US = '200'
/** Tables fill and JavaScript's heap breathes; a flow or packet that is kept would be tens of times this. */
const FLAT_KIB = 24 * 1024
const rules = (names: string): string =>
  `version: 1\nprofile: a\nprofiles:\n  a:\n    block: [${names}]\n`

let folder: string
let flood: string
let netns: Namespace
let run: Program
const at = (name: string): string => join(folder, name)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-flood-'))
  chmodSync(folder, 0o755)
  flood = buildPlain('flood', at('flood'))
  writeFileSync(at('policy.yaml'), rules('ads.test'))
  netns = await Namespace.open()
  const common = [
    '--route',
    '0.0.0.0/0',
    '--format',
    'none',
    '--no-history',
    '--socket',
    at('weir.sock'),
  ]
  const args = ['run', ...common, '--rules', at('policy.yaml'), '--hairpin', '8080']
  run = await netns.weir(...args).says('weir0 is up')
  // What the flow table takes is there before anything is compared.
  await pour('data', '0', '400000').end
}, 60_000)
afterAll(async () => {
  await run.stop()
  await netns.close()
  rmSync(folder, { recursive: true })
})

const pour = (kind: string, flows: string, packets: string, restUs = '0'): Program =>
  netns.start(flood, 'weir0', kind, flows, packets, '-1', restUs)

function residentKib(): number {
  const [weir] = netns.run('sh', '-c', `pgrep -f "${at('weir.sock')}"`).split('\n')
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${weir!}/status`, 'latin1'))![1])
}

async function metric(name: string): Promise<number> {
  const args = ['-sS', '--unix-socket', at('weir.sock'), 'http://weir/metrics']
  const { out } = await netns.ask('curl', ...args)
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(out)?.[1])
}

/** Milliseconds until the answer: dig measures them, and asks again when nobody answers. */
async function answered(name: string): Promise<number> {
  const args = ['+tries=5', '+time=1', '+norecurse', '@198.51.100.53', name]
  const { out } = await netns.ask('dig', ...args)
  expect(out).toMatch(/NXDOMAIN/)
  return Number(/Query time: (\d+) msec/.exec(out)![1])
}

it.each(['syn', 'dns', 'fragment', 'data'])(
  'a flood of %s leaves memory flat, and others are answered',
  async (kind) => {
    await pour(kind, '0', '100000').end
    const before = residentKib()
    const reads = await metric('weir_loop_reads_total')
    const flooding = pour(kind, '0', '0', REST_US)
    const latencies: number[] = []
    let out: string
    try {
      for (const end = Date.now() + SECONDS * 1000; Date.now() < end;)
        latencies.push(await answered('x.ads.test'))
    } finally {
      out = (await flooding.stop()).out
    }
    expect(residentKib() - before).toBeLessThan(FLAT_KIB)
    expect(Number(out.split(' ')[0])).toBeGreaterThan(10_000)
    expect((await metric('weir_loop_reads_total')) - reads).toBeGreaterThan(10_000)
    latencies.sort((a, b) => a - b)
    expect(latencies[latencies.length >> 1]).toBeLessThan(500)
  },
)

it('a reload under load drops no packet, and judges live flows anew', async () => {
  const settled = async (): Promise<number> => {
    for (let last = -1; ;) {
      const now = await metric('weir_loop_reads_total')
      if (now === last) return now
      last = now
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
  }
  const before = await settled()
  const opened = await metric('weir_engine_flows_opened_total')
  const flooding = pour('data', '1000', '0')
  const passed = await metric('weir_engine_dropped_total')
  const reloads = 2
  for (let i = 1; i <= reloads; i++) {
    const generation = await metric('weir_rules_generation')
    // The last of them blocks whom all those flows go to.
    writeFileSync(at('policy.yaml'), rules(i < reloads ? `a${i}.test` : '198.51.100.80'))
    for (const end = Date.now() + 10_000; (await metric('weir_rules_generation')) === generation;)
      expect(Date.now()).toBeLessThan(end)
  }
  const { out } = await flooding.stop()
  const sent = Number(out.split(' ')[0])
  // The kernel sends a few of its own.
  const read = (await settled()) - before - sent
  expect([read >= 0, read < 20]).toEqual([true, true])
  expect((await metric('weir_engine_flows_opened_total')) - opened).toBeLessThanOrEqual(1100)
  expect((await metric('weir_engine_dropped_total')) - passed).toBeGreaterThan(0)
})
