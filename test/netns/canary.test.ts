import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ConsentStore } from '../../src/privacy/store.js'
import { crashReport } from '../../src/telemetry/crash.js'
import { Outbox } from '../../src/telemetry/outbox.js'
import { leaks } from '../privacy/canaries.js'
import { Namespace, type Program, until } from '../support/namespace.js'

const LISTENER = fileURLToPath(new URL('./listener.mjs', import.meta.url))
const OWN = ['198.18.0.1', 'fd77:6569:7200::1']
const secret = (name: string): string => `zqcanary-${name}-zqcanary`

let folder: string
let netns: Namespace
const at = (name: string): string => join(folder, name)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-canary-'))
  writeFileSync(at('rules.txt'), 'ads.test\n')
  const made = `-x509 -newkey rsa:2048 -nodes -subj /CN=${secret('certificate')} -days 2`.split(' ')
  const files = ['-keyout', at('key.pem'), '-out', at('cert.pem')]
  execFileSync('openssl', ['req', ...made, ...files], { stdio: 'ignore' })
  netns = await Namespace.open()
})
afterAll(async () => {
  await netns.close()
  rmSync(folder, { recursive: true })
})

const HIDDEN = [
  ...['-H', `Cookie: a=${secret('cookie')}`, '-H', `${secret('header')}: x`],
  ...['-A', secret('agent'), '--data', secret('body'), '-u', `u:${secret('password')}`],
]

/** What a request is answered with, whatever server it was to. */
async function web(host: string, ...more: string[]): Promise<string> {
  const to = ['--connect-to', '::198.51.100.80:', '-sk', '--max-time', '5']
  const url = `${host}/${secret('path')}?${secret('query')}`
  return (await netns.ask('curl', ...to, ...HIDDEN, ...more, url)).out
}

const STATE = (): string => join(folder, 'state')
const ENV = (): string[] => ['env', `XDG_CONFIG_HOME=${folder}`, `XDG_STATE_HOME=${STATE()}`]

/** Runs weir, and gives all that it said and wrote. */
async function live(work: (run: Program) => Promise<void>, ...more: string[]) {
  const records = at('records.ndjson')
  rmSync(records, { force: true })
  const args = ['--route', '0.0.0.0/0', '--format', 'ndjson', '--records', records]
  const options = ['--socket', at('weir.sock'), '--rules', at('rules.txt'), '--hairpin', '8080']
  const run = netns.start(...ENV(), ...netns.command, 'run', ...args, ...options, ...more)
  await run.says('weir0 is up')
  const files = [at('weir.sock'), at('cert.pem'), at('key.pem')]
  const listener = netns.start(process.execPath, LISTENER, ...files, ...OWN)
  await listener.says('listening')
  await work(run)
  await listener.stop()
  const { code, out, err } = await run.stop()
  expect(code).toBe(0)
  return { out, err, kept: readFileSync(records, 'utf8') }
}

it('no secret of live traffic is in records, status or messages', async () => {
  const status: string[] = []
  const { out, err, kept } = await live(async () => {
    expect(await web('http://www.shop.test')).toContain('reached')
    expect(await web('https://www.secure.test', '--tls-max', '1.2')).toContain('reached')
    await web('http://ads.test')
    const option = `+ednsopt=65001:${Buffer.from(secret('edns')).toString('hex')}`
    await netns.ask('dig', '@198.51.100.53', '+tries=1', '+time=1', option, 'TXT', 'ads.test')
    const datagram = `printf ${secret('datagram')} >/dev/udp/198.51.100.9/9999`
    await netns.ask('bash', '-c', datagram)
    for (const what of ['status', 'metrics', 'health']) {
      const socket = ['-s', '--unix-socket', at('weir.sock')]
      status.push((await netns.ask('curl', ...socket, `http://weir/${what}`)).out)
    }
  })
  for (const output of [out, err, kept, ...status]) {
    expect(output).not.toBe('')
    expect(leaks(output)).toEqual([])
  }
  for (const host of ['www.shop.test', 'www.secure.test', 'ads.test']) expect(kept).toContain(host)
  expect(kept).toContain('"port":9999')
})

/** Every file below a directory. */
const below = (path: string): Buffer[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)))

/** A collector at which this device is enrolled. */
async function collecting(): Promise<{ url: string; collector: Program }> {
  const store = ['--store', at('collected/store.db')]
  const collect = [...netns.command, 'collect', ...store]
  const collector = await netns.start(...collect, '--listen', '127.0.0.1:0').says('into')
  const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(collector.err)![0]
  const code = netns.run(...collect, 'code', 'new', '--name', 'device').trim()
  netns.run(...ENV(), ...netns.command, 'enrol', url, '--code', code)
  return { url, collector }
}

const kinds = (): string[] => {
  using db = closing(new Database(at('collected/store.db'), { readonly: true }))
  return db.it.prepare('SELECT type FROM record ORDER BY id').pluck().all() as string[]
}
const closing = (it: Database.Database) => ({ it, [Symbol.dispose]: () => it.close() })

it('no secret is in the outbox, the spool and the store of a collector, which a run reports to', async () => {
  const outbox = new Outbox(join(STATE(), 'weir', 'reports'))
  const crash = crashReport(new Error(secret('thrown')))
  await outbox.keep(crash, await ConsentStore.open(join(folder, 'weir')))
  expect(below(STATE()).flatMap(leaks)).toEqual([])
  const { url, collector } = await collecting()
  const sink = ['--sink', `${url}v1/records`, '--sink-token', join(folder, 'weir/collector.token')]
  await live(
    async () => {
      await web('http://www.shop.test')
      await web('http://ads.test')
      await until(() => kinds().filter((kind) => kind === 'memory').length > 1)
      const token = readFileSync(join(folder, 'weir/collector.token'), 'utf8').trim()
      const socket = ['--socket', at('weir.sock')]
      const { sinks } = JSON.parse((await netns.weir('status', ...socket, '--json').end).out) as {
        sinks: object
      }
      const figures = { kind: 'http', lost: 0, error: null, kept: expect.any(Number) as number }
      expect(sinks).toMatchObject({ [`${url}v1/records`]: figures })
      const status = (await netns.weir('status', ...socket).end).out
      expect(status).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1\/records \d+ records sent/m)
      expect(status + JSON.stringify(sinks)).not.toContain(token)
      expect(below(STATE()).flatMap(leaks)).toEqual([])
    },
    ...sink,
    ...['--report-every', '1s'],
  )
  await collector.stop()
  expect(new Set(kinds())).toEqual(new Set(['action', 'crash', 'device', 'flow', 'memory']))
  expect(kinds().filter((kind) => kind === 'device' || kind === 'crash')).toHaveLength(2)
  expect(await readdir(outbox.directory)).toEqual([])
  expect([...below(STATE()), ...below(at('collected'))].flatMap(leaks)).toEqual([])
  // Were one there, it would be found.
  await outbox.keep({ ...crash, frames: [secret('leak')] }, await ConsentStore.open(folder))
  expect(below(STATE()).flatMap(leaks)).not.toEqual([])
})

it('consent that changes meanwhile is in force at once, and a record among the others', async () => {
  const { kept } = await live(async (run) => {
    const store = await ConsentStore.open(join(folder, 'weir'))
    await store.set({ gate: 'device-names', value: 'none', by: 'user' })
    await until(() => run.err.includes('device-names is none now'))
    expect(await web('http://later.test')).toContain('reached')
  })
  expect(kept).toContain('"action":"consent-changed"')
  expect(kept).not.toContain('later.test')
  expect(kept).toMatch(/"host":null.*"withheld":\["device-names"\]/)
})
