import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { WeirError } from '../../src/errors.js'
import { makeGate } from '../../src/privacy/gate.js'
import { type GateValues, STRICT } from '../../src/privacy/gates.js'
import type { Destination } from '../../src/privacy/inventory.js'
import type { AnyRecord, DeviceReport } from '../../src/privacy/reports.js'
import type { DnsRecord, FlowRecord } from '../../src/records/types.js'
import { ringOf } from '../support/ring.js'
import { schemaErrors } from '../support/schema.js'

const KEY = Buffer.alloc(32, 7)
const gateOf = <D extends Destination>(destination: D, values: Partial<GateValues> = {}) =>
  makeGate({ revision: 1, values: { ...STRICT, ...values } }, { destination, key: KEY })

const RULE = { text: '||ads.example.test^', list: 'demo-ads', line: 4 }
const FLOW: FlowRecord = {
  type: 'flow',
  id: 3,
  start: '2026-11-23T19:03:21.123456Z',
  end: '2026-11-23T19:03:22.000007Z',
  transport: 'tcp',
  client: { ip: '192.168.1.7', port: 50_000 },
  server: { ip: '203.0.113.250', port: 443 },
  packets: { up: 10, down: 12 },
  bytes: { up: 2000, down: 5_000_000_000 },
  protocol: 'https',
  protocolEvidence: 'payload',
  host: 'cdn.ads.example.test',
  hostSource: 'tls-sni',
  hosts: [
    { host: 'cdn.ads.example.test', source: 'tls-sni' },
    { host: 'www.bank.example', source: 'dns-hint' },
  ],
  nameIsOuter: false,
  hintAmbiguous: false,
  esni: false,
  ech: false,
  alpn: ['h2'],
  tlsVersion: 'TLS 1.3',
  quicVersion: null,
  ja4: 't13d1516h2_8daaf6152771_e5627efa2ab1',
  verdict: 'drop',
  action: 'block',
  reason: 'rule-block',
  rule: RULE,
  category: 'ads',
  overruled: null,
  close: 'reset',
}
const ALLOWED: FlowRecord = { ...FLOW, verdict: 'pass', action: 'none', reason: 'no-rule' }
const DNS: DnsRecord = {
  type: 'dns',
  id: 9,
  start: FLOW.start,
  end: FLOW.end,
  transport: 'udp',
  client: FLOW.client,
  server: { ip: '192.168.1.1', port: 53 },
  protocol: 'dns',
  dnsId: 0xbeef,
  query: 'cdn.ads.example.test',
  host: 'cdn.ads.example.test',
  hostSource: 'dns-qname',
  qtype: 'A',
  querySeen: true,
  rcode: 'NOERROR',
  answerCount: 1,
  answers: [{ type: 'A', ttl: 60, address: '203.0.113.250' }],
  verdict: 'drop',
  action: 'block',
  reason: 'rule-block',
  rule: RULE,
  category: 'ads',
  overruled: null,
}

describe('by default', () => {
  it('the device sees all, and records pass as they are', async () => {
    const gate = await gateOf('device')
    const run = ringOf([])
    expect(gate.isOpen).toBe(true)
    expect(gate.run(run)).toBe(run)
    for (const record of [FLOW, ALLOWED, DNS]) expect(gate.clear(record)).toBe(record)
  })

  it('reports name what was blocked', async () => {
    const gate = await gateOf('tenant')
    expect(gate.run(ringOf([]))).toBeNull()
    expect(gate.clear(FLOW)).toMatchObject({
      host: 'cdn.ads.example.test',
      rule: RULE,
      category: 'ads',
      client: { ip: null, port: null },
      server: { ip: '203.0.113.250', port: 443 },
      alpn: [],
      ja4: null,
      withheld: ['network-protection-privacy', 'unsafe-site-details'],
    })
    expect(gate.clear(FLOW)).not.toHaveProperty('hosts')
    expect(gate.clear(DNS)).toMatchObject({
      query: 'cdn.ads.example.test',
      server: { ip: null, port: 53 },
      dnsId: null,
      answers: [],
      rule: RULE,
    })
  })

  it('reports say of allowed flows neither whom nor when to the second', async () => {
    const gate = await gateOf('tenant')
    expect(gate.clear(ALLOWED)).toEqual({
      ...ALLOWED,
      hosts: undefined,
      start: '2026-11-23T19:03:00.000000Z',
      end: '2026-11-23T19:03:00.000000Z',
      client: { ip: null, port: null },
      server: { ip: null, port: 443 },
      host: null,
      packets: { up: 16, down: 16 },
      bytes: { up: 2048, down: 2 ** 33 },
      alpn: [],
      ja4: null,
      rule: null,
      category: null,
      withheld: ['allowed-flows'],
    })
    const allowed = gate.clear({ ...DNS, action: 'allow', reason: 'rule-allow', verdict: 'pass' })
    expect(allowed).toMatchObject({ query: null, host: null, answers: [], rule: null })
  })

  it('what audit mode would have stopped is an allowed flow', async () => {
    const audited: FlowRecord = { ...FLOW, verdict: 'pass', reason: 'audit-mode' }
    expect((await gateOf('tenant')).clear(audited)).toMatchObject({ host: null })
    const audit = await gateOf('tenant', { 'network-protection': 'audit' })
    expect(audit.clear(audited)).toMatchObject({ host: FLOW.host })
  })
})

