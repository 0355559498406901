import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { Namespace, type Program, until } from '../support/namespace.js'
import { readRecords } from '../support/recordfile.js'

let folder: string
let netns: Namespace
const at = (name: string): string => join(folder, name)
const NAMES = ['one.ads.test', 'two.ads.test', 'three.ads.test']

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-kept-'))
  chmodSync(folder, 0o755)
  writeFileSync(at('rules.txt'), '||ads.test^\n')
  chmodSync(at('rules.txt'), 0o644)
  netns = await Namespace.open()
})
afterAll(async () => {
  await netns.close()
  rmSync(folder, { recursive: true })
})

const COMMON = ['--route', '198.51.100.0/24', '--format', 'none']

async function start(...args: string[]): Promise<Program> {
  const more = ['--socket', at('weir.sock'), '--rules', at('rules.txt')]
  const run = netns.weir('run', ...COMMON, ...more, ...args)
  onTestFinished(async () => {
    await run.stop('SIGKILL')
  })
  return run.says('weir0 is up')
}

const look = async (): Promise<void> => {
  for (const name of NAMES) {
    const { out } = await netns.ask('dig', '@198.51.100.53', '+tries=1', '+time=3', name)
    expect(out).toContain('NXDOMAIN')
  }
}

const ask = async (path: string): Promise<string> =>
  (await netns.ask('curl', '-s', '--unix-socket', at('weir.sock'), `http://weir/${path}`)).out

it('what a run has seen is in the store when it has ended, and weir flows shows it', async () => {
  const run = await start()
  await look()
  await until(() => run.child.exitCode === null)
  const { code, err } = await run.stop()
  expect([code, err]).toEqual([0, expect.not.stringContaining('lost')])
  const flows = await netns.weir('flows').end
  expect(flows.code).toBe(0)
  for (const name of NAMES) expect(flows.out).toContain(name)
  expect(flows.out).toMatch(/ads\.test \(rules\.txt:1\)/)
})

it('is in status and metrics, and another run does without', async () => {
  const run = await start()
  await look()
  const other = ['--device', 'weir1', '--address', '198.19.0.1/16', '--socket', at('other.sock')]
  const second = netns.weir('run', '--format', 'none', ...other)
  await second.says('nothing is kept')
  await second.says('weir1 is up')
  expect((await second.stop()).code).toBe(0)
  const status = JSON.parse(await ask('status')) as { sinks: Record<string, { lost: number }> }
  expect(status.sinks['history']).toMatchObject({ lost: 0 })
  expect(await ask('metrics')).toMatch(/^weir_sink_records_lost_total\{sink="history"\} 0$/m)
  expect((await run.stop()).code).toBe(0)
})

it('what was done is a record: a bypass, other rules, the beginning and the end', async () => {
  const file = at('done.ndjson')
  const run = await start('--records', file)
  const bypass = async (...args: string[]) => {
    const { code } = await netns.weir('bypass', ...args, '--socket', at('weir.sock')).end
    expect(code).toBe(0)
  }
  await bypass('add', 'one.ads.test', '--for', '10m')
  await bypass('revoke', 'one.ads.test')
  run.child.kill('SIGHUP')
  await until(() => readFileSync(file, 'utf8').includes('ruleset-swapped'))
  expect((await run.stop()).code).toBe(0)
  const { done: actions } = readRecords(file)
  const done = ['started', 'bypass-granted', 'bypass-revoked', 'ruleset-swapped', 'stopped']
  expect(actions.map(({ action }) => action)).toEqual(done)
  expect(actions[1]).toMatchObject({ host: 'one.ads.test', by: 'admin' })
  const { out } = await netns.weir('actions', '--format', 'ndjson', '--limit', '5').end
  const kept = out.trimEnd().split('\n')
  expect(kept.map((line) => JSON.parse(line) as unknown)).toEqual(actions)
})

it('keeps nothing when told so', async () => {
  const before = (await netns.weir('flows', '--format', 'json').end).out
  const run = await start('--no-history')
  await look()
  expect(JSON.parse(await ask('status'))).toMatchObject({ sinks: {} })
  expect((await run.stop()).code).toBe(0)
  expect((await netns.weir('flows', '--format', 'json').end).out).toBe(before)
})

it('belongs to the user that the run becomes, in a directory that only root could make', async () => {
  const file = at('state/deep/history.db')
  const run = await start('--user', 'nobody:nogroup', '--history', file, '--keep-days', '2')
  await look()
  expect((await run.stop()).code).toBe(0)
  const nobody = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }))
  for (const path of [at('state'), at('state/deep'), file]) expect(statSync(path).uid).toBe(nobody)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(statSync(at('state')).mode & 0o777).toBe(0o700)
  expect((await netns.weir('flows', '--history', file).end).out).toContain(NAMES[0])
})

it('a store that was asked for and cannot be had ends the run', async () => {
  const run = netns.weir('run', ...COMMON, '--history', '/proc/none/history.db')
  expect(await run.end).toMatchObject({ code: 4 })
})

it('a disk that is full loses records, which is counted and said, and nothing else', async () => {
  const mount = at('small')
  const size = 'mkdir -p $0 && mount -t tmpfs -o size=160k weir $0'
  execFileSync('sh', ['-c', size, mount])
  try {
    const run = await start('--history', join(mount, 'history.db'))
    execFileSync('sh', ['-c', 'head -c 1M /dev/zero > $0/fill || true', mount], { stdio: 'ignore' })
    await look()
    await until(() => run.err.includes('records are lost'))
    expect(await ask('health')).toBe('ok\n')
    await look()
    const { code, err } = await run.stop()
    expect(code).toBe(0)
    expect(err.match(/records are lost/g)).toHaveLength(1)
    expect(err).toMatch(/history: \d+ records were lost/)
  } finally {
    execFileSync('umount', [mount])
  }
})
