import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { weir } from '../support/weir.js'

const folder = mkdtempSync(join(tmpdir(), 'weir-'))
const at = (name: string): string => join(folder, name)
const capture = fileURLToPath(
  new URL('../../fixtures/captures/http1-curl/input.pcap', import.meta.url),
)

const POLICY = `version: 1
profile: family
zone: Europe/Berlin
profiles:
  family: { lists: [{ file: list.txt }], block: [games.example] }
  night: { default: block }
schedules:
  - { name: night, from: "22:00", to: "06:00", profile: night, protection: audit }
`

beforeAll(() => {
  writeFileSync(at('list.txt'), 'ads.example\nno name\n')
  writeFileSync(at('p.yaml'), POLICY)
  writeFileSync(at('block.yaml'), 'version: 1\nprofile: a\nprofiles: {a: {default: block}}\n')
  writeFileSync(
    at('audit.json'),
    '{"version":1,"protection":"audit","profile":"a","profiles":{"a":{"default":"block"}}}',
  )
  writeFileSync(at('bad.yaml'), 'version: 1\nprofile: a\nprofiles:\n  a: { blok: [] }\n')
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('weir policy check', () => {
  it('says what is in force, and what comes next', () => {
    const { code, out } = weir(['policy', 'check', at('p.yaml'), '--at', '2026-03-28T23:30+01:00'])
    expect(code).toBe(0)
    expect(out).toContain('profile night, protection audit (schedule night)')
    expect(out).toContain('2026-03-29T04:00:00.000Z: profile family, protection block')
    const json = weir(['policy', 'check', at('p.yaml'), '--json', '--at', '2026-03-28T12:00Z'])
    expect(JSON.parse(json.out)).toMatchObject({
      inForce: { profile: 'family', protection: 'block' },
      settings: { defaultAction: 'allow', dns: { mode: 'nxdomain' } },
      lists: 1,
      stats: { rules: 2, refused: 1 },
      next: { at: '2026-03-28T21:00:00.000Z', profile: 'night', schedule: 'night' },
    })
  })

  it.each([
    [['bad.yaml'], 5, /bad\.yaml:4:8: unknown key "blok"/],
    [['none.yaml'], 4, /none\.yaml/],
    [[], 2, /takes one file/],
    [['p.yaml', '--at', 'tomorrow'], 2, /--at is a time/],
    [['p.yaml', '--at', '2026-03-28T12:00'], 2, /--at is a time/],
  ])('%j', (args, expected, message) => {
    const paths = args.map((arg) => (arg.endsWith('.yaml') ? at(arg) : arg))
    const { code, err } = weir(['policy', 'check', ...paths])
    expect(err).toMatch(message)
    expect(code).toBe(expected)
  })
})

describe('weir replay --rules POLICY', () => {
  const replay = (name: string) =>
    weir(['replay', '--format', 'ndjson', '--rules', at(name), capture])

  it('blocks what no rule speaks of, or says what would have been', () => {
    expect(replay('block.yaml').out).toMatch(
      /"verdict":"drop","action":"block","reason":"default-block"/,
    )
    const { code, out } = replay('audit.json')
    expect(code).toBe(0)
    expect(out).toMatch(/"verdict":"pass","action":"block","reason":"audit-mode"/)
    expect(out).not.toContain('"drop"')
  })

  it('goes alone, and says what is wrong', () => {
    const { code, err } = weir([
      'replay',
      '--rules',
      at('p.yaml'),
      '--rules',
      at('list.txt'),
      capture,
    ])
    expect(err).toMatch(/p\.yaml is a policy: give it alone/)
    expect(code).toBe(2)
    expect(replay('bad.yaml').code).toBe(5)
  })
})
