import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TrafficRecord } from '../../src/records/types.js'
import { dnsLookup, httpFlow, pcap } from '../support/packets.js'
import { schemaErrors } from '../support/schema.js'
import { weir } from '../support/weir.js'

const folder = mkdtempSync(join(tmpdir(), 'weir-'))
const at = (name: string): string => join(folder, name)
const capture = pcap([
  ...dnsLookup(5300, 'ads.example', 'edge.example', '203.0.113.80'),
  ...httpFlow(40_001, 'ads.example'),
  ...httpFlow(40_002, 'www.example.org'),
])

beforeAll(() => {
  writeFileSync(at('a.pcap'), capture)
  writeFileSync(at('cut.pcap'), capture.subarray(0, capture.length - 30))
  writeFileSync(at('text.pcap'), 'this is no capture, but a text of some length\n')
  writeFileSync(at('ads.hosts'), '# a list\n0.0.0.0 ads.example\n')
})
afterAll(() => rmSync(folder, { recursive: true }))

const ndjson = (text: string): TrafficRecord[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as TrafficRecord)

describe('weir replay', () => {
  it('prints a table of flows', () => {
    const { code, out, err } = weir(['replay', at('a.pcap'), '--rules', at('ads.hosts')])
    expect(code).toBe(0)
    expect(err).toBe('')
    const lines = out.trimEnd().split('\n')
    expect(lines[0]).toMatch(/flow +client +server +protocol +host +verdict +rule/)
    expect(lines).toHaveLength(4)
    expect(out).toMatch(
      /192\.0\.2\.10:40001 +203\.0\.113\.80:80 +http +ads\.example +drop +ads\.example \(ads\.hosts:2\)/,
    )
    expect(out).not.toContain('\x1b')
  })

  it('prints NDJSON that agrees with the schema, and nothing of what was carried', () => {
    const { code, out } = weir(['replay', at('a.pcap'), '--format', 'ndjson'])
    expect(code).toBe(0)
    const records = ndjson(out)
    expect(records.map((record) => record.type).sort()).toEqual(['dns', 'flow', 'flow', 'flow'])
    for (const record of records) expect(schemaErrors(record)).toEqual([])
    expect(out).not.toContain('secret')
  })

  it('prints a summary', () => {
    const { code, out } = weir(['replay', at('a.pcap'), '--format', 'summary'])
    expect(code).toBe(0)
    expect(out).toMatch(/^3 flows, 1 DNS transactions\n/)
    expect(out).toMatch(/protocols\n +2 {2}http\n +1 {2}dns\n/)
    expect(out).toMatch(/top hosts of 2\n/)
  })

  it('reads standard input, gzip, and several files, to the same records', () => {
    const plain = weir(['replay', '--format', 'ndjson', at('a.pcap')]).out
    expect(weir(['replay', '--format', 'ndjson', '-'], capture).out).toBe(plain)
    expect(weir(['replay', '--format', 'ndjson', '-'], gzipSync(capture)).out).toBe(plain)
    writeFileSync(at('a.pcap.gz'), gzipSync(capture))
    expect(weir(['replay', '--format', 'ndjson', at('a.pcap.gz')]).out).toBe(plain)
    const twice = weir(['replay', '--format', 'ndjson', at('a.pcap'), at('a.pcap')])
    expect(twice.code).toBe(0)
    expect(ndjson(twice.out).length).toBeGreaterThan(ndjson(plain).length)
  })

  it('takes a compiled ruleset', () => {
    const compiled = weir(['compile', '--category', 'ads', at('ads.hosts'), '-o', at('ads.weir')])
    expect(compiled).toMatchObject({ code: 0, err: '' })
    const { out } = weir(['replay', at('a.pcap'), '--rules', at('ads.weir'), '--format', 'ndjson'])
    const blocked = ndjson(out).filter((record) => record.verdict === 'drop')
    expect(blocked.length).toBeGreaterThan(0)
    for (const record of blocked) {
      expect(record).toMatchObject({ rule: { list: 'ads.hosts', line: 2 }, category: 'ads' })
    }
  })

  it('prints figures on standard error when asked', () => {
    const { out, err } = weir(['replay', '--stats', '--format', 'summary', at('a.pcap')])
    expect(err).toMatch(/18 frames, 18 packets/)
    expect(err).toMatch(/packets\/s/)
    expect(out).not.toMatch(/packets\/s/)
  })
})

