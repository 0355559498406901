import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { weir } from '../support/weir.js'

const native = fileURLToPath(new URL('../../native', import.meta.url))
const program = join(native, 'build/plain/example/embed')
const work = mkdtempSync(join(tmpdir(), 'weir-embed-'))
const rules = join(work, 'rules.weir')

const embed = (...args: string[]) => spawnSync(program, args, { encoding: 'utf8' })

beforeAll(() => {
  execFileSync('make', ['-s', '-C', native, 'build/plain/example/embed'])
  const [names, networks] = [join(work, 'names.txt'), join(work, 'networks.txt')]
  writeFileSync(names, 'ads.example\n')
  writeFileSync(networks, '203.0.113.0/24\n')
  expect(weir(['compile', '-o', rules, names, networks]).code).toBe(0)
}, 180_000)
afterAll(() => rmSync(work, { recursive: true }))

it('the example in C judges, answers and tells', () => {
  expect(embed(rules)).toMatchObject({
    status: 0,
    stdout: `packet: flow 1 drop, rule-block; 128 bytes of answer
packet: flow 2 drop, rule-block; 40 bytes of answer
record: dns 1, dns, block ads.example
record: flow 1, dns, block ads.example
record: flow 2, unknown, block 
`,
  })
})

it('lets all pass without rules, and refuses what is no ruleset', () => {
  expect(embed()).toMatchObject({ status: 0 })
  expect(embed().stdout.match(/pass, no-rule; 0 bytes/g)).toHaveLength(2)
  expect(embed(join(work, 'names.txt'))).toMatchObject({ status: 1 })
})