describe('levels', () => {
  const hostAt = async (names: GateValues['names'], host: string): Promise<unknown> => {
    const cleared = (await gateOf('tenant', { names })).clear({ ...FLOW, host })
    return cleared?.type === 'flow' ? cleared.host : undefined
  }

  it.each([
    ['full', 'a.b.example.co.uk', 'a.b.example.co.uk'],
    ['domain', 'a.b.example.co.uk', 'example.co.uk'],
    ['domain', 'person.github.io', 'github.io'],
    ['domain', 'co.uk', null],
    ['domain', 'localhost', null],
    ['domain', '203.0.113.9', null],
    ['none', 'a.b.example.co.uk', null],
    ['full', '192.168.1.7', null],
    ['full', '7.1.168.192.in-addr.arpa', null],
  ] as const)('%s: %s becomes %s', async (level, host, expected) => {
    expect(await hostAt(level, host)).toBe(expected)
  })

  it('hashes with a key: the same name the same way, and another device another way', async () => {
    const hash = await hostAt('hash', 'a.example')
    expect(hash).toMatch(/^[0-9a-f]{32}\.hashed\.invalid$/)
    expect(await hostAt('hash', 'a.example')).toBe(hash)
    expect(await hostAt('hash', 'b.example')).not.toBe(hash)
    const values = { ...STRICT, names: 'hash' } as const
    const other = { destination: 'tenant', key: Buffer.alloc(32, 8) } as const
    const there = (await makeGate({ revision: 1, values }, other)).clear({
      ...FLOW,
      host: 'a.example',
    })
    expect(there).not.toMatchObject({ host: hash })
    const none = makeGate({ revision: 1, values }, { ...other, key: new Uint8Array(0) })
    await expect(none).rejects.toThrow('16 bytes')
  })

  it.each([
    ['203.0.113.250', '203.0.113.0'],
    ['2001:db8:1:2::3', '2001:db8:1::'],
    ['2001:db8::3', '2001:db8::'],
    ['2001::1', '2001::'],
    ['::ffff:1:2', '::'],
    ['10.0.0.1', null],
    ['fe80::1', null],
  ])('a prefix of %s is %s', async (ip, expected) => {
    const gate = await gateOf('tenant', { addresses: 'prefix' })
    const cleared = gate.clear({ ...FLOW, server: { ip, port: 443 } })
    expect(cleared).toMatchObject({ server: { ip: expected, port: 443 } })
  })

  it('close the rule with what it speaks of', async () => {
    const gate = await gateOf('tenant', { addresses: 'none' })
    const ruled = (text: string) => gate.clear({ ...FLOW, rule: { ...RULE, text } })
    expect(ruled('ads.example.test')).toMatchObject({ rule: { text: 'ads.example.test' } })
    expect(ruled('203.0.113.0/24')).toMatchObject({ rule: null })
    expect(ruled('203.0.113.250 ads.example.test')).toMatchObject({ rule: null })
    const named = await gateOf('tenant', { names: 'domain' })
    expect(named.clear(FLOW)).toMatchObject({ host: 'example.test', rule: null })
  })
})

it('what is cleared is what the published schema says', async () => {
  for (const names of ['none', 'hash', 'domain', 'full'] as const) {
    for (const allowed of ['anonymous', 'full'] as const) {
      for (const details of ['off', 'on'] as const) {
        const gate = await gateOf('tenant', {
          names,
          'allowed-flows': allowed,
          'unsafe-site-details': details,
        })
        for (const record of [FLOW, ALLOWED, DNS]) {
          expect(schemaErrors(JSON.parse(JSON.stringify(gate.clear(record))))).toEqual([])
        }
      }
    }
  }
})

