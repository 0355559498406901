import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { compile } from '../../src/blocklist/compile.js'
import { verifyRuleset } from '../../src/blocklist/ruleset/file.js'
import { HEADER, HEADER_LENGTH, headerChecksum } from '../../src/blocklist/ruleset/format.js'
import { Ruleset } from '../../src/index.js'
import { Random } from './slow/random.js'
import { randomTrial, toSources } from './slow/trial.js'

/** Places in the section table. */
const SECTIONS = 32
/** Files that each test damages: more with WEIR_CASES. */
const CASES = Math.min(Number(process.env['WEIR_CASES'] ?? 300), 20_000)

const folder = mkdtempSync(join(tmpdir(), 'weir-'))
afterAll(() => rmSync(folder, { recursive: true }))

const random = new Random(7)
const trials = random.times(12, () => randomTrial(random))
const lists = trials
  .flatMap((trial) => trial.lists)
  .map((list, i) => ({ ...list, id: `list-${i}` }))
const queries = trials.flatMap((trial) => trial.queries.slice(0, 3))
const { bytes } = compile(toSources(lists), { publicSuffixes: 'allow' })

/** With a checksum that fits, as a forger would write it. */
function forged(file: Uint8Array): Uint8Array {
  if (file.length < HEADER_LENGTH) return file
  const view = new DataView(file.buffer, file.byteOffset)
  view.setUint32(HEADER.checksum, headerChecksum(file.subarray(0, HEADER_LENGTH)), true)
  return file
}

/** Refused with a sentence, or asked everything there is to ask. */
function ask(open: () => Ruleset): 'refused' | 'answered' {
  let ruleset: Ruleset
  try {
    ruleset = open()
  } catch (error) {
    expect(error).toMatchObject({
      name: 'WeirError',
      code: expect.stringMatching(/^WEIR_(BAD_RULESET|RULESET_VERSION)$/) as string,
    })
    return 'refused'
  }
  using opened = ruleset
  const { counts } = opened
  expect(opened.matchNames(queries).count).toBe(queries.length)
  for (const query of queries) {
    const match = opened.matchName(query)
    if (match) opened.rule(match.rule)
    opened.explain(query)
  }
  for (let i = 0; i < 50; i++) opened.rule(i * Math.ceil((counts.rules + counts.names) / 49))
  return 'answered'
}

const askBytes = (file: Uint8Array): string => ask(() => Ruleset.from(file))

test('every byte of the header changed, with the checksum as it was and made to fit', () => {
  for (let at = 0; at < HEADER_LENGTH; at++) {
    for (const value of [bytes[at]! ^ 1, bytes[at]! ^ 0x80]) {
      const file = bytes.slice()
      file[at] = value
      expect(askBytes(file), `byte ${at}, ${value}`).toBe('refused')
      askBytes(forged(file))
    }
  }
})

test('every truncation about a section, and others, is refused', () => {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const cuts = new Set<number>([0, 1, HEADER_LENGTH - 1, HEADER_LENGTH, bytes.length - 1])
  for (let i = 0; i < SECTIONS; i++) {
    const at = view.getUint32(HEADER.sections + 8 * i, true)
    const end = at + view.getUint32(HEADER.sections + 8 * i + 4, true)
    for (const place of [at, end]) for (const by of [-1, 0, 1]) cuts.add(place + by)
  }
  for (let i = 0; i < CASES; i++) cuts.add(random.below(bytes.length))
  for (const cut of cuts) {
    if (cut < 0 || cut >= bytes.length) continue
    const file = bytes.slice(0, cut)
    expect(askBytes(file), `${cut} bytes`).toBe('refused')
    if (cut < HEADER_LENGTH) continue
    new DataView(file.buffer).setUint32(HEADER.fileLength, cut, true)
    askBytes(forged(file))
  }
})

test('whatever stands in the sections, nothing breaks', () => {
  const values = [0, 1, 0x7f, 0x80, 0xff]
  for (let i = 0; i < CASES; i++) {
    const file = bytes.slice()
    const first = HEADER_LENGTH + random.below(bytes.length - HEADER_LENGTH)
    const damage = random.pick([1, 1, 4, 64, bytes.length])
    for (let at = first; at < Math.min(first + damage, file.length); at++) {
      file[at] = random.once(2) ? random.below(256) : random.pick(values)
    }
    askBytes(file)
    const isSame = Buffer.compare(file, bytes) === 0
    if (!isSame) expect(() => verifyRuleset(file)).toThrow('changed since')
  }
})

test('random numbers in the header, made to fit', () => {
  for (let i = 0; i < CASES; i++) {
    const file = bytes.slice()
    const view = new DataView(file.buffer)
    for (let k = 0; k < 1 + random.below(3); k++) {
      const at = 64 + 4 * random.below((HEADER_LENGTH - 64) / 4)
      const value = view.getUint32(at, true)
      const near = value + random.below(5) - 2
      view.setUint32(at, random.pick([near, random.below(bytes.length), 0, 2 ** 32 - 1]), true)
    }
    askBytes(forged(file))
  }
})

test('files are read as bytes are', () => {
  const path = join(folder, 'rules.weir')
  for (let i = 0; i < 20; i++) {
    const file = bytes.slice(0, random.once(2) ? bytes.length : random.below(bytes.length))
    if (file.length) file[random.below(file.length)]! ^= 1 << random.below(8)
    writeFileSync(path, file)
    const outcome = ask(() => Ruleset.open(path))
    expect(outcome).toBe(askBytes(file))
  }
  writeFileSync(path, bytes)
  expect(ask(() => Ruleset.open(path))).toBe('answered')
})
