import { expect, it } from 'vitest'
import { makeGate } from '../../src/privacy/gate.js'
import type { GateValues } from '../../src/privacy/gates.js'
import type { Destination } from '../../src/privacy/inventory.js'
import type { DnsRecord, FlowRecord } from '../../src/records/types.js'
import { FORMATS } from './formats.js'
import { one, random, randomRecord, randomValues, type Sample, type Secret } from './random.js'

const KEY = Buffer.from('a key that stays on the device !')
const CONSENTS = 400
const RECORDS = 25

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
  expect(passed).toBeGreaterThan(1000)
  expect(refused).toBeGreaterThan(1000)
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
