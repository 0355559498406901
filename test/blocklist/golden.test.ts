import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { asHeader, compileDemo } from './golden.js'

const header = new URL('../../native/test/ruleset_golden.h', import.meta.url)
const seed = new URL('../../native/fuzz/seeds/ruleset/demo', import.meta.url)

// A change of the format shows here first: raise VERSION, then write anew with WEIR_GOLDEN=write.
test('the demonstration lists compile to the bytes that the C tests read', () => {
  const { bytes } = compileDemo()
  if (process.env['WEIR_GOLDEN'] === 'write') {
    writeFileSync(header, asHeader(bytes))
    writeFileSync(seed, bytes)
  }
  expect(readFileSync(header, 'utf8')).toBe(asHeader(bytes))
  expect(Buffer.compare(readFileSync(seed), bytes)).toBe(0)
})

test('compiling twice gives the same bytes', () => {
  expect(compileDemo().bytes).toEqual(compileDemo().bytes)
})
