import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pcapng } from '../../fixtures/make/captures.js'
import { compile } from '../../src/blocklist/compile.js'
import { compare } from '../../src/cli/expect.js'
import { compileDemo } from '../blocklist/golden.js'
import { type Ends, udp } from '../support/packets.js'
import { here, others } from './machines.js'
import { lookupIn, ndjsonOf } from './ndjson.js'
import { manyRules } from './rules.js'

const captures = fileURLToPath(new URL('../../fixtures/captures/', import.meta.url))
const cases = readdirSync(captures)

let folder: string
let demo: string
let many: string

/** Rulesets are written here, and read on every machine. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-machines-'))
  demo = join(folder, 'demo.weir')
  many = join(folder, 'many.weir')
  writeFileSync(demo, compileDemo().bytes)
  writeFileSync(many, compile(manyRules()).bytes)
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

test('every number of a record is put into order', () => {
  const native = new URL('../../native/', import.meta.url)
  const header = readFileSync(new URL('include/weir.h', native), 'utf8')
  const order = readFileSync(new URL('test/record_bytes.h', native), 'utf8')
  const between = (from: string, to: string) => header.split(from)[1]!.split(to)[0]!
  const structs =
    between('typedef struct weir_tuple {', '} weir_tuple;') +
    between('typedef struct weir_record {', '} weir_record;')
  const fields = [...structs.matchAll(/\buint(?:16|32|64)_t\s+([^;]+);/g)].flatMap((declared) =>
    declared[1]!.split(/\s*,\s*/),
  )
  expect(fields.length).toBeGreaterThan(20)
  expect(fields.filter((field) => !RegExp(`X\\((?:tuple\\.)?${field}\\)`).test(order))).toEqual([])
})

describe.each([here, ...others])('$name', (machine) => {
  test('gives the NDJSON of every fixture, byte for byte', () => {
    const lookup = lookupIn(machine.rules(demo))
    for (const name of cases) {
      const actual = ndjsonOf(machine.records(join(captures, name, 'input.pcap'), demo), lookup)
      const expected = readFileSync(join(captures, name, 'expected.ndjson'), 'utf8')
      if (actual !== expected) expect(compare(expected, actual), name).toEqual([])
      expect(actual === expected, name).toBe(true)
    }
  })
})

/** A time that is too long for 64 bits of nanoseconds: the core is asked to multiply in 128. */
function farFuture(): string {
  const path = join(folder, 'far.pcapng')
  const ends: Ends = { client: ['192.0.2.10', 4000], server: ['192.0.2.53', 9] }
  const frame = { time: 0xfedcba9876543210n * 1_000_000_000n, bytes: udp(ends, Buffer.from('x')) }
  writeFileSync(path, pcapng({ interfaces: [{ linkType: 101, resolution: 0 }] }, [frame]))
  return path
}

describe.each(others)('$name', (machine) => {
  test('reads rulesets as they are read here', () => {
    for (const path of [demo, many]) {
      const text = here.rules(path)
      expect(text.split('\n').length).toBeGreaterThan(path === many ? 5000 : 20)
      expect(machine.rules(path) === text).toBe(true)
    }
  })

  test('gives the same records of a capture whose times overflow', () => {
    const path = farFuture()
    const expected = here.records(path, demo)
    expect(expected.length).toBeGreaterThan(0)
    expect(machine.records(path, demo).equals(expected)).toBe(true)
  })
})