describe('expectations', () => {
  const expected = () => at('expected.ndjson')

  it('are written, met, and differ readably', () => {
    const args = ['replay', at('a.pcap'), '--expect', expected()]
    expect(weir([...args, '--update'])).toMatchObject({ code: 0 })
    expect(weir(args)).toMatchObject({ code: 0, out: `${expected()}: as expected\n` })
    const text = readFileSync(expected(), 'utf8')
    writeFileSync(expected(), text.replaceAll('www.example.org', 'www.example.net'))
    const { code, out } = weir(args)
    expect(code).toBe(1)
    expect(out).toContain('1 differences')
    expect(out).toContain(
      '~ flow 3 tcp 192.0.2.10:40002 > 203.0.113.80:80: host is "www.example.org", expected "www.example.net"',
    )
  })

  it('name what is missing and what is more', () => {
    const args = ['replay', at('a.pcap'), '--expect', expected()]
    weir([...args, '--update'])
    const lines = readFileSync(expected(), 'utf8').trimEnd().split('\n')
    const extra = lines[0]!.replace('"id":', '"id":9')
    writeFileSync(expected(), `${[...lines.slice(1), extra].join('\n')}\n`)
    const { code, out } = weir(args)
    expect(code).toBe(1)
    expect(out).toMatch(/^- .* 9/m)
    expect(out).toMatch(/^\+ /m)
  })
})

it('says the same with less memory', () => {
  const args = ['replay', '--format', 'ndjson', at('a.pcap')]
  const { out } = weir(args)
  for (const preset of ['phone', 'tiny'])
    expect(weir([...args, '--preset', preset])).toMatchObject({ code: 0, out })
})

describe('exit codes', () => {
  it('3: damaged, and what came before is printed', () => {
    const { code, out, err } = weir(['replay', '--format', 'ndjson', at('cut.pcap')])
    expect(code).toBe(3)
    expect(ndjson(out).length).toBeGreaterThan(2)
    expect(err).toMatch(/^weir: .*cut\.pcap: .*byte \d+\n$/)
  })

  it('3: damaged on the way, where it was compressed', () => {
    const packed = gzipSync(capture)
    const { code, out, err } = weir(
      ['replay', '--format', 'ndjson', '-'],
      packed.subarray(0, packed.length - 9),
    )
    expect(code).toBe(3)
    expect(out.length).toBeGreaterThan(0)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })

  it.each([
    [2, []],
    [2, ['nonsense']],
    [2, ['replay']],
    [2, ['replay', '--nonsense', 'x']],
    [2, ['replay', '--format', 'xml', 'x']],
    [2, ['replay', '--update', 'x']],
    [2, ['replay', '--home', 'here', 'x']],
    [2, ['replay', '--preset', 'watch', 'x']],
    [2, ['compile', 'x']],
    [4, ['replay', '/nonexistent.pcap']],
    [4, ['replay', '/']],
    [0, ['--help']],
    [0, ['--version']],
  ])('%i: weir %j', (expected, args) => {
    const { code, err } = weir(args)
    expect(code).toBe(expected)
    if (expected) expect(err.trimEnd().split('\n').length).toBeLessThanOrEqual(1)
  })

  it('4: no capture; 5: no ruleset', () => {
    expect(weir(['replay', at('text.pcap')])).toMatchObject({ code: 4 })
    writeFileSync(
      at('broken.weir'),
      Buffer.from([0x89, 0x57, 0x45, 0x49, 0x52, 0x0d, 0x0a, 0x1a, 0, 0]),
    )
    expect(weir(['replay', '--rules', at('broken.weir'), at('a.pcap')])).toMatchObject({ code: 5 })
  })

  it('says which link type it cannot read', () => {
    writeFileSync(at('usb.pcap'), pcap([new Uint8Array(40)], 189))
    const { code, err } = weir(['replay', at('usb.pcap')])
    expect(code).toBe(4)
    expect(err).toMatch(/link type 189/)
  })

  it('a reader that went away is no error', () => {
    const many = pcap(
      Array.from({ length: 3000 }, (_, i) => httpFlow(1024 + i, 'www.example.org')).flat(),
    )
    writeFileSync(at('many.pcap'), many)
    const script = `"$0" "$1" replay --format ndjson "$2" | head -n 1; echo "\${PIPESTATUS[0]}"`
    const weirPath = new URL('../../dist/cli/weir.js', import.meta.url).pathname
    const args = ['-c', script, process.execPath, weirPath, at('many.pcap')]
    const { stdout, stderr } = spawnSync('bash', args)
    expect(stderr.toString()).toBe('')
    expect(stdout.toString()).toMatch(/^\{"type":.*\n0\n$/)
  })
})
