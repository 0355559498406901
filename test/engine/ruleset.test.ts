import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { compile } from '../../src/blocklist/compile.js'
import { addressOctets, prefixBytes } from '../../src/engine/prefix.js'
import { Ruleset } from '../../src/engine/ruleset.js'

const folder = mkdtempSync(join(tmpdir(), 'weir-'))
afterAll(() => rmSync(folder, { recursive: true }))

const { bytes } = compile([
  { id: 'names', text: 'bad.example\nworse.example\n', match: 'suffix', category: 'malware' },
  { id: 'nets', text: '192.0.2.0/24\n2001:db8::/32\n', action: 'warn' },
])

it('is mapped from a file, and matches', () => {
  const path = join(folder, 'rules.weir')
  writeFileSync(path, bytes)
  using ruleset = Ruleset.open(path)
  expect(ruleset.counts).toMatchObject({
    rules: 4,
    prefixes4: 1,
    prefixes6: 1,
    bytes: bytes.length,
  })
  const match = ruleset.matchName('A.Bad.Example.')
  expect(match).toMatchObject({ action: 'block', depth: 2, category: 'malware' })
  expect(ruleset.rule(match!.rule)).toMatchObject({ text: 'bad.example', list: 'names', line: 1 })
  expect(ruleset.matchName('notbad.example')).toBeNull()
  expect(ruleset.matchName('x'.repeat(300))).toBeNull()
  expect(ruleset.matchName('')).toBeNull()
})

it('matches addresses by prefix', () => {
  using ruleset = Ruleset.from(bytes)
  const match = ruleset.matchAddress('192.0.2.77')
  expect(match).toMatchObject({ action: 'warn', category: null })
  expect(ruleset.rule(match!.rule)).toMatchObject({ text: '192.0.2.0/24', list: 'nets', line: 1 })
  expect(ruleset.matchAddress('2001:db8:1::5')?.action).toBe('warn')
  expect(ruleset.matchAddress('198.51.100.1')).toBeNull()
  expect(ruleset.rule(99)).toBeNull()
})

it('refuses what is no ruleset', () => {
  const broken = join(folder, 'broken.weir')
  writeFileSync(broken, bytes.subarray(0, 100))
  expect(() => Ruleset.open(broken)).toThrow(expect.objectContaining({ code: 'WEIR_BAD_RULESET' }))
  expect(() => Ruleset.from(new Uint8Array(0))).toThrow(
    expect.objectContaining({ code: 'WEIR_BAD_RULESET' }),
  )
  expect(() => Ruleset.open(join(folder, 'none'))).toThrow(
    expect.objectContaining({ code: 'WEIR_CANNOT_READ' }),
  )
  expect(() => Ruleset.open(folder)).toThrow(expect.objectContaining({ code: 'WEIR_BAD_RULESET' }))
})

it('reads networks as the core keeps them', () => {
  expect([...prefixBytes('10.1.2.3/8')]).toEqual([...addressOctets('10.1.2.3'), 104])
  expect([...addressOctets('10.1.2.3')].slice(10)).toEqual([255, 255, 10, 1, 2, 3])
  expect(prefixBytes('::1')[16]).toBe(128)
  expect(prefixBytes('0.0.0.0/0')[16]).toBe(96)
  for (const text of ['', '1.2.3', '1.2.3.4/33', '1.2.3.4/x', '1.2.3.4/8/8', ':::', '::/129']) {
    expect(() => prefixBytes(text)).toThrow(expect.objectContaining({ code: 'WEIR_BAD_ARGUMENT' }))
  }
})
