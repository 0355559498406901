import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readCapture } from '../../src/capture/capture.js'
import { replay } from '../../src/capture/replay.js'
import { Engine, REPLAY_SEED } from '../../src/engine/engine.js'
import { effectiveConsent, NO_CONSENT } from '../../src/privacy/consent.js'
import { type ClearedRecord, makeGate } from '../../src/privacy/gate.js'
import { STRICT } from '../../src/privacy/gates.js'
import type { Report } from '../../src/privacy/reports.js'
import type { TrafficRecord } from '../../src/records/types.js'
import { crashReport, versions } from '../../src/telemetry/crash.js'
import { parseCrash } from '../../src/telemetry/crashnative.js'
import { Outbox, WAITING_MAX } from '../../src/telemetry/outbox.js'
import { Scratch } from '../sinks/spoolsupport.js'
import { weir } from '../support/weir.js'
import { canaryCapture, HOSTS, leaks, secrets } from './canaries.js'
import { FORMATS } from './formats.js'
import { filesOf, SINKS } from './sinks.js'

const directory = mkdtempSync(join(tmpdir(), 'weir-canary-'))
const at = (name: string): string => join(directory, name)
const bytes = canaryCapture()
writeFileSync(at('canary.pcap'), bytes)
writeFileSync(at('rules.txt'), '||secure.example^\n||txt.shop.example^\n203.0.113.1\n')

async function records(): Promise<TrafficRecord[]> {
  using engine = new Engine({ seed: REPLAY_SEED })
  const all: TrafficRecord[] = []
  for await (const batch of replay(readCapture(at('canary.pcap')), engine)) all.push(...batch)
  return all
}

/** Runs of the command that read the capture, and what they end with: one row each. */
const RUNS: readonly (readonly [args: readonly string[], code: number])[] = [
  [['replay', at('canary.pcap')], 0],
  [['replay', at('canary.pcap'), '--format', 'ndjson', '--stats'], 0],
  [['replay', at('canary.pcap'), '--format', 'summary'], 0],
  [['replay', at('canary.pcap'), '--rules', at('rules.txt'), '--format', 'ndjson'], 0],
  [['replay', at('canary.pcap'), '--expect', at('expected.ndjson'), '--update'], 0],
  [['replay', at('canary.pcap'), '--expect', at('other.ndjson')], 1],
  [['diff', at('rules.txt'), 'none', '--against', at('canary.pcap')], 1],
  // Captures that break off within a secret, and what is none.
  [['replay', at('cut.pcap'), '--format', 'ndjson'], 3],
  [['replay', at('length.pcap')], 3],
  [['replay', at('none.pcap')], 4],
]
writeFileSync(at('other.ndjson'), '{"type":"flow","id":1}\n')
writeFileSync(at('cut.pcap'), bytes.subarray(0, bytes.indexOf('zqcanary-cookie') + 5))
writeFileSync(at('none.pcap'), [...secrets].join('\n'))
const long = Buffer.from(bytes)
long.writeUInt32LE(0x7fff_ffff, 24 + 8)
writeFileSync(at('length.pcap'), long)

describe('no secret is found', () => {
  it.each(RUNS)('in what weir %j says', (args, code) => {
    const run = weir(args)
    expect([run.code, run.err.includes('internal')]).toEqual([code, false])
    expect(leaks(run.out + run.err)).toEqual([])
  })

  it('in files that it writes', () => {
    const written = readdirSync(directory).filter((name) => name === 'expected.ndjson')
    expect(written).toHaveLength(1)
    for (const name of written) expect(leaks(readFileSync(at(name)))).toEqual([])
  })

  it.each(FORMATS)('in $name, for the device and for the tenant', async ({ encode }) => {
    const values = { ...STRICT, 'unsafe-site-details': 'on', 'allowed-flows': 'full' } as const
    for (const destination of ['device', 'tenant'] as const) {
      const gate = await makeGate({ revision: 1, values }, { destination, key: Buffer.alloc(32) })
      for (const record of await records()) {
        const cleared = gate.clear(record)
        if (cleared) expect(leaks(encode(cleared))).toEqual([])
      }
    }
  })

  it.each(SINKS)('in what $name holds', async ({ write }) => {
    const held = await write(await cleared())
    expect(held.length).toBeGreaterThan(0)
    for (const output of held) expect(leaks(output)).toEqual([])
  })

  it('in the outbox, whatever was thrown', async () => {
    const held = await outboxOf([...secrets].flatMap(thrownWith).map(crashReport))
    expect(held).toHaveLength(WAITING_MAX)
    for (const output of held) expect(leaks(output)).toEqual([])
  })

  it('in the outbox, whatever a native crash has left', async () => {
    const header = JSON.stringify({ ...versions(), start: 1 })
    const left = [...secrets].map((text) => `${header}\nsignal 11\n${text}\nweir+0x1f\n ${text}`)
    const held = await outboxOf(left.map((text) => parseCrash(text, 2)!))
    expect(held).toHaveLength(WAITING_MAX)
    for (const output of held) {
      expect(output.toString()).toContain('weir+0x1f')
      expect(leaks(output)).toEqual([])
    }
  })
})

