import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { addressAt, networksOf, rangeOf } from '../../src/cli/addressrange.js'
import { hostOf } from '../../src/cli/querylog.js'
import { startWeir, weir } from '../support/weir.js'

vi.setConfig({ testTimeout: 120_000 })

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-diff-'))
  file('old.txt', '||keep.test^\n||gone.test^\n||less.test^\n@@||ok.keep.test^\n/^ads[0-9]+\\./\n')
  file('new.txt', '||keep.test^\n||new.test^\n|less.test^\n@@||ok.keep.test^\n*-banner-*\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

interface Row {
  type: string
  effect: string
  kind: string
  text: string
  scope: string
  asked?: number
}

function rows(old: string, now: string, ...args: string[]): Row[] {
  const { out } = weir(['diff', path(old), path(now), '--format', 'ndjson', ...args])
  const all = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)
  return all.filter(({ type }) => type === 'change')
}

const path = (name: string): string => (name === 'none' ? name : join(folder, name))
const brief = ({ effect, kind, text, scope }: Row): string => `${effect} ${kind} ${text} ${scope}`

describe('weir diff', () => {
  it('lists names and patterns that change, sorted, and counts them', () => {
    const { out, code } = weir(['diff', path('old.txt'), path('new.txt')])
    expect(code).toBe(1)
    expect(out.replace(/ +/g, ' ')).toBe(
      [
        '+ new.test and below none → block new.test (new.txt:2)',
        '+ *-banner-* none → block *-banner-* (new.txt:5)',
        '- gone.test and below block → none gone.test (old.txt:2)',
        '- *.less.test block → none less.test (old.txt:3)',
        '- /^ads[0-9]+\\./ block → none /^ads[0-9]+\\./ (old.txt:5)',
        '',
        '2 newly blocked, 3 no longer blocked, 0 other changes',
        '',
      ].join('\n'),
    )
    const same = weir(['diff', path('old.txt'), path('old.txt')])
    expect(same).toMatchObject({
      code: 0,
      out: '0 newly blocked, 0 no longer blocked, 0 other changes\n',
    })
  })

  it('compares compiled rulesets and none, the other way round with the opposite', () => {
    expect(weir(['compile', path('old.txt'), '-o', path('old.weir')]).code).toBe(0)
    expect(rows('old.weir', 'old.txt')).toEqual([])
    const there = rows('none', 'old.weir').map(brief)
    const back = rows('old.txt', 'none').map(brief)
    expect(there).toContain('newly-blocked name gone.test both')
    expect(there).toContain('other name ok.keep.test both')
    const opposite = there.map((row) => row.replace('newly-blocked', 'no-longer-blocked'))
    expect(back.sort()).toEqual(opposite.sort())
  })

  it('finds names that only lost to others', () => {
    file('a.txt', '||test^$important\n||x.test^\n')
    file('b.txt', '||x.test^\n')
    expect(rows('a.txt', 'b.txt').map(brief)).toEqual(['no-longer-blocked name test both'])
    expect(rows('b.txt', 'none').map(brief)).toEqual(['no-longer-blocked name x.test both'])
  })

  it('lists exactly the addresses that change', () => {
    file('a.cidr', '10.0.0.0/8\n192.0.2.0/24\n2001:db8::/32\n')
    file('b.cidr', '10.0.0.0/9\n10.192.0.0/10\n192.0.2.0/24\n192.0.2.128/25\n2001:db8::/33\n')
    expect(rows('a.cidr', 'b.cidr').map(brief)).toEqual([
      'no-longer-blocked network 10.128.0.0/10 self',
      'no-longer-blocked network 2001:db8:8000::/33 self',
    ])
    expect(rows('none', 'b.cidr').map(({ text }) => text)).toEqual([
      '10.0.0.0/9',
      '10.192.0.0/10',
      '192.0.2.0/24',
      '2001:db8::/33',
    ])
    file('all.cidr', '0.0.0.0/0\n::/0\n')
    expect(rows('none', 'all.cidr').map(({ text }) => text)).toEqual(['0.0.0.0/0', '::/0'])
  })

  it('tells other lists that decide alike with --verbose only', () => {
    file('one.txt', 'same.test\n')
    file('two.txt', 'same.test\n')
    expect(rows('one.txt', 'two.txt')).toEqual([])
    expect(rows('one.txt', 'two.txt', '--verbose').map(brief)).toEqual([
      'another-list name same.test self',
    ])
    expect(weir(['diff', path('one.txt'), path('two.txt'), '--verbose']).code).toBe(0)
  })

  it('tells block from warn', () => {
    file('warn.json', JSON.stringify([{ file: 'one.txt', action: 'warn' }]))
    expect(rows('one.txt', 'warn.json').map(brief)).toEqual(['other name same.test self'])
  })

  it.each([[[]], [['none']], [['none', 'none', 'none']], [['none', 'none', '--format', 'x']]])(
    'refuses %j',
    (args) => {
      expect(weir(['diff', ...args]).code).toBe(2)
    },
  )
})

