import { expect, it } from 'vitest'
import { makeGate } from '../../src/privacy/gate.js'
import { type GateValues, STRICT } from '../../src/privacy/gates.js'
import { ClearedEncoder } from '../../src/privacy/ndjson.js'
import { RecordDecoder } from '../../src/records/decode.js'
import { FLAGS, NO_RULE } from '../../src/records/flags.js'
import { RECORD_KINDS } from '../../src/records/vocabulary.js'
import { type Fields, ringOf, v4 } from '../support/ring.js'

const KEY = Buffer.alloc(32, 7)
const gateOf = (values: Partial<GateValues> = {}) =>
  makeGate({ revision: 1, values: { ...STRICT, ...values } }, { destination: 'device', key: KEY })
const noRule = (): null => null

const FLOW: Fields = {
  kind: RECORD_KINDS.flow,
  flowId: 3,
  ipVersion: 4,
  transport: 6,
  client: v4(192, 0, 2, 1),
  server: v4(203, 0, 113, 250),
  serverPort: 443,
  hostSource: 1,
  name: 'www.example.org',
  ja4: 't13d',
  rule: NO_RULE,
  overruled: NO_RULE,
}
const NAME: Fields = { kind: RECORD_KINDS.name, hostSource: 3, name: 'further.example' }
const ANSWER: Fields = { kind: RECORD_KINDS.answer, qtype: 5, name: 'edge.example' }
const DNS: Fields = { ...FLOW, kind: RECORD_KINDS.dns, flags: FLAGS.query | FLAGS.response }

const linesOf = (encoder: ClearedEncoder): Record<string, unknown>[] =>
  Buffer.from(encoder.take())
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

it.each([
  ['open', {}],
  ['closed', { 'device-names': 'domain', 'device-addresses': 'prefix' }],
] as const)('an %s gate comes to what it makes of each record', async (_, values) => {
  const gate = await gateOf(values)
  const run = ringOf([NAME, FLOW, ANSWER, DNS])
  const encoder = new ClearedEncoder({ gate }, noRule)
  encoder.encode(run)
  const expected = new RecordDecoder(noRule).decode(run).map((record) => gate.clear(record))
  const lines = linesOf(encoder)
  expect(lines).toEqual(JSON.parse(JSON.stringify(expected)))
  expect(lines).toHaveLength(2)
})

it('when consent changes between runs, the lines before are kept, and no name goes to another flow', async () => {
  const clearance = { gate: await gateOf() }
  const encoder = new ClearedEncoder(clearance, noRule)
  encoder.encode(ringOf([FLOW, NAME]))
  clearance.gate = await gateOf({ 'device-names': 'none' })
  encoder.encode(ringOf([FLOW, NAME]))
  clearance.gate = await gateOf()
  encoder.encode(ringOf([FLOW]))
  expect(linesOf(encoder)).toMatchObject([
    { host: 'www.example.org' },
    { host: null, withheld: ['device-names'] },
    { host: 'www.example.org' },
  ])
  encoder.encode(ringOf([FLOW]))
  expect(linesOf(encoder)[0]).not.toHaveProperty('hosts')
})