describe('what the inventory does not list', () => {
  const refused = async (record: object): Promise<void> => {
    for (const destination of ['device', 'tenant'] as const) {
      const gate = await gateOf(destination)
      const attempt = (): unknown => gate.clear(record as AnyRecord)
      expect(attempt).toThrow(WeirError)
      expect(attempt).toThrow(expect.objectContaining({ code: 'WEIR_NOT_IN_INVENTORY' }))
      expect(attempt).not.toThrow(/secret/)
    }
  }

  it.each<object>([
    { ...FLOW, path: '/secret' },
    { ...FLOW, client: { ...FLOW.client, mac: 'secret' } },
    { ...FLOW, hosts: [{ host: 'a.example', source: 'tls-sni', url: 'secret' }] },
    { ...FLOW, rule: 'secret' },
    { ...DNS, answers: [{ type: 'TXT', ttl: 1, data: 'secret' }] },
    { type: 'history', what: 'secret' },
    { type: '__proto__' },
    {},
  ])('is refused in a record: %j', refused)

  const time = '2026-11-23T19:03:00Z'
  it.each<object>([
    { type: 'memory', time, resident: 1, peak: 1, pressure: 'none', url: 'secret' },
    { type: 'memory', time, resident: 'secret', peak: 1, pressure: 'none' },
    { type: 'memory', time, resident: -1, peak: 1, pressure: 'none' },
    { type: 'memory', time, resident: 1, peak: 1, pressure: 'secret' },
    { type: 'crash', time, kind: 'javascript', name: 'secret of mine' },
    { type: 'crash', time, frames: ['at /home/secret/x.js:1:1'] },
    { type: 'action', time: 'secret' },
    { type: 'action', time, constructor: 'secret' },
    { type: 'feedback', time, feedback: 'smile', email: 'secret' },
  ])('is refused in a report: %j', refused)
})

/** What the published schema of reports has against one. */
const reportErrors = new Ajv2020({ allowUnionTypes: true }).compile(
  JSON.parse(
    readFileSync(new URL('../../src/privacy/report.schema.json', import.meta.url), 'utf8'),
  ) as object,
)

describe('reports', () => {
  const time = '2026-11-23T19:03:00Z'
  const device: DeviceReport = {
    type: 'device',
    time,
    osName: 'Debian GNU/Linux',
    osVersion: '12',
    osBuild: '#1 SMP Debian 6.1.0-1 (2026-01-01)',
    cpuArchitecture: 'x64',
    cpuModel: 'Some CPU @ 2.00GHz',
    cpuCores: 2,
    deviceId: '5e0c5e7a-0000-4000-8000-000000000000',
    deviceIdKind: 'guid',
    tenantId: 'contoso',
    appPackage: 'weir',
    appVersion: '0.1.0',
    upgradeStatus: 'current',
  }

  it('pass as they are listed', async () => {
    expect((await gateOf('tenant')).clear(device)).toEqual(device)
  })

  it('are as the published schema says, whatever is withheld', async () => {
    const closed = { 'directory-identifiers': 'off', 'device-identifier': 'none' } as const
    for (const gate of [await gateOf('tenant'), await gateOf('tenant', closed)]) {
      expect(reportErrors(gate.clear(device))).toBe(true)
    }
    expect(reportErrors({ ...device, path: '/x' })).toBe(false)
    expect(reportErrors({ ...device, cpuCores: 'two' })).toBe(false)
    expect(reportErrors({ ...device, osName: '\u0007' })).toBe(false)
  })

  it('lose the identifiers that the policy does not ask for', async () => {
    const without = await gateOf('tenant', {
      'directory-identifiers': 'off',
      'device-identifier': 'none',
    })
    for (const field of ['tenantId', 'deviceId', 'deviceIdKind']) {
      expect(without.clear(device)).not.toHaveProperty(field)
    }
    const mac = { ...device, deviceIdKind: 'wifi-mac', deviceId: '02:00:00:00:00:01' } as const
    expect((await gateOf('tenant')).clear(mac)).not.toHaveProperty('deviceId')
    const allowed = await gateOf('tenant', { 'device-identifier': 'wifi-mac' })
    expect(allowed.clear(mac)).toEqual(mac)
  })

  it('stay on the device where their gate is closed', async () => {
    const usage = {
      type: 'features', time, features: ['dns.sinkhole'], protection: 'block', lists: 3, rules: 9,
    } as const // prettier-ignore
    expect((await gateOf('tenant')).clear(usage)).toBeNull()
    expect((await gateOf('device')).clear(usage)).toEqual(usage)
    expect((await gateOf('tenant', { 'optional-data': 'on' })).clear(usage)).toEqual(usage)
    expect((await gateOf('tenant', { reports: 'off' })).clear(device)).toBeNull()
    expect((await gateOf('device', { reports: 'off' })).clear(device)).toEqual(device)
  })

  it('name by level whom a bypass is about', async () => {
    const bypass = {
      type: 'action',
      time,
      action: 'bypass-granted',
      by: 'user',
      host: 'a.b.example',
    } as const
    expect((await gateOf('tenant')).clear(bypass)).toEqual(bypass)
    const domain = await gateOf('tenant', { names: 'domain' })
    expect(domain.clear(bypass)).toMatchObject({ host: 'b.example' })
    expect((await gateOf('tenant', { names: 'none' })).clear(bypass)).not.toHaveProperty('host')
  })
})
