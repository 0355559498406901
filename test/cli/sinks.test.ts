import { mkdirSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { Sinks } from '../../src/cli/runsinks.js'
import { statusText } from '../../src/cli/status.js'
import { transportOf } from '../../src/cli/sinkurl.js'
import { prepareTenantSinks, TenantSinks } from '../../src/cli/tenantsinks.js'
import { Engine } from '../../src/engine/engine.js'
import { FollowedConsent } from '../../src/privacy/follow.js'
import type { ActionRecord } from '../../src/privacy/reports.js'
import { ConsentStore } from '../../src/privacy/store.js'
import { NO_RULE } from '../../src/records/flags.js'
import { RECORD_KINDS } from '../../src/records/vocabulary.js'
import { HttpTransport } from '../../src/sinks/http.js'
import { Spool } from '../../src/sinks/spool.js'
import { spoolOf } from '../../src/sinks/spooldirectory.js'
import { metricsText } from '../../src/tun/metrics.js'
import type { Status } from '../../src/tun/status.js'
import { ringOf, v4 } from '../support/ring.js'
import { until } from '../support/namespace.js'
import { weir } from '../support/weir.js'
import { ClickHouseServer } from '../sinks/clickhouseserver.js'
import { accept, Collector, say } from '../sinks/httpcollector.js'
import { entry, Scratch } from '../sinks/spoolsupport.js'

const run = () =>
  ringOf([
    {
      kind: RECORD_KINDS.flow,
      flowId: 3,
      ipVersion: 4,
      transport: 6,
      client: v4(192, 0, 2, 1),
      server: v4(203, 0, 113, 250),
      serverPort: 443,
      hostSource: 1,
      name: 'secret.example.org',
      rule: NO_RULE,
      overruled: NO_RULE,
    },
  ])

it('what a run reports passes the gate to the tenant; what waits is purged when consent is withdrawn', async () => {
  using scratch = new Scratch()
  await using collector = await Collector.start()
  const consent = await FollowedConsent.open('tenant', {}, scratch.join('consent'))
  const told: ActionRecord[] = []
  const transport = new HttpTransport({ url: collector.url, proxy: null })
  const sinks = await TenantSinks.open(
    [transport],
    scratch.join('spool'),
    consent,
    () => null,
    (action) => told.push(action),
  )
  sinks.visit(run())
  sinks.report({ type: 'action', time: '2026-11-23T20:00:00Z', action: 'started' })
  await sinks.sinks[0]!.drain()
  expect(collector.lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
    'flow',
    'action',
  ])
  expect(collector.lines.join()).not.toMatch(/secret|192\.0\.2|203\.0\.113/)
  sinks.visit(run())
  const store = await ConsentStore.open(scratch.join('consent'))
  await store.withdraw()
  await consent.check()
  await until(() => told.length > 0)
  expect(told).toMatchObject([{ action: 'reports-purged', by: 'weir', count: 1 }])
  sinks.visit(run())
  await sinks.close()
  expect(collector.lines.length).toBe(2)
})

it('figures of sinks that leave the device say what waits, what was lost and why, and no secret', async () => {
  using scratch = new Scratch()
  await using collector = await Collector.start()
  collector.manners = [say(503)]
  const consent = await FollowedConsent.open('tenant', {}, scratch.join('consent'))
  const url = new URL('?key=hunter2', collector.url)
  const transport = new HttpTransport({ url, token: 'hunter2', proxy: null })
  using engine = new Engine()
  const sinks = await Sinks.open({ format: 'none', records: undefined }, engine, consent)
  expect(sinks.figures()).toEqual([])
  const open = [[transport], scratch.join('spool'), consent, () => null, () => {}] as const
  const tenant = (sinks.tenant = await TenantSinks.open(...open))
  sinks.visit(run())
  await tenant.sinks[0]!.flush()
  await until(() => tenant.sinks[0]!.trouble !== null)
  const name = collector.url.href
  const error = `${collector.url.host} answers 503`
  const figures = { kind: 'http', given: 1, kept: 0, lost: 0, waiting: 1, error }
  expect(sinks.figures()).toEqual([[name, figures]])
  const status = { memory: {}, loop: {}, engine: {}, sinks: { [name]: figures } }
  const text = statusText(status as unknown as Status)
  expect(text).toContain(`${name} 0 records sent, 1 waiting; last error: ${error}\n`)
  expect(metricsText(status as unknown as Status)).toContain(
    `# TYPE weir_sink_records_waiting gauge\nweir_sink_records_waiting{sink="${name}"} 1\n`,
  )
  expect(JSON.stringify(sinks.figures()) + text).not.toContain('hunter2')
  await tenant.close()
})

