import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { targetOf } from '../../src/cli/checktarget.js'
import { LINE_BYTES_MAX } from '../../src/cli/inputlines.js'
import { Store } from '../../src/feeds/store.js'
import { makeEntry } from '../../src/feeds/add.js'
import { weir } from '../support/weir.js'

vi.setConfig({ testTimeout: 120_000 })

let folder: string
let rules: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-check-'))
  rules = file('rules.json', JSON.stringify(SET))
  file('ads.txt', '0.0.0.0 ads.example\n0.0.0.0 both.example\n')
  file('more.txt', '||example^\n||both.example^\n||bücher.test^\n@@||ok.example^\n')
  file('nets.txt', '192.0.2.0/24\n192.0.2.0/28\n2001:db8::/32\n')
  file('watch.txt', 'both.example\nwatched.test\n')
  file('own.csv', 'action,type,value,title\nwarn,domain,odd.example,Odd indeed\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SET = [
  { id: 'ads', file: 'ads.txt', category: 'ads' },
  { id: 'more', file: 'more.txt' },
  { id: 'nets', file: 'nets.txt', category: 'nets' },
  { id: 'watch', file: 'watch.txt', action: 'audit' },
  { id: 'own', file: 'own.csv', syntax: 'indicators' },
]

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

const ask = (...queries: string[]): string =>
  weir(['check', '--rules', rules, '--format', 'text', ...queries]).out
const piped = (input: string | Uint8Array, ...args: string[]): string[] =>
  weir(['check', '--rules', rules, ...args], Buffer.from(input)).out.split('\n')

describe('weir check, of arguments', () => {
  it('says what decides and what lost, and why', () => {
    expect(ask('both.example')).toBe(
      [
        'both.example',
        '  verdict    block',
        '  rule       both.example',
        '  list       ads, line 2',
        '  category   ads',
        '  audited    yes',
        '  overruled  both.example (more:2)   block  later in the lists',
        '             example (more:1)        block  less specific',
        '             both.example (watch:1)  audit  audit only notes',
        '',
      ].join('\n'),
    )
    expect(ask('ok.example')).toMatch(/example \(more:1\) +block +allow goes before block/)
    expect(ask('192.0.2.1')).toMatch(
      /overruled +192\.0\.2\.0\/28 \(nets:2\) +block +covered by the wider rule/,
    )
    expect(ask('odd.example')).toMatch(/verdict +warn\n[^]*title +Odd indeed\n/)
    expect(ask('odd.example')).toMatch(/example \(more:1\) +block +indicators go first/)
  })

  it('takes names, addresses and URLs as people write them', () => {
    expect(ask('https://ADS.example:8443/x?y')).toMatch(
      /verdict +block\n +note +by its host; the path does not count/,
    )
    expect(ask('Bücher.test')).toMatch(/verdict +block\n +note +asked as xn--bcher-kva\.test/)
    expect(ask('[2001:db8::1]:443')).toMatch(/rule +2001:db8::\/32/)
    expect(ask('no name')).toBe('no name\n  verdict    none\n  note       no name or address\n')
  })

  it('is JSON for programs', () => {
    const { out } = weir(['check', '--rules', rules, '--format', 'ndjson', 'both.example', '::'])
    const [both, none] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    expect(both).toMatchObject({
      query: 'both.example',
      verdict: 'block',
      rule: { text: 'both.example', list: 'ads', line: 2 },
      category: 'ads',
      audited: true,
      overruled: [{ list: 'more', why: 'later in the lists' }, { line: 1 }, { action: 'audit' }],
    })
    expect(none).toMatchObject({ host: '::', verdict: 'none', rule: null, note: null })
  })

  it.each([
    ['http://a.test', 'a.test', 'by its host'],
    ['a.test/path', 'a.test', 'by its host; the path does not count'],
    ['http://user:pass@a.test', 'a.test', 'by its host'],
    ['tcp://a_b.test:1', 'a_b.test', 'by its host'],
    ['http://', '', 'no URL with a host'],
    ['http://a b/', '', 'no URL with a host'],
    ['10.0.0.0/8', '', 'a network: ask for an address in it'],
    ['a.test:53', 'a.test', 'by its host; the port does not count'],
    ['fe80::1%eth0', 'fe80::1%eth0', ''],
    ['例え.テスト', 'xn--r8jz45g.xn--zckzah', 'asked as xn--r8jz45g.xn--zckzah'],
    ['a..b', '', 'no name or address'],
    ['%61.test', '', 'no name or address'],
    [`${'a'.repeat(64)}.test`, '', 'no name or address'],
    ['x'.repeat(20_000), '', 'too long for a name, an address or a URL'],
    ['\0', '', 'no name or address'],
  ])('takes query %#', (query, host, note) => {
    expect(targetOf(query)).toEqual({ host, note })
  })
})

