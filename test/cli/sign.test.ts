import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { weir } from '../support/weir.js'

const folder = mkdtempSync(join(tmpdir(), 'weir-'))
const at = (name: string): string => join(folder, name)
const capture = fileURLToPath(
  new URL('../../fixtures/captures/blocked/input.pcap', import.meta.url),
)
const replay = (...args: string[]) => weir(['replay', capture, '--format', 'summary', ...args])

beforeAll(() => {
  writeFileSync(at('names.txt'), 'example.test\n')
  for (const name of ['ours', 'theirs']) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    writeFileSync(at(`${name}.key`), privateKey.export({ type: 'pkcs8', format: 'pem' }))
    writeFileSync(at(`${name}.pub`), publicKey.export({ type: 'spki', format: 'pem' }))
  }
  const compile = ['compile', at('names.txt'), '-o']
  expect(weir([...compile, at('plain.weir')]).code).toBe(0)
  expect(weir([...compile, at('signed.weir'), '--sign', at('ours.key')]).code).toBe(0)
})
afterAll(() => rmSync(folder, { recursive: true }))

it('a trusted key must have signed the ruleset', () => {
  expect(replay('--rules', at('signed.weir'), '--trust', at('ours.pub')).code).toBe(0)
  const both = ['--trust', at('theirs.pub'), '--trust', at('ours.pub')]
  expect(replay('--rules', at('signed.weir'), ...both).code).toBe(0)
  for (const [rules, key] of [
    ['signed.weir', 'theirs.pub'],
    ['plain.weir', 'ours.pub'],
  ] as const) {
    const { code, err } = replay('--rules', at(rules), '--trust', at(key))
    expect(err).toMatch(/no trusted key signed the ruleset/)
    expect(code).toBe(5)
  }
})

it('a changed byte is noticed', () => {
  const bytes = readFileSync(at('signed.weir'))
  bytes[bytes.length - 1]! ^= 1
  writeFileSync(at('changed.weir'), bytes)
  const { code, err } = replay('--rules', at('changed.weir'), '--trust', at('ours.pub'))
  expect(err).toMatch(/changed since it was compiled/)
  expect(code).toBe(5)
})

it('lists cannot be signed, and a key must be one', () => {
  expect(replay('--rules', at('names.txt'), '--trust', at('ours.pub')).code).toBe(2)
  const noKey = weir(['compile', at('names.txt'), '-o', at('x'), '--sign', at('names.txt')])
  expect(noKey.err).toMatch(/holds no key in PEM/)
  expect(noKey.code).toBe(2)
})
