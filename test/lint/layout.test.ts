import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const script = new URL('../../eslint.layout.mjs', import.meta.url).href
const { problem } = (await import(script)) as {
  problem: (file: string, specifier: string) => string | undefined
}
const at = (path: string): string => fileURLToPath(new URL(`../../src/${path}`, import.meta.url))

it.each([
  ['engine/engine.ts', '../records/ring.js'],
  ['engine/engine.ts', './native.js'],
  ['engine/engine.ts', '../errors.js'],
  ['cli/replay.ts', '../capture/capture.js'],
  ['index.ts', './engine/engine.js'],
  ['blocklist/compile.ts', 'node:crypto'],
])('%s may import %s', (file, specifier) => {
  expect(problem(at(file), specifier)).toBeUndefined()
})

it.each([
  ['records/decode.ts', '../engine/engine.js'],
  ['engine/engine.ts', '../capture/capture.js'],
  ['blocklist/compile.ts', '../engine/engine.js'],
  ['sinks/ndjson.ts', '../engine/engine.js'],
  ['capture/capture.ts', '../index.js'],
  ['engine/engine.ts', '../../test/support/ring.js'],
  ['newroom/file.ts', '../records/ring.js'],
])('%s may not import %s', (file, specifier) => {
  expect(problem(at(file), specifier)).toBeTypeOf('string')
})