it('nothing is sent while the consent file cannot be read, and nothing of it is lost', async () => {
  using scratch = new Scratch()
  await using collector = await Collector.start()
  collector.manners = [say(503), accept]
  const consent = await FollowedConsent.open('tenant', {}, scratch.join('consent'))
  const transport = new HttpTransport({ url: collector.url, proxy: null })
  const sinks = await TenantSinks.open(
    [transport],
    scratch.join('spool'),
    consent,
    () => null,
    () => {},
  )
  sinks.visit(run())
  mkdirSync(scratch.join('consent'), { recursive: true })
  writeFileSync(scratch.join('consent', 'consent.json'), 'damaged')
  await consent.check()
  await sinks.sinks[0]!.flush()
  await sleep(100)
  await sinks.close()
  expect(collector.lines).toEqual([])
  expect(sinks.sinks[0]!.counts).toMatchObject({ waiting: 1, lost: 0, purged: 0 })
})

it('weir consent withdraw deletes what waits while nobody sends it', async () => {
  using scratch = new Scratch()
  const path = spoolOf(scratch.join('spool'), 'https://collector.example/')
  const spool = await Spool.open(path)
  spool.add(entry('{"a":1}', 'flow', 0))
  await spool.sync()
  await spool.close()
  const args = ['--dir', scratch.join('consent'), '--spool', scratch.join('spool')]
  expect(weir(['consent', 'withdraw', ...args]).code).toBe(0)
  const after = await Spool.open(path)
  expect(after.counts).toMatchObject({ spooled: 0 })
  await after.close()
})

it.each([
  ['ftp://example.org/', /https:\/\/, clickhouse:/],
  ['nothing', /https:\/\/, clickhouse:/],
  ['clickhouse://user:secret@example.org/weir', /^no password/],
  ['http://example.org/', /use https/],
  ['otlp+http://example.org/v1/logs', /use https/],
  ['clickhouse://example.org/a b', /database/],
])('--sink %s is refused', async (url, why) => {
  await expect(transportOf(url, { tls: {} })).rejects.toThrow(why)
})

it.each([
  ['https://example.org/v1', 'https://example.org/v1'],
  ['clickhouse://user@example.org', 'clickhouse://example.org:8443/weir'],
  ['clickhouse://127.0.0.1/fleet', 'clickhouse://127.0.0.1:8123/fleet'],
  ['syslog+tls://example.org', 'syslog+tls://example.org'],
  ['otlp+https://example.org/v1/logs', 'otlp+https://example.org/v1/logs'],
])('--sink %s is %s', async (url, name) => {
  const transport = await transportOf(url, { token: 'abc', tls: {} })
  expect(transport.name).toBe(name)
  await transport.close()
})

it('a token file that is not there is told', async () => {
  const files = { token: '/nowhere/token' }
  const options = { urls: ['https://example.org/'], files, directory: undefined }
  await expect(prepareTenantSinks(options)).rejects.toMatchObject({ code: 'WEIR_CANNOT_READ' })
  expect(weir(['run', '--sink-token', 'x']).err).toMatch(/go with --sink/)
})

it('weir fleet init sets a server up', async () => {
  await using server = await ClickHouseServer.start()
  const url = `clickhouse://${server.url.host}/fleet`
  const { code, out, err } = weir(['fleet', 'init', url, '--days', '7', '--print'])
  expect(err).toBe('')
  expect(code).toBe(0)
  expect(out).toContain('CREATE TABLE IF NOT EXISTS `fleet`.flows')
  expect(out).toContain('fleet is set up, on ClickHouse 18.16')
  const tables = await server.ask<[string]>(
    "SELECT name FROM system.tables WHERE database = 'fleet'",
  )
  expect(tables.flat()).toEqual(
    expect.arrayContaining(['flows', 'lookups', 'reports', 'flows_hourly']),
  )
  await server.stop()
  const down = weir(['fleet', 'init', url])
  expect(down.code).toBe(4)
  expect(weir(['fleet', 'init', url, '--days', '31']).code).toBe(2)
})
