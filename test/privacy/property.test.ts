import { expect, it } from 'vitest'
import { makeGate } from '../../src/privacy/gate.js'
import type { GateName, GateValues } from '../../src/privacy/gates.js'
import {
  type Destination,
  INVENTORY,
  type Item,
  RECORD_TYPES,
} from '../../src/privacy/inventory.js'
import type { Report } from '../../src/privacy/reports.js'
import type { DnsRecord, FlowRecord } from '../../src/records/types.js'
import { FORMATS } from './formats.js'
import { one, random, randomRecord, randomValues, type Sample, type Secret } from './random.js'

const KEY = Buffer.from('a key that stays on the device !')
const CONSENTS = 120
const RECORDS = 20

type Traffic = FlowRecord | DnsRecord

const isLocal = (ip: string): boolean => ip.startsWith('10.') || ip.startsWith('fd00:')

/** What the gates say of a record, in the words of the README and not of the code. */
function rules(values: GateValues, destination: Destination, { action, reason }: Traffic) {
  if (destination === 'device') {
    const [names, addresses] = [values['device-names'], values['device-addresses']]
    return { names, addresses, details: true, network: true, isAnonymous: false }
  }
  const isAudited = reason === 'audit-mode' || action === 'audit'
  const isBad = ['block', 'warn'].includes(action) || reason === 'default-block'
  const isStopped = isBad && reason !== 'audit-mode'
  const protection = values['network-protection']
  const isReported = isStopped || (isAudited && protection === 'audit')
  const how = isReported ? 'full' : values['allowed-flows']
  if (values.reports === 'off' || protection === 'disabled' || how === 'none') return null
  const isAnonymous = how === 'anonymous'
  if (isAnonymous) {
    return { names: 'none', addresses: 'none', details: false, network: false, isAnonymous }
  }
  const details = values['unsafe-site-details'] === 'on'
  const network = values['network-protection-privacy'] === 'off'
  return { names: values.names, addresses: values.addresses, details, network, isAnonymous }
}

/** Every text that must not appear. */
function closed(
  { record, secrets }: Sample,
  rule: NonNullable<ReturnType<typeof rules>>,
): string[] {
  const { names, addresses, details, network, isAnonymous } = rule
  const out: string[] = []
  const name = (secret: Secret, isOpen = true): void => {
    if (!isOpen || names !== 'full') out.push(secret.full)
    const isShown = names === 'full' || names === 'domain'
    if ((!isOpen || !isShown) && secret.domain !== 'github.io') out.push(secret.domain)
  }
  const address = (ip: string, isOpen = true): void => {
    if (!isOpen || addresses !== 'full' || (!network && isLocal(ip))) out.push(ip)
  }
  name(secrets.host)
  for (const secret of [...secrets.hosts, ...secrets.answers]) name(secret, details)
  address(secrets.server)
  address(secrets.client, network)
  address(secrets.answerAddress, details)
  if (!details) out.push(secrets.ja4, secrets.alpn, ...unshared(secrets.overruled, record, secrets))
  if (names !== 'full') {
    out.push(...[...secrets.rule, ...secrets.overruled].filter((text) => text !== secrets.server))
  }
  if (isAnonymous) out.push(secrets.category, ...secrets.times, ...secrets.sizes.map(String))
  if (!network) out.push(`"port":${record.client.port}`)
  return out
}

/** Texts of the rule that lost, without those that the record says for another reason. */
const unshared = (texts: readonly string[], { rule }: Traffic, { server }: Sample['secrets']) =>
  texts.filter((text) => text !== server && text !== rule?.text)

