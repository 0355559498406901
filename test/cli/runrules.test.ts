import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { followRules } from '../../src/cli/runrules.js'
import { Engine } from '../../src/engine/engine.js'
import { makeGate } from '../../src/privacy/gate.js'
import { STRICT } from '../../src/privacy/gates.js'
import type { ActionRecord } from '../../src/privacy/reports.js'

let folder: string
const at = (name: string): string => join(folder, name)
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-rules-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

it.each([
  ['lists', 'ruleset-swapped', () => [at('ads list.txt'), at('other.txt')]],
  ['a policy', 'policy-changed', () => [at('policy.yaml')]],
] as const)(
  '%s: a list that is replaced is a record, by its name alone',
  async (_, swap, paths) => {
    writeFileSync(at('ads list.txt'), 'ads.example\n')
    writeFileSync(at('other.txt'), 'other.example\n')
    const lists = '[{file: "ads list.txt"}, {file: other.txt}]'
    const policy = `version: 1\nprofile: a\nprofiles:\n  a: { lists: ${lists} }\n`
    writeFileSync(at('policy.yaml'), policy)
    using engine = new Engine()
    const told: ActionRecord[] = []
    const rules = await followRules({ rules: paths(), trust: [] }, engine, {}, (done) =>
      told.push(done),
    )
    expect(rules).toMatchObject({ lists: 2, protection: 'block', size: 2 })
    writeFileSync(at('ads list.txt'), 'ads.example\nmore.example\n')
    await rules.reload()
    expect(told).toMatchObject([
      { action: 'list-updated', by: 'weir', list: 'ads list.txt' },
      { action: swap, by: 'weir', count: 3 },
    ])
    const values = { ...STRICT, 'device-names': 'none' } as const
    const key = new Uint8Array(0)
    const gate = await makeGate({ revision: 1, values }, { destination: 'device', key })
    expect(gate.clear(told[0]!)).not.toHaveProperty('list')
    await rules.close()
  },
)
