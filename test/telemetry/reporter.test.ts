import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { type RunOptions, readOptions } from '../../src/cli/runoptions.js'
import { featuresOf } from '../../src/cli/runfeatures.js'
import type { Report } from '../../src/privacy/reports.js'
import { ConsentStore } from '../../src/privacy/store.js'
import { RECORD_KINDS } from '../../src/records/vocabulary.js'
import { crashReport } from '../../src/telemetry/crash.js'
import { Outbox } from '../../src/telemetry/outbox.js'
import { Reporter, type ReporterOptions } from '../../src/telemetry/reporter.js'
import { Carried } from '../../src/telemetry/usage.js'
import { ringOf, v4 } from '../support/ring.js'
import { until } from '../support/namespace.js'
import { Place } from './place.js'

const FEATURES = { features: ['guard'], protection: 'block', lists: 1, rules: 9 } as const
const INSPECTED = { networkUp: 1, networkDown: 2, packets: 3, flows: 4 }

/** A reporter whose reports are cleared, as a run does, and looked at. */
async function report(place: Place, more: Partial<ReporterOptions> = {}) {
  const store = await ConsentStore.open(place.config)
  const outbox = new Outbox(place.join('out'))
  const given: Report[] = []
  const told: string[] = []
  const gate = { now: await store.gate('tenant') }
  const reporter = new Reporter({
    store,
    outbox,
    state: place.state,
    command: 'run',
    inspected: () => INSPECTED,
    features: () => FEATURES,
    give: (one) => {
      const cleared = gate.now.clear(one)
      if (cleared) given.push(cleared as Report)
    },
    revision: () => gate.now.revision,
    send: () => Promise.resolve(),
    tell: ({ message }) => told.push(message),
    everyMs: 20,
    ...more,
  })
  const types = (): string[] => given.map(({ type }) => type)
  const count = (type: string): number => types().filter((one) => one === type).length
  return { store, outbox, given, told, gate, reporter, count }
}

it('says the device once, memory at each look, and what is optional only with consent', async () => {
  using place = new Place()
  const { store, gate, given, reporter, count } = await report(place)
  await until(() => count('memory') > 2)
  expect([count('device'), count('usage'), count('features')]).toEqual([1, 0, 0])
  expect(given[0]).toMatchObject({ type: 'device', appPackage: 'weir', upgradeStatus: 'current' })
  await store.set({ gate: 'optional-data', value: 'on', by: 'user' })
  const looks = count('memory')
  await until(() => count('memory') > looks + 1) // the gate is the old one still
  expect([count('device'), count('features')]).toEqual([1, 0])
  gate.now = await store.gate('tenant')
  await reporter.changed()
  expect([count('device'), count('features')]).toEqual([2, 1])
  await until(() => count('usage') > 0)
  const before = count('usage')
  await reporter.close()
  await reporter.close()
  expect(count('usage')).toBe(before + 1)
  expect(given.at(-1)).toMatchObject({ ...INSPECTED, commands: ['run'] })
  const memory = count('memory')
  await sleep(60)
  expect([count('memory'), count('features')]).toEqual([memory, 1])
})

it('purges what waits when consent is withdrawn by another process, and says no more', async () => {
  using place = new Place()
  const { outbox, store, given, gate, reporter } = await report(place, { everyMs: 60_000 })
  await until(() => given.length > 1)
  await outbox.keep(crashReport(new Error('x')), store)
  const other = await ConsentStore.open(place.config)
  await other.withdraw()
  gate.now = await other.gate('tenant')
  const before = given.length
  await reporter.changed()
  await reporter.close()
  expect(readdirSync(outbox.directory)).toEqual([])
  expect(given).toHaveLength(before)
})

it('sends what earlier runs left, each look, and is not kept up by a collector that hangs', async () => {
  using place = new Place()
  let sends = 0
  const send = async (outbox: Outbox, signal: AbortSignal): Promise<void> => {
    sends++
    if (sends === 1) throw new Error('it is down')
    if (sends === 2) throw new Error('it is down')
    expect((await outbox.waiting(await ConsentStore.open(place.config))).length).toBe(1)
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  }
  const { outbox, store, told, reporter } = await report(place, { send })
  await outbox.keep(crashReport(new Error('x')), store)
  await until(() => sends === 3)
  await sleep(60)
  expect([sends, told]).toEqual([3, ['it is down']])
  await reporter.close()
})

it('is not stopped by a consent file that is damaged: that is told once', async () => {
  using place = new Place()
  mkdirSync(place.config, { recursive: true })
  const { told, given, reporter } = await report(place)
  await until(() => given.length > 1)
  writeFileSync(`${place.config}/consent.json`, '{')
  await until(() => told.length > 0)
  const before = given.length
  await sleep(60)
  expect([told.length, given.length]).toEqual([1, before])
  expect(dirname(place.config)).toContain(place.path)
  await reporter.close()
})

it('what flows carried is counted where their records lie', () => {
  const carried = new Carried()
  const flow = {
    kind: RECORD_KINDS.flow,
    ipVersion: 4,
    transport: 6,
    client: v4(192, 0, 2, 1),
    server: v4(203, 0, 113, 2),
    bytesUp: 300,
    bytesDown: 2 ** 33,
  } as const
  carried.visit(ringOf([flow, { ...flow, kind: RECORD_KINDS.dns }, flow]))
  expect(carried).toMatchObject({ networkUp: 600, networkDown: 2 ** 34 })
})

it('what is configured is words of the inventory, without names and paths', async () => {
  using place = new Place()
  const args = ['--dns', 'null', '--pcap', '/secret/x', '--sink', 'syslog+tls://secret.example']
  const options: RunOptions = readOptions([...args, '--preset', 'phone', '--no-history'])
  const rules = { size: 3, lists: 2, protection: 'audit', reload: never, close: never } as const
  const features = featuresOf(options, rules)
  expect(features).toEqual({
    features: ['dns.null', 'pcap', 'preset.phone', 'sink.syslog-tls'],
    protection: 'audit',
    lists: 2,
    rules: 3,
  })
  const store = await ConsentStore.open(place.config)
  await store.set({ gate: 'optional-data', value: 'on', by: 'user' })
  const time = '2026-11-23T20:00:00Z'
  expect((await store.gate('tenant')).clear({ type: 'features', time, ...features })).not.toBeNull()
})

const never = (): Promise<void> => Promise.reject(new Error('not asked for'))
