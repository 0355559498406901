import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hexToPcap } from '../fixtures/make/hex.js'
import { compile } from '../src/blocklist/compile.js'
import { replay } from '../src/capture/replay.js'
import { compare } from '../src/cli/expect.js'
import { Engine, REPLAY_SEED } from '../src/engine/engine.js'
import { Ruleset } from '../src/engine/ruleset.js'
import { encode } from '../src/records/encode.js'
import { schemaErrors } from './support/schema.js'

const fixtures = new URL('../fixtures/', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, fixtures), 'utf8')
const cases = readdirSync(new URL('captures/', fixtures))

/** The demonstration lists, with the options of demo.json. */
function demoRuleset(): Ruleset {
  const lists = JSON.parse(read('lists/demo.json')) as { id: string; file: string }[]
  const sources = lists.map(({ file, ...options }) => ({ ...options, text: read(`lists/${file}`) }))
  return Ruleset.from(compile(sources).bytes)
}

let ruleset: Ruleset
beforeAll(() => (ruleset = demoRuleset()))
afterAll(() => {
  ruleset.close()
})

async function replayed(path: string): Promise<string> {
  const engine = new Engine({ seed: REPLAY_SEED })
  engine.use(ruleset)
  let text = ''
  for await (const records of replay(path, engine)) text += records.map(encode).join('')
  engine.close()
  return text
}

describe.each(cases)('%s', (name) => {
  const folder = `captures/${name}/`

  test('says where it comes from and what must be seen', () => {
    expect(read(`${folder}README.md`)).toMatch(/^## Origin$[^]*^## What must be seen$/m)
  })

  test('gives the records that are expected', async () => {
    const actual = await replayed(fileURLToPath(new URL(`${folder}input.pcap`, fixtures)))
    const expected = read(`${folder}expected.ndjson`)
    if (actual !== expected) expect(compare(expected, actual)).toEqual([])
    for (const line of actual.trimEnd().split('\n'))
      expect(schemaErrors(JSON.parse(line))).toEqual([])
  })
})

const texts = readdirSync(new URL('hex/', fixtures))

test.each(texts)('%s is what the capture of its name holds', (file) => {
  const name = `hex-${file.replace(/\.hex$/, '')}`
  const capture = readFileSync(new URL(`captures/${name}/input.pcap`, fixtures))
  expect(hexToPcap(read(`hex/${file}`)).equals(capture)).toBe(true)
})