describe('weir diff --against', () => {
  it('counts what logs of all kinds ask for', () => {
    const log = [
      'Nov 23 10:00:01 dnsmasq[12]: query[A] gone.test from 192.0.2.1',
      'Nov 23 10:00:01 dnsmasq[12]: forwarded gone.test to 192.0.2.53',
      'Nov 23 10:00:02 dnsmasq[12]: query[type=65] New.test. from 192.0.2.1',
      'new.test',
      '{"type":"dns","query":"a.new.test"}',
      '{"type":"flow","host":"keep.test","server":{"ip":"192.0.2.1"}}',
      '# a remark',
      '{"type":',
    ]
    file('log', log.join('\n'))
    const { out, code } = weir(['diff', path('old.txt'), path('new.txt'), '--against', path('log')])
    expect(code).toBe(1)
    expect(out.replace(/ +/g, ' ')).toBe(
      [
        '+ 2 new.test none → block new.test (new.txt:2)',
        '+ 1 a.new.test none → block new.test (new.txt:2)',
        '- 1 gone.test block → none gone.test (old.txt:2)',
        '',
        '5 queries for 4 hosts; 3 lines ask for nothing',
        '2 newly blocked (asked for 3 times), 1 no longer blocked (asked for 1 times), 0 other changes',
        '',
      ].join('\n'),
    )
  })

  it('reads captures through the engine', () => {
    const fixture = (name: string): string =>
      fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url))
    const capture = fixture('captures/blocked/input.pcap')
    file('ads.txt', 'ads.example.test\n')
    const found = rows('none', 'ads.txt', '--against', capture)
    expect(found).toMatchObject([
      { kind: 'host', text: 'ads.example.test', effect: 'newly-blocked' },
    ])
    expect(found[0]!.asked).toBeGreaterThan(1)
  })

  it('shows hosts as the gate to the device does, and their rules with them', async () => {
    const log = ['a.new.test', 'b.new.test', 'b.new.test', 'gone.test', '198.51.100.7']
    const captured = '{"type":"flow","host":"c.new.test","server":{"ip":"192.0.2.1"}}'
    file('private.log', [...log, captured].join('\n'))
    file('private.txt', '||new.test^\n198.51.100.7\n')
    const [config, env] = [join(folder, 'config'), { XDG_CONFIG_HOME: join(folder, 'config') }]
    const dir = join(config, 'weir')
    const against = async (format: string) => {
      const files = [path('old.txt'), path('private.txt'), '--against', path('private.log')]
      return (await startWeir(['diff', ...files, '--format', format], { env }).end).out
    }
    const set = (gate: string, value: string) => weir(['consent', 'set', gate, value, '--dir', dir])
    set('device-names', 'domain')
    expect((await against('text')).replace(/ +/g, ' ')).toBe(
      [
        '+ 4 new.test none → block ',
        '+ 1 (withheld) none → block ',
        '- 1 gone.test block → none gone.test (old.txt:2)',
        '',
        '6 queries for 5 hosts',
        '2 newly blocked (asked for 5 times), 1 no longer blocked (asked for 1 times), 0 other changes',
        '',
      ].join('\n'),
    )
    set('device-names', 'none')
    const closed = await against('ndjson')
    expect(closed).not.toMatch(/\.test|198\.51/)
    expect(closed).toContain('"kind":"host","text":null')
    set('device-names', 'hash')
    expect(await against('ndjson')).toMatch(/"text":"[0-9a-f]{32}\.hashed\.invalid"/)
    set('device-names', 'full')
    expect(await against('ndjson')).toContain('"text":"198.51.100.7"')
    set('device-addresses', 'none')
    const names = await against('ndjson')
    expect(names).toContain('"text":"a.new.test"')
    expect(names).not.toContain('198.51')
  })

  it('survives what is no log', () => {
    file('bad', Buffer.concat([Buffer.from([0, 255, 10, 0x0a]), Buffer.alloc(300_000, 'x')]))
    const { code, out } = weir(['diff', 'none', path('new.txt'), '--against', path('bad')])
    expect(code).toBe(0)
    expect(out).toMatch(/^0 queries for 0 hosts; 3 lines ask for nothing\n/)
    expect(weir(['diff', 'none', 'none', '--against', path('missing')]).code).toBe(4)
  })

  it.each([
    ['__proto__', '__proto__'],
    ['{"type":"flow","host":null,"server":{"ip":"192.0.2.1"}}', '192.0.2.1'],
    ['{"type":"dns","query":"a\\\\000b"}', undefined],
    ['null', 'null'],
    ['{"type":"flow","server":null}', undefined],
    ['https://A.test/x', 'a.test'],
    ['a b', undefined],
    ['', undefined],
  ])('%j asks for %j', (line, host) => {
    expect(hostOf(line)).toBe(host)
  })
})

describe('ranges of addresses', () => {
  it('come apart into networks, and back', () => {
    for (const network of ['0.0.0.0/0', '192.0.2.1/32', '::/0', '2001:db8::/33', '::1/128']) {
      const { bits, start, end } = rangeOf(network)!
      expect([...networksOf(bits, start, end)]).toEqual([network])
    }
    expect([...networksOf(32, 1n, 6n)]).toEqual(['0.0.0.1/32', '0.0.0.2/31', '0.0.0.4/31'])
    expect(addressAt(128, 1n)).toBe('0000:0000:0000:0000:0000:0000:0000:0001')
    expect(rangeOf('192.0.2.0/33')).toBeUndefined()
  })
})