/** Records of the capture that may go to the tenant: more than by default. */
async function cleared(): Promise<ClearedRecord<'tenant'>[]> {
  const gate = await makeGate(
    { revision: 1, values: { ...STRICT, 'allowed-flows': 'full' } },
    { destination: 'tenant', key: Buffer.alloc(32) },
  )
  const all = (await records()).flatMap((record) => gate.clear(record) ?? [])
  expect(all.length).toBeGreaterThan(20)
  return all
}

/** What may hold a secret when it is thrown: the message, the name, the code, the stack, further fields, or all of it. */
const thrownWith = (text: string): unknown[] => [
  new Error(text, { cause: text }),
  Object.assign(new Error('it failed'), { name: text, code: text, path: text }),
  Object.assign(new Error('it failed'), {
    stack: `Error: it failed\n    at ${text} (${text}:1:1)`,
  }),
  text,
]

/** What lies in the outbox with these reports in it. */
async function outboxOf(reports: readonly Report[]): Promise<Buffer[]> {
  using scratch = new Scratch()
  const outbox = new Outbox(scratch.path)
  for (const report of reports)
    await outbox.keep(report, { effective: effectiveConsent(NO_CONSENT) })
  return filesOf(scratch.path)
}

describe('the test would find one', () => {
  it('for the capture was read: its names, and many protocols', async () => {
    const all = await records()
    const hosts = new Set(all.map(({ host }) => host))
    for (const host of HOSTS) expect(hosts).toContain(host)
    const protocols = new Set(all.map(({ protocol }) => protocol))
    for (const protocol of [
      'http',
      'http2',
      'websocket',
      'https',
      'quic',
      'dns',
      'smtp',
      'ftp',
    ] as const) {
      expect(protocols).toContain(protocol)
    }
    expect(protocols.size).toBeGreaterThan(15)
    expect(all.filter((record) => record.type === 'dns').length).toBeGreaterThan(1)
  })

  it('for the capture holds every secret', () => {
    expect(secrets.size).toBeGreaterThan(70)
    for (const text of secrets) {
      const isShort = !bytes.includes(text)
      expect(bytes.includes(isShort ? text.slice(0, 30) : text), text).toBe(true)
    }
  })

  it.each([
    ['as it is', (text: string) => text],
    ['a piece', (text: string) => text.slice(0, 12)],
    ['in upper case', (text: string) => text.toUpperCase()],
    ['as hexadecimal', (text: string) => Buffer.from(text).toString('hex')],
    ['as a buffer of JSON', (text: string) => JSON.stringify(Buffer.from(text))],
    ['in base64', (text: string) => Buffer.from(`sid=${text}`).toString('base64')],
    ['in base64, elsewhere', (text: string) => Buffer.from(`id=${text}`).toString('base64')],
    ['in base64, at first', (text: string) => Buffer.from(text).toString('base64')],
  ] as const)('leaked %s', async (_, disguise) => {
    const [record] = await records()
    for (const text of secrets) {
      const leaking = { ...record, category: `before${disguise(text)}` }
      expect(leaks(JSON.stringify(leaking))).toHaveLength(1)
      const whole = { ...record, category: disguise(text) }
      expect(leaks(JSON.stringify(whole))).toHaveLength(1)
    }
  })

  it.each(SINKS)('leaked into what $name holds', async ({ write }) => {
    const [record, ...others] = await cleared()
    const leaking = { ...record!, category: [...secrets][0]! } as ClearedRecord<'tenant'>
    const held = await write([leaking, ...others])
    expect(held.flatMap(leaks)).not.toEqual([])
  })

  it('leaked into the outbox', async () => {
    const [text] = secrets
    const held = await outboxOf([{ ...crashReport(new Error('x')), frames: [text!] }])
    expect(held.flatMap(leaks)).not.toEqual([])
  })

  it('and the gate refuses a field that would hold it', async () => {
    const [record] = await records()
    const gate = await makeGate(
      { revision: 1, values: STRICT },
      { destination: 'device', key: Buffer.alloc(32) },
    )
    const leaking = { ...record!, path: [...secrets][0] }
    expect(() => gate.clear(leaking)).toThrow('does not list')
  })
})
