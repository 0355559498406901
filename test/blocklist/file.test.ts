import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compile } from '../../src/blocklist/compile.js'
import { readRuleset, verifyRuleset, writeRuleset } from '../../src/blocklist/ruleset/file.js'
import { HEADER, headerChecksum } from '../../src/blocklist/ruleset/format.js'
import { compileDemo } from './golden.js'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-'))
})
afterAll(async () => {
  await rm(directory, { recursive: true })
})

test('a written ruleset is read back and says what it holds', async () => {
  const path = join(directory, 'demo.weir')
  const { bytes, stats } = compileDemo()
  await writeRuleset(path, bytes)
  expect(Buffer.compare(await readRuleset(path), bytes)).toBe(0)
  expect(verifyRuleset(bytes)).toMatchObject({
    version: 4,
    rules: stats.rules,
    nameEntries: stats.nameEntries,
    prefixEntries: stats.prefixEntries,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  })
  await writeRuleset(path, bytes) // over the old one
  expect(await readdir(directory)).toEqual(['demo.weir'])
})

test('every changed byte is noticed', () => {
  const bytes = compileDemo().bytes.slice()
  for (let at = 0; at < bytes.length; at++) {
    bytes[at]! ^= 1
    expect(() => verifyRuleset(bytes), `byte ${at}`).toThrow(
      expect.objectContaining({ name: 'WeirError' }) as Error,
    )
    bytes[at]! ^= 1
  }
  expect(() => verifyRuleset(bytes.subarray(0, -1))).toThrow('truncated')
  expect(() => verifyRuleset(new Uint8Array(10))).toThrow('no compiled ruleset')
})

test('another version is told from damage', () => {
  const bytes = compileDemo().bytes.slice()
  bytes[HEADER.version] = 1
  new DataView(bytes.buffer).setUint32(HEADER.checksum, headerChecksum(bytes), true)
  expect(() => verifyRuleset(bytes)).toThrow(
    expect.objectContaining({ code: 'WEIR_RULESET_VERSION' }) as Error,
  )
})

test('a ruleset that cannot be written leaves nothing behind', async () => {
  const place = join(directory, 'missing', 'demo.weir')
  await expect(writeRuleset(place, new Uint8Array(1))).rejects.toMatchObject({
    code: 'WEIR_CANNOT_WRITE',
  })
  const path = join(directory, 'old.weir')
  await writeFile(path, 'old')
  await expect(writeRuleset(join(path, 'x'), new Uint8Array(1))).rejects.toMatchObject({
    code: 'WEIR_CANNOT_WRITE',
  })
  expect(await readFile(path, 'utf8')).toBe('old')
  await expect(readRuleset(join(directory, 'none'))).rejects.toMatchObject({
    code: 'WEIR_CANNOT_READ',
  })
})

test('a signed ruleset is taken from whom it is trusted to come', () => {
  const [ours, others] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')]
  const lists = [{ id: 'l', text: 'a.test' }]
  const { bytes } = compile(lists, { sign: ours.privateKey })
  const unsigned = compile(lists).bytes
  const info = verifyRuleset(bytes, [others.publicKey, ours.publicKey])
  expect(info.signedBy).toMatch(/^[0-9a-f]{16}$/)
  expect(info.sha256).toBe(verifyRuleset(unsigned).sha256) // what it holds is the same
  expect(verifyRuleset(unsigned).signedBy).toBeNull()
  for (const [file, keys] of [
    [bytes, [others.publicKey]],
    [bytes, []],
    [unsigned, [ours.publicKey]],
  ] as const) {
    expect(() => verifyRuleset(file, keys)).toThrow('no trusted key')
  }
  const forged = bytes.slice()
  forged[HEADER.signature]! ^= 1
  new DataView(forged.buffer).setUint32(HEADER.checksum, headerChecksum(forged), true)
  expect(() => verifyRuleset(forged, [ours.publicKey])).toThrow('no trusted key')
})

test('only Ed25519 keys sign', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  expect(() => compile([], { sign: privateKey })).toThrow('Ed25519')
})
