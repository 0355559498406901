import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { PolicyError } from '../../src/policy/error.js'
import { parsePolicy } from '../../src/policy/parse.js'
import { compilePolicy, optionsIn } from '../../src/policy/plan.js'

const WHOLE = `version: 1
protection: audit
profile: family
zone: Europe/Berlin
profiles:
  family:
    lists:
      - hagezi-pro
      - { feed: other, category: ads, action: warn, important: true }
      - file: lists/bad.txt
        syntax: domains
        match: suffix
        apex: true
    indicators: [iocs.csv, { file: stix.json, syntax: stix }]
    categories: { ads: audit, adult: off }
    default: block
    dns: { mode: sinkhole, ipv4: 192.0.2.1, ipv6: "2001:db8::1" }
    allow: [fine.example, "*.cdn.example", bücher.example]
    warn: [warn.example]
    block:
      - bad.example
      - 203.0.113.0/24
      - 2001:db8::/32
    audit: [192.0.2.7]
  strict: {}
schedules:
  - { name: night, days: [fri, sat], from: 22:00, to: 06:00, profile: strict }
  - { from: "00:00", to: "24:00", zone: America/New_York, protection: off }
`

function problemsOf(text: string | Uint8Array): string[] {
  try {
    parsePolicy('p.yaml', text)
    return []
  } catch (error) {
    expect(error).toBeInstanceOf(PolicyError)
    return (error as PolicyError).message.split('\n')
  }
}

describe('a policy', () => {
  it('is read whole', () => {
    const policy = parsePolicy('dir/p.yaml', WHOLE)
    const family = policy.profiles.get('family')!
    expect(family.lists).toMatchObject([
      { feed: 'hagezi-pro', options: {}, place: { line: 8, column: 9 } },
      { feed: 'other', options: { category: 'ads', action: 'warn', important: true } },
      { file: 'lists/bad.txt', options: { syntax: 'domains', match: 'suffix', apex: true } },
    ])
    expect(family.indicators.map(({ file }) => file)).toEqual(['iocs.csv', 'stix.json'])
    expect([...family.categories]).toEqual([
      ['ads', 'audit'],
      ['adult', 'off'],
    ])
    expect(
      family.own.map(({ text, action, isNetwork, place }) => [text, action, isNetwork, place.line]),
    ).toEqual([
      ['fine.example', 'allow', false, 18],
      ['*.cdn.example', 'allow', false, 18],
      ['bücher.example', 'allow', false, 18],
      ['warn.example', 'warn', false, 19],
      ['bad.example', 'block', false, 21],
      ['203.0.113.0/24', 'block', true, 22],
      ['2001:db8::/32', 'block', true, 23],
      ['192.0.2.7', 'audit', true, 24],
    ])
    expect(policy.schedules).toMatchObject([
      { name: 'night', days: new Set([4, 5]), from: 1320, to: 360, zone: 'Europe/Berlin' },
      { from: 0, to: 1440, zone: 'America/New_York', protection: 'off' },
    ])
    expect(policy.profiles.get('strict')).toMatchObject({
      defaultAction: 'allow',
      dns: { mode: 'nxdomain' },
      own: [],
    })
  })

  it('says how long bypasses last, and what becomes of queries for warned names', () => {
    const text = `version: 1
bypass: 90m
profile: a
profiles:
  a: { dns: { mode: nodata, warned: answer } }
`
    const policy = parsePolicy('p.yaml', text)
    expect(policy.bypassSeconds).toBe(5400)
    expect(compilePolicy(policy, null).settings.dns).toEqual({ mode: 'nodata', warned: 'answer' })
    expect(parsePolicy('p.yaml', WHOLE).bypassSeconds).toBeUndefined()
    for (const [wrong, message] of [
      ['600', /^p\.yaml:2:.*bypass/],
      ['0m', /bypass is a time: 30s/],
      ['31d', /bypass is 30d at most/],
    ] as const) {
      expect(problemsOf(text.replace('90m', wrong))[0]).toMatch(message)
    }
    expect(problemsOf(text.replace('warned: answer', 'warned: no'))[0]).toMatch(/pass, answer/)
  })

  it('is the same in JSON', () => {
    const json = JSON.stringify({
      version: 1,
      profile: 'a',
      profiles: { a: { block: ['x.example', 'y.example'], dns: 'null', default: 'block' } },
    })
    const { own, dns } = parsePolicy('p.json', json).profiles.get('a')!
    expect(own.map(({ place }) => place.line)).toEqual([1, 1])
    expect(dns).toEqual({ mode: 'null' })
  })

  it('asks for what it says, and for nothing but that', () => {
    const policy = parsePolicy('dir/p.yaml', WHOLE)
    const plan = compilePolicy(policy, null)
    expect(plan.settings).toEqual({
      protection: 'audit',
      defaultAction: 'block',
      dns: { mode: 'sinkhole', ipv4: '192.0.2.1', ipv6: '2001:db8::1' },
    })
    expect(plan.own).toMatchObject([{ id: 'p.yaml', syntax: 'indicators' }])
    expect(plan.own[0]!.text!.split('\n')[21]).toContain('203.0.113.0/24')
    expect(plan.next).toBeUndefined()
    expect(compilePolicy(policy, 1e12)).toEqual(
      compilePolicy(parsePolicy('dir/p.yaml', WHOLE), 1e12),
    )
  })

  it('lets categories decide what lists ask, but for lists that allow', () => {
    const categories = new Map([['ads', 'audit'] as const, ['adult', 'off'] as const])
    expect(optionsIn(categories, { category: 'ads' })).toEqual({ category: 'ads', action: 'audit' })
    expect(optionsIn(categories, { category: 'ads', action: 'warn' })).toMatchObject({
      action: 'audit',
    })
    expect(optionsIn(categories, { category: 'adult' })).toBeUndefined()
    expect(optionsIn(categories, { category: 'adult', action: 'allow' })).toMatchObject({
      action: 'allow',
    })
    expect(optionsIn(categories, { category: 'other' })).toEqual({ category: 'other' })
    expect(optionsIn(categories, {})).toEqual({})
  })

  it('has a schema that other tools can use', () => {
    const file = new URL('../../src/policy/policy.schema.json', import.meta.url)
    const schema = JSON.parse(readFileSync(file, 'utf8')) as object
    const validate = new Ajv2020({
      strict: true,
      strictRequired: false,
      allowUnionTypes: true,
    }).compile(schema)
    expect(validate({ version: 1, profile: 'a', profiles: { a: {} } })).toBe(true)
    expect(validate({ version: 2, profile: 'a', profiles: { a: {} } })).toBe(false)
  })
})

