import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readCapture } from '../../src/capture/capture.js'
import { replay } from '../../src/capture/replay.js'
import { Engine, REPLAY_SEED } from '../../src/engine/engine.js'
import { makeGate } from '../../src/privacy/gate.js'
import { STRICT } from '../../src/privacy/gates.js'
import type { TrafficRecord } from '../../src/records/types.js'
import { weir } from '../support/weir.js'
import { canaryCapture, HOSTS, leaks, secrets } from './canaries.js'
import { FORMATS } from './formats.js'
import { SINKS } from './sinks.js'

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
    const gate = await makeGate(
      { revision: 1, values: { ...STRICT, 'allowed-flows': 'full' } },
      { destination: 'tenant', key: Buffer.alloc(32) },
    )
    const cleared = (await records()).flatMap((record) => gate.clear(record) ?? [])
    expect(cleared.length).toBeGreaterThan(20)
    const held = await write(cleared)
    expect(held.length).toBeGreaterThan(0)
    for (const output of held) expect(leaks(output)).toEqual([])
  })
})

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
