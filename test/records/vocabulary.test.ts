import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { native } from '../../src/engine/native.js'
import { FLAGS } from '../../src/records/flags.js'
import * as layout from '../../src/records/layout.js'
import * as vocabulary from '../../src/records/vocabulary.js'
import { timeText } from '../../src/records/time.js'

const header = readFileSync(new URL('../../native/include/weir.h', import.meta.url), 'utf8')

/** Rows of a list in weir.h, found in another way than the generator finds them. */
function rows(map: string): string[] {
  const body =
    new RegExp(`#define WEIR_${map}_MAP\\(X\\)((?:.*\\\\\\n)*.*)`).exec(header)?.[1] ?? ''
  return [...body.matchAll(/X\(([^)"]*(?:"[^"]*"[^)]*)?)\)/g)].map((match) => match[1] ?? '')
}

const texts = (map: string): string[] => rows(map).map((row) => /"(.*)"/.exec(row)?.[1] ?? '')

it.each([
  ['REASON', vocabulary.REASONS],
  ['ACTION', vocabulary.ACTIONS],
  ['VERDICT', vocabulary.VERDICTS],
  ['PROTECTION', vocabulary.PROTECTIONS],
  ['DNS_MODE', vocabulary.DNS_MODES],
  ['DIRECTION', vocabulary.DIRECTIONS],
  ['HOST_SOURCE', vocabulary.HOST_SOURCES],
  ['EVIDENCE', vocabulary.EVIDENCES],
  ['CLOSE', vocabulary.CLOSES],
  ['PROTOCOL', vocabulary.PROTOCOLS],
])('WEIR_%s_MAP is what TypeScript has', (map, names) => {
  expect(texts(map).length).toBeGreaterThan(1)
  expect(names).toEqual(texts(map))
})

it('counters are what TypeScript has, in order', () => {
  const snake = vocabulary.COUNTERS.map((name) =>
    name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
  )
  expect(snake).toEqual(rows('COUNTER'))
})

it('record kinds and statuses are what TypeScript has', () => {
  expect(Object.keys(vocabulary.RECORD_KINDS)).toEqual(texts('RECORD_KIND'))
  expect(Object.values(vocabulary.STATUSES).sort()).toEqual(texts('STATUS').sort())
})

it('flags are what TypeScript has', () => {
  const inHeader = [...header.matchAll(/#define WEIR_FLAG_(\w+) +(0x\w+)u/g)].map((m) => [
    m[1],
    Number(m[2]),
  ])
  const own = Object.entries(FLAGS).map(([name, bit]) => [
    name.replace(/[A-Z]/g, (c) => `_${c}`).toUpperCase(),
    bit,
  ])
  expect(own).toEqual(inHeader)
})

it('the layout is the compiled one, and has every field of weir_record', () => {
  const { abi, recordSize, fields } = native().layout()
  expect(layout.ABI).toBe(abi)
  expect(layout.RECORD_SIZE).toBe(recordSize)
  expect(Object.values(layout.FIELD)).toEqual(Object.values(fields))
  const struct = /typedef struct weir_record \{([\s\S]*?)\} weir_record;/.exec(header)?.[1] ?? ''
  const code = struct.replace(/\/\*[\s\S]*?\*\//g, '')
  const names = [...code.matchAll(/(\w+)(?:\[\w+\])?\s*[,;]/g)].map((m) => m[1])
  expect(Object.keys(fields)).toEqual(expect.arrayContaining(names.filter((n) => n !== 'reserved')))
})

it('times have six digits and no locale', () => {
  expect(timeText(0)).toBe('1970-01-01T00:00:00.000000Z')
  expect(timeText(1_700_000_000_000_001)).toBe('2023-11-14T22:13:20.000001Z')
  expect(timeText(951_782_399_999_999)).toBe('2000-02-28T23:59:59.999999Z')
})
