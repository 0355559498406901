import { describe, expect, it } from 'vitest'
import { RecordDecoder, type RuleDetail } from '../../src/records/decode.js'
import { encode, RecordEncoder } from '../../src/records/encode.js'
import { FLAGS, NO_RULE } from '../../src/records/flags.js'
import type { RecordRun } from '../../src/records/ring.js'
import { PROTOCOLS, RECORD_KINDS } from '../../src/records/vocabulary.js'
import { type Fields, ringOf, v4 } from '../support/ring.js'
import { schemaErrors } from '../support/schema.js'

const protocol = (name: (typeof PROTOCOLS)[number]) => PROTOCOLS.indexOf(name)
const DETAIL = { action: 'block', title: null, severity: 0 } as const
const rule = (number: number, generation: number, low = 0, high = 0): RuleDetail | null => {
  const category = low || high ? `ads,${low},${high}` : 'own'
  if (number === 7) return { ...DETAIL, text: '||ads.example^"ü', list: 'demo', line: 12, category }
  return number === 8
    ? { ...DETAIL, text: '@@x', list: `of ${generation}`, line: 1, category }
    : null
}

const FLOW: Fields = {
  kind: RECORD_KINDS.flow,
  flowId: 3,
  startUs: 1_700_000_000_123_456,
  endUs: 1_700_000_001_000_007,
  ipVersion: 4,
  transport: 6,
  client: v4(192, 0, 2, 1),
  server: v4(203, 0, 113, 250),
  clientPort: 50_000,
  serverPort: 443,
  packetsUp: 10,
  packetsDown: 12,
  bytesUp: 2000,
  bytesDown: 5_000_000_000,
  protocol: protocol('https'),
  evidence: 2,
  hostSource: 1,
  name: 'www.example.org',
  alpn: 'h2,http/1.1',
  tlsVersion: 0x0304,
  ja4: 't13d1516h2_8daaf6152771_e5627efa2ab1',
  verdict: 1,
  rule: NO_RULE,
  overruled: NO_RULE,
  reason: 1,
  close: 1,
}

const both = (run: RecordRun) => {
  const encoder = new RecordEncoder(rule)
  encoder.encode(run)
  const records = new RecordDecoder(rule).decode(run)
  return { text: Buffer.from(encoder.take()).toString('utf8'), records }
}

describe('flow records', () => {
  it('are as documented', () => {
    const { records } = both(ringOf([FLOW]))
    expect(records).toEqual([
      {
        type: 'flow',
        id: 3,
        start: '2023-11-14T22:13:20.123456Z',
        end: '2023-11-14T22:13:21.000007Z',
        transport: 'tcp',
        client: { ip: '192.0.2.1', port: 50_000 },
        server: { ip: '203.0.113.250', port: 443 },
        packets: { up: 10, down: 12 },
        bytes: { up: 2000, down: 5_000_000_000 },
        protocol: 'https',
        protocolEvidence: 'payload',
        host: 'www.example.org',
        hostSource: 'tls-sni',
        nameIsOuter: false,
        hintAmbiguous: false,
        esni: false,
        ech: false,
        alpn: ['h2', 'http/1.1'],
        tlsVersion: 'TLS 1.3',
        quicVersion: null,
        ja4: 't13d1516h2_8daaf6152771_e5627efa2ab1',
        verdict: 'pass',
        action: 'none',
        reason: 'no-rule',
        rule: null,
        category: null,
        overruled: null,
        close: 'fin',
      },
    ])
  })

  it('carry the rule, and take the names that came before them', () => {
    const name = (text: string): Fields => ({
      kind: RECORD_KINDS.name,
      flowId: 3,
      hostSource: 3,
      name: text,
    })
    const run = ringOf([
      name('a.example'),
      name('b.example'),
      {
        ...FLOW,
        rule: 7,
        categories: 5 * 2 ** 32 + 3,
        overruled: 8,
        generation: 2,
        action: 4,
        reason: 2,
        verdict: 0,
      },
    ])
    const [record] = both(run).records
    expect(record).toMatchObject({
      hosts: [
        { host: 'www.example.org', source: 'tls-sni' },
        { host: 'a.example', source: 'http-host' },
        { host: 'b.example', source: 'http-host' },
      ],
      verdict: 'drop',
      action: 'block',
      reason: 'rule-block',
      rule: { text: '||ads.example^"ü', list: 'demo', line: 12 },
      category: 'ads,3,5',
      overruled: { text: '@@x', list: 'of 2', line: 1 },
    })
  })

  it('remember names between runs', () => {
    const encoder = new RecordEncoder(rule)
    encoder.encode(ringOf([{ kind: RECORD_KINDS.name, hostSource: 3, name: 'a.example' }]))
    expect(encoder.size).toBe(0)
    encoder.encode(ringOf([FLOW, FLOW]))
    const lines = Buffer.from(encoder.take()).toString().trimEnd().split('\n')
    expect(lines.map((line) => 'hosts' in (JSON.parse(line) as object))).toEqual([true, false])
  })
})