it('nothing that a gate closes appears, in any format', async () => {
  const pick = random(5)
  let [passed, refused] = [0, 0]
  for (let i = 0; i < CONSENTS; i++) {
    const values = randomValues(pick)
    const destination = one(pick, ['device', 'tenant'] as const)
    const gate = await makeGate({ revision: 1, values }, { destination, key: KEY })
    for (let j = 0; j < RECORDS; j++) {
      const sample = randomRecord(pick)
      const before = structuredClone(sample.record)
      const rule = rules(values, destination, sample.record)
      const cleared = gate.clear(sample.record)
      expect(sample.record).toEqual(before)
      expect(cleared === null).toBe(rule === null)
      if (!cleared || !rule) {
        refused++
        continue
      }
      passed++
      for (const { name, encode } of FORMATS) {
        const text = encode(cleared)
        const found = closed(sample, rule).filter((secret) => text.includes(secret))
        expect(found, `${name} for the ${destination}: ${JSON.stringify(values)}`).toEqual([])
      }
    }
  }
  expect(passed).toBeGreaterThan(400)
  expect(refused).toBeGreaterThan(400)
})

it('finds what a gate leaves open by mistake', async () => {
  const pick = random(6)
  const values = {
    ...randomValues(pick),
    'device-names': 'none',
    'device-addresses': 'full',
  } as const
  const gate = await makeGate({ revision: 1, values }, { destination: 'device', key: KEY })
  const sample = randomRecord(pick)
  const rule = rules(values, 'device', sample.record)!
  const leaking = { ...gate.clear(sample.record), host: sample.record.host }
  expect(closed(sample, rule).some((secret) => JSON.stringify(leaking).includes(secret))).toBe(true)
})

/** A value that an item takes, found nowhere else where it is a text. */
function valueOf(item: Item, serial: number): unknown {
  const { type } = item
  if (typeof type !== 'string') return type[serial % type.length]
  switch (type) {
    case 'count':
      return 700_000_000 + serial
    case 'flag':
      return true
    case 'time':
      return `2026-11-23T19:03:00.${serial}Z`
    case 'texts':
      return [textOf(item, serial)]
    default:
      return textOf(item, serial)
  }
}

/** Some text that the pattern takes. */
function textOf({ pattern = '.*' }: Item, serial: number): string {
  const word = `zw${serial.toString(36)}wz`
  const texts = [word, `${word}.example`, `${word}@x.example`, `f (weir:${word}.js:1:2)`]
  const more = [
    word.toUpperCase(),
    `SIG${word.toUpperCase()}`,
    'zq',
    `sixteen-${'a'.repeat(serial % 9)}z`,
  ]
  return [...texts, ...more].find((text) => new RegExp(`^(?:${pattern})$`, 'su').test(text))!
}

/** By the README: what each gate is about. */
const isClosed = (values: GateValues, gate: GateName): boolean => {
  if (gate === 'names') return values.names !== 'full'
  return ['off', 'none'].includes(values[gate])
}

it('so it is with reports', async () => {
  const pick = random(7)
  let serial = 100_000
  let passed = 0
  for (let i = 0; i < CONSENTS; i++) {
    const values = randomValues(pick)
    const gate = await makeGate({ revision: 1, values }, { destination: 'tenant', key: KEY })
    for (const kind of RECORD_TYPES) {
      if (kind === 'flow' || kind === 'dns') continue
      const items = Object.entries<Item>(INVENTORY[kind])
      const fields = items.map(([field, item]) => [field, valueOf(item, serial++)] as const)
      const report = { type: kind, ...Object.fromEntries(fields) } as unknown as Report
      const cleared = gate.clear(report)
      const isOff = (gate: GateName): boolean =>
        items[0]![1].gate === gate && values[gate] === 'off'
      const gates = ['reports', 'crash-reports', 'optional-data', 'feedback'] as const
      expect(cleared === null, kind).toBe(values.reports === 'off' || gates.some(isOff))
      if (!cleared) continue
      passed++
      for (const { name, encode } of FORMATS) {
        const text = encode(cleared)
        for (const [field, value] of fields) {
          const item = new Map(items).get(field)!
          if (typeof item.type !== 'string' || !isClosed(values, item.gate)) continue
          expect(text, `${name}: ${kind}.${field}`).not.toContain(String(value))
        }
      }
    }
  }
  expect(passed).toBeGreaterThan(400)
})
