import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConsentStore } from '../../src/privacy/store.js'
import { deviceReport, upgradeStatus, wifiMac } from '../../src/telemetry/device.js'
import { memoryLimit, memoryReport, pressureOf } from '../../src/telemetry/memory.js'
import { Outbox, WAITING_MAX } from '../../src/telemetry/outbox.js'
import { osRelease, word } from '../../src/telemetry/product.js'
import { featuresReport, usageReport } from '../../src/telemetry/usage.js'
import { Place } from './place.js'

const INSPECTED = { networkUp: 1, networkDown: 2, packets: 3, flows: 4 }
const FEATURES = { features: ['dns.nodata'], protection: 'block', lists: 1, rules: 9 } as const

describe('what Weir reports of itself', () => {
  it('is the device and the product, as the inventory has them', async () => {
    using place = new Place()
    const store = await ConsentStore.open(place.config)
    await store.identify({ tenantId: 'contoso' })
    const report = await deviceReport(store, place.state)
    const gate = await store.gate('tenant')
    expect(gate.clear(report)).toEqual(report)
    expect(report).toMatchObject({
      deviceId: (await store.identity()).guid,
      deviceIdKind: 'guid',
      tenantId: 'contoso',
      cpuArchitecture: process.arch,
      appPackage: 'weir',
      upgradeStatus: 'current',
    })
    expect(report.cpuCores).toBeGreaterThan(0)
  })

  it('holds no identifier where the administrator wants none', async () => {
    using place = new Place()
    const store = await ConsentStore.open(place.config)
    await store.set({ gate: 'device-identifier', value: 'none', by: 'admin' })
    expect(await deviceReport(store, place.state)).not.toHaveProperty('deviceId')
    expect(readdirSync(place.config)).not.toContain('identity.json')
  })

  it('is use and features only with consent', async () => {
    using place = new Place()
    const store = await ConsentStore.open(place.config)
    const reports = [usageReport('run', INSPECTED), featuresReport(FEATURES)]
    const strict = await store.gate('tenant')
    expect(reports.map((report) => strict.clear(report))).toEqual([null, null])
    await store.set({ gate: 'optional-data', value: 'on', by: 'user' })
    const open = await store.gate('tenant')
    expect(reports.map((report) => open.clear(report))).toEqual(reports)
  })

  it('is memory, with a limit and a pressure where the system has them', async () => {
    using place = new Place()
    const report = memoryReport()
    const store = await ConsentStore.open(place.config)
    expect((await store.gate('tenant')).clear(report)).toEqual(report)
    expect(report.peak).toBeGreaterThanOrEqual(report.resident)
    expect(memoryLimit(1 << 20, 1 << 30)).toBe(1 << 20)
    expect(memoryLimit(2 ** 64, 1 << 30)).toBeUndefined()
    const psi = (some: string, full: string): string =>
      `some avg10=${some} avg60=0.00 avg300=0.00 total=0\nfull avg10=${full} avg60=0.00 avg300=0.00 total=0\n`
    expect(pressureOf(psi('0.00', '0.00'))).toBe('none')
    expect(pressureOf(psi('7.31', '2.00'))).toBe('some')
    expect(pressureOf(psi('99.00', '10.00'))).toBe('critical')
    expect(pressureOf('')).toBeUndefined()
  })

  it('knows versions, systems and Wi-Fi', async () => {
    using place = new Place()
    expect(await upgradeStatus(place.state, '1.2.0')).toBe('current')
    expect(await upgradeStatus(place.state, '1.10.0')).toBe('upgraded')
    expect(await upgradeStatus(place.state, '1.10.0')).toBe('current')
    expect(await upgradeStatus(place.state, '1.9.9')).toBe('downgraded')
    expect(osRelease("NAME=\"A 'B\"\nVERSION_ID=12\nX='y'\n").get('NAME')).toBe("A 'B")
    expect(word('\u0000Strange"$OS')).toBe('StrangeOS')
    for (const name of ['eth0', 'wlan0']) {
      mkdirSync(join(place.path, 'net', name), { recursive: true })
      writeFileSync(join(place.path, 'net', name, 'address'), '02:00:00:00:00:0a\n')
    }
    expect(wifiMac(join(place.path, 'net'))).toBeUndefined()
    mkdirSync(join(place.path, 'net', 'wlan0', 'wireless'))
    expect(wifiMac(join(place.path, 'net'))).toBe('02:00:00:00:00:0a')
  })
})

describe('an outbox', () => {
  const feedback = (comment: string) =>
    ({ type: 'feedback', time: '2026-11-23T20:00:00Z', feedback: 'idea', comment }) as const

  it('keeps what waits, for its owner alone, bounded in number and size', async () => {
    using place = new Place()
    const store = await ConsentStore.open(place.config)
    const outbox = new Outbox(place.join('out'))
    await outbox.keep(feedback('x'.repeat(1 << 17)), store)
    expect(await outbox.waiting(store)).toEqual([])
    for (let i = 0; i < WAITING_MAX + 3; i++) await outbox.keep(feedback(`c${i}`), store)
    const files = readdirSync(outbox.directory)
    expect(files).toHaveLength(WAITING_MAX)
    for (const file of files) {
      expect(statSync(join(outbox.directory, file)).mode & 0o777).toBe(0o600)
    }
    const [first] = await outbox.waiting(store)
    expect(await outbox.waiting(store)).toContainEqual(first)
    await outbox.done(first!)
    expect(await outbox.waiting(store)).toHaveLength(WAITING_MAX - 1)
  })

  it('loses what consent no longer covers, and what is damaged', async () => {
    using place = new Place()
    const store = await ConsentStore.open(place.config)
    const outbox = new Outbox(place.join('out'))
    await outbox.keep(feedback('before'), store)
    const name = '1700000000000-00000000-0000-4000-8000-000000000000.report'
    writeFileSync(join(outbox.directory, name), '{"revision": "1')
    expect(await outbox.waiting(store)).toHaveLength(1)
    await store.withdraw()
    await store.set({ gate: 'reports', value: 'default', by: 'user' }).catch(() => [])
    expect(await outbox.waiting(store)).toEqual([])
    expect(readdirSync(outbox.directory)).toEqual([])
    await outbox.keep(feedback('after'), store)
    await outbox.purge(new Set(['feedback']))
    expect(readdirSync(outbox.directory)).toEqual([])
    expect(readFileSync(join(place.config, 'consent.json'), 'utf8')).toContain('tightened')
  })
})