describe('dns records', () => {
  const answer = (fields: Fields): Fields => ({
    kind: RECORD_KINDS.answer,
    flowId: 9,
    ttl: 300,
    ...fields,
  })
  const dns: Fields = {
    ...FLOW,
    kind: RECORD_KINDS.dns,
    flowId: 9,
    transport: 17,
    serverPort: 53,
    protocol: protocol('dns'),
    name: 'a\\.b.example',
    qtype: 28,
    dnsId: 0xbeef,
    answers: 3,
    flags: FLAGS.query | FLAGS.response,
  }

  it('take the answers that came before them', () => {
    const run = ringOf([
      answer({ qtype: 5, name: 'edge.example' }),
      answer({ qtype: 28, address: [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] }),
      answer({ qtype: 28 }),
      answer({
        qtype: 65,
        flags: FLAGS.addressIsIpv4,
        address: v4(192, 0, 2, 9),
        name: 'x.example',
      }),
      answer({ qtype: 16 }),
      dns,
    ])
    const [record] = both(run).records
    expect(record).toMatchObject({
      type: 'dns',
      id: 9,
      protocol: 'dns',
      dnsId: 0xbeef,
      query: 'a\\.b.example',
      qtype: 'AAAA',
      querySeen: true,
      rcode: 'NOERROR',
      answerCount: 3,
      answers: [
        { type: 'CNAME', ttl: 300, name: 'edge.example' },
        { type: 'AAAA', ttl: 300, address: '2001:db8::1' },
        { type: 'AAAA', ttl: 300, address: '::' },
        { type: 'HTTPS', ttl: 300, address: '192.0.2.9', name: 'x.example' },
        { type: 'TXT', ttl: 300 },
      ],
    })
  })

  it('say when no response was seen', () => {
    const [record] = both(ringOf([{ ...dns, flags: FLAGS.query, rcode: 0 }])).records
    expect(record).toMatchObject({ rcode: null, answers: [], querySeen: true })
  })
})

describe('the byte encoder', () => {
  /** Small, seeded: a failure can be repeated. */
  function random(seed: number): (below: number) => number {
    let state = seed
    return (below) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
  }

  const entry = (pick: (below: number) => number): Fields => {
    const text = (max: number, odd: boolean) =>
      Array.from({ length: pick(max + 1) }, () =>
        String.fromCharCode(odd ? pick(256) : 0x61 + pick(26)),
      ).join('')
    const octets = () => Array.from({ length: 16 }, () => (pick(3) ? 0 : pick(256)))
    const odd = pick(4) === 0
    const u64 = () => (pick(2) ? pick(1000) : pick(2 ** 31) * pick(2 ** 20))
    const kind = 1 + pick(4)
    const judged = { categories: u64(), overruled: pick(2) ? 8 : NO_RULE, generation: pick(3) }
    return {
      kind, ...(kind === RECORD_KINDS.answer ? { address: octets() } : judged),
      flowId: 1 + u64(), startUs: pick(2 ** 31) * 4_000_000, endUs: u64(),
      client: octets(), server: octets(), clientPort: pick(65_536), serverPort: pick(65_536),
      transport: pick(256), ipVersion: pick(2) ? 4 : 6, protocol: pick(PROTOCOLS.length),
      via: pick(3) ? 0 : pick(PROTOCOLS.length), evidence: pick(4), hostSource: pick(6),
      verdict: pick(2), action: pick(5), reason: pick(11), close: pick(7), flags: pick(64),
      rule: pick(2) ? 7 : NO_RULE, packetsUp: u64(), packetsDown: u64(), bytesUp: u64(),
      bytesDown: u64(), quicVersion: pick(2) ? pick(3) : pick(2 ** 32), tlsVersion: pick(2) ? 0x0301 + pick(4) : pick(65_536),
      qtype: pick(300), dnsId: pick(65_536), rcode: pick(30), answers: pick(65_536),
      ttl: pick(2 ** 32), ja4: text(36, odd), alpn: pick(2) ? 'h2,' : text(72, odd),
      name: text(253, odd),
    } // prettier-ignore
  }

  it('writes the bytes that JSON.stringify writes', () => {
    const pick = random(1)
    const run = ringOf(Array.from({ length: 4000 }, () => entry(pick)))
    const { text, records } = both(run)
    expect(records.length).toBeGreaterThan(1000)
    const lines = text.split('\n')
    records.forEach((record, i) => expect(`${lines[i]}\n`).toBe(encode(record)))
    expect(lines.length).toBe(records.length + 1)
  })

  it('agrees with the published schema', () => {
    const pick = random(2)
    const run = ringOf(
      Array.from({ length: 1000 }, () => ({ ...entry(pick), name: 'a.example', ja4: '' })),
    )
    for (const record of both(run).records) expect(schemaErrors(record)).toEqual([])
  })

  it('has a schema that refuses what is no record', () => {
    const [record] = both(ringOf([FLOW])).records
    expect(schemaErrors(record)).toEqual([])
    expect(schemaErrors({ ...record, payload: 'GET /secret' })).not.toEqual([])
    expect(schemaErrors({ ...record, id: 0 })).not.toEqual([])
    expect(schemaErrors({ ...record, start: 'yesterday' })).not.toEqual([])
  })
})