describe('weir check, of standard input', () => {
  it('answers each line with a line', () => {
    expect(
      piped('ads.example\r\n\nhttp://x.example/a\nboth.example.\n192.0.2.9\nfree.test'),
    ).toEqual([
      'ads.example\tblock\tads.example\tads:1\tads\t',
      '\tnone\t\t\t\tempty',
      'http://x.example/a\tblock\texample\tmore:1\t\tby its host; the path does not count',
      'both.example.\tblock\tboth.example\tads:2\tads\taudited',
      '192.0.2.9\tblock\t192.0.2.0/24\tnets:1\tnets\t',
      'free.test\tnone\t\t\t\t',
      '',
    ])
    expect(piped('ads.example', '-')[0]).toMatch(/^ads\.example\tblock/)
    expect(piped('', '-')).toEqual([''])
  })

  it('survives what is no text, and stays at a line each', () => {
    const long = Buffer.alloc(3 * LINE_BYTES_MAX, 'a')
    const input = [
      Buffer.from('\0\t\x1b[31m\n\xff\xfe\n', 'latin1'),
      long,
      Buffer.from('\nads.example'),
    ]
    const lines = piped(Buffer.concat(input))
    expect(lines).toHaveLength(5)
    expect(lines[0]).toBe('\\x00\\x09\\x1b[31m\tnone\t\t\t\tno name or address')
    expect(lines[1]).toMatch(/\tnone\t\t\t\tno name or address$/)
    expect(lines[2]!.length).toBeLessThan(3000)
    expect(lines[3]).toMatch(/^ads\.example\tblock\t/)
  })

  it('answers a million lines in little memory', () => {
    vi.stubEnv('NODE_OPTIONS', '--max-old-space-size=48')
    const names = Array.from({ length: 1_000_000 }, (_, i) =>
      i % 3 ? `n${i}.test` : `n${i}.example`,
    )
    const lines = piped(names.join('\n'))
    vi.unstubAllEnvs()
    expect(lines).toHaveLength(names.length + 1)
    expect(lines.findIndex((line, i) => line.split('\t')[0] !== names[i])).toBe(names.length)
    const blocked = lines.filter((line) => line.split('\t')[1] === 'block')
    expect(blocked).toHaveLength(Math.ceil(names.length / 3))
  })
})

describe('weir check, of the lists of the store', () => {
  it('asks those that were fetched, and says what to do where there are none', async () => {
    const dir = join(folder, 'store')
    const none = weir(['check', '--dir', dir, 'a.test'])
    expect(none).toMatchObject({ code: 2, out: '' })
    expect(none.err).toMatch(/no rules: give --rules FILE, or weir lists add and weir lists update/)
    const entry = makeEntry(file('fed.txt', 'fed.example\n'), { name: 'fed', category: 'bad' })
    await Store.change(dir, (store) => store.add(entry))
    expect(weir(['lists', 'update', '--dir', dir]).code).toBe(0)
    const { out, code } = weir(['check', '--dir', dir, '-'], Buffer.from('fed.example\n'))
    expect({ out, code }).toEqual({
      out: 'fed.example\tblock\tfed.example\tfed:1\tbad\t\n',
      code: 0,
    })
  })

  it.each([[['--format', 'x']], [['--what']]])('refuses %j', (args) => {
    expect(weir(['check', ...args]).code).toBe(2)
  })
})
