import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ConsentStore } from '../../src/privacy/store.js'
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

/** Runs weir, and gives all that it said and wrote. */
async function live(work: (run: Program) => Promise<void>) {
  const records = at('records.ndjson')
  rmSync(records, { force: true })
  const args = ['--route', '0.0.0.0/0', '--format', 'ndjson', '--records', records]
  const options = ['--socket', at('weir.sock'), '--rules', at('rules.txt'), '--hairpin', '8080']
  const env = ['env', `XDG_CONFIG_HOME=${folder}`]
  const run = netns.start(...env, ...netns.command, 'run', ...args, ...options)
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