const profile = (body: string): string => `version: 1\nprofile: a\nprofiles:\n  a:\n    ${body}\n`

describe('what is wrong is said with its place', () => {
  it.each<[string, string, string | RegExp]>([
    ['nothing', '', 'p.yaml:1:1: the policy is a map of keys'],
    ['a list', '- 1\n', 'p.yaml:1:1: the policy is a map of keys'],
    [
      'no version',
      'profile: a\nprofiles: {a: {}}\n',
      'p.yaml:1:1: the policy has no version: add it',
    ],
    ['another version', 'version: 2\nprofile: a\nprofiles: {a: {}}\n', 'p.yaml:1:10: version is 1'],
    [
      'an unknown key',
      profile('blok: [x.example]'),
      /^p\.yaml:5:5: unknown key "blok": there are lists,/,
    ],
    [
      'an unknown category action',
      profile('categories: {ads: maybe}'),
      'p.yaml:5:23: profiles.a.categories.ads is one of block, warn, audit, allow, off',
    ],
    [
      'a category that is none',
      profile('categories: {"a,b": off}'),
      /^p\.yaml:5:18: "a,b" cannot be a name here/,
    ],
    ['a name for a list', profile('block: x.example'), 'p.yaml:5:12: profiles.a.block is a list'],
    [
      'no profile of that name',
      'version: 1\nprofile: b\nprofiles: {a: {}}\n',
      'p.yaml:2:10: there is no profile b: there are a',
    ],
    [
      'a profile that may not be',
      'version: 1\nprofile: a\nprofiles: {a: {}, __proto__: {}}\n',
      /^p\.yaml:3:19: "__proto__" cannot be a name/,
    ],
    [
      'a key twice',
      profile('default: allow\n    default: block'),
      /^p\.yaml:6:5: "default" is there twice/,
    ],
    [
      'a name that is an alias',
      profile('block:\n      - *.x.example'),
      'p.yaml:6:9: aliases are not taken; in quotes it is a name: "*.x.example"',
    ],
    ['an anchor', profile('block: &b [x.example]'), /anchors are not taken/],
    ['a tag', profile('block: !!set {x.example}'), /not taken|is a list/],
    [
      'no name',
      profile('block: [x.example, "a b"]'),
      'p.yaml:5:24: "a b" is no name, *.name, address or network',
    ],
    ['no network', profile('block: [192.0.2.0/33]'), /^p\.yaml:5:13: .* is no name/],
    [
      'both ways',
      profile('allow: [x.example]\n    block: [X.Example]'),
      'p.yaml:6:13: X.Example is under allow (line 5) already: take one of them away',
    ],
    [
      'a list with two places',
      profile('lists: [{feed: a, file: b}]'),
      'p.yaml:5:13: a list has a feed or a file, and not both',
    ],
    [
      'a list with none',
      profile('lists: [{category: b}]'),
      'p.yaml:5:13: a list has a feed or a file, and not both',
    ],
    [
      'an unknown syntax',
      profile('lists: [{file: b, syntax: hots}]'),
      /^p\.yaml:5:31: syntax is one of hosts,/,
    ],
    [
      'a number',
      profile('block: [12]'),
      /^p\.yaml:5:13: profiles\.a\.block\.0 is a text \(in quotes/,
    ],
    [
      'null for the null address',
      profile('dns: null'),
      /^p\.yaml:5:10: profiles\.a\.dns is a text \(in quotes/,
    ],
    [
      'an unknown DNS mode',
      profile('dns: nodomain'),
      /^p\.yaml:5:10: profiles\.a\.dns is nxdomain, nodata/,
    ],
    [
      'a sinkhole nowhere',
      profile('dns: {mode: sinkhole}'),
      /^p\.yaml:5:10: a sinkhole has an address/,
    ],
    [
      'a wrong sinkhole',
      profile('dns: {mode: sinkhole, ipv4: 192.0.2}'),
      /^p\.yaml:5:33: ipv4 is an address/,
    ],
    [
      'an address too many',
      profile('dns: {mode: refused, ipv4: 192.0.2.1}'),
      /addresses are for mode: sinkhole/,
    ],
    ['broken YAML', 'version: 1\nprofile: "a\n', /^p\.yaml:\d+:\d+: /],
    ['two documents', 'version: 1\n---\nversion: 1\n', /second document/],
    ['no text', Buffer.from([0xff, 0xfe, 0x00]).toString('latin1'), /^p\.yaml/],
  ])('%s', (_, text, message) => {
    const [first] = problemsOf(text)
    if (typeof message === 'string') expect(first).toBe(message)
    else expect(first).toMatch(message)
  })

  it.each<[string, RegExp]>([
    ['{ from: 8:00, to: "9:00", profile: a }', /from is a time of day: "16:30"/],
    ['{ from: "08:00", to: "24:30", profile: a }', /to is a time of day/],
    ['{ from: "08:00", to: "09:00" }', /a schedule says from, to, and a profile or a protection/],
    ['{ from: "08:00", to: "09:00", profile: b }', /there is no profile b/],
    [
      '{ from: "08:00", to: "09:00", profile: a, zone: Mars/Base }',
      /there is no time zone Mars\/Base/,
    ],
    ['{ from: "08:00", to: "09:00", profile: a, days: [monday] }', /is one of mon, tue/],
    ['{ from: "08:00", to: "09:00", profile: a, days: [] }', /days/],
  ])('schedule %s', (entry, message) => {
    const text = `${profile('default: allow')}schedules:\n  - ${entry}\n`
    const [first] = problemsOf(text)
    expect(first).toMatch(message)
    expect(first).toMatch(/^p\.yaml:7:\d+: /)
  })

  it('several at once', () => {
    expect(problemsOf(profile('block: ["a b", "c d"]\n    lists: [{}]'))).toHaveLength(3)
  })
})

describe('a hostile policy is refused in time, and changes nothing', () => {
  const laughs = ['a: &a [x,x,x,x,x,x,x,x,x]']
  for (let i = 1; i < 9; i++) {
    const [was, is] = [String.fromCharCode(96 + i), String.fromCharCode(97 + i)]
    laughs.push(`${is}: &${is} [${`*${was},`.repeat(9)}]`)
  }
  it.each<[string, string | Uint8Array]>([
    ['a billion laughs', laughs.join('\n')],
    ['depth', '['.repeat(200_000)],
    ['depth of maps', '{a: '.repeat(60_000)],
    ['block depth', Array.from({ length: 1300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['length', Buffer.alloc(2 << 20, 0x20)],
    ['many keys', Array.from({ length: 35_000 }, (_, i) => `${i.toString(36)}: 1`).join('\n')],
    ['many items', `block: [${'1,'.repeat(130_000)}]`],
    ['NUL and controls', 'version: \0\x01\x02\u007f'],
    ['invalid UTF-8', Buffer.from([0x61, 0x3a, 0x20, 0xc3, 0x28])],
    ['prototypes', '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}'],
    ['a merge', 'version: 1\n<<: {profile: a}\nprofiles: {a: {}}\n'],
    ['a complex key', '? {a: b}\n: c\n'],
    ['quotes that do not end', '"'.repeat(100_001)],
    ['anchors', '&a '.repeat(50_000)],
    ['tags', `!<${'a'.repeat(100_000)}> x`],
    ['directives', '%TAG ! tag:x,2000:\n'.repeat(13_000)],
    ['comments', '#\n'.repeat(130_000)],
    ['colons', ':'.repeat(260_000)],
    ['hyphens', '- '.repeat(130_000)],
  ])('%s', (_, text) => {
    const started = process.cpuUsage()
    expect(problemsOf(text).length).toBeGreaterThan(0)
    expect(process.cpuUsage(started).user).toBeLessThan(5e6)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})
