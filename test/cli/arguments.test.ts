import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { spreadRules } from '../../src/cli/arguments.js'
import { pcap } from '../support/packets.js'

const folder = mkdtempSync(join(tmpdir(), 'weir-'))
const at = (name: string): string => join(folder, name)

beforeAll(() => {
  writeFileSync(at('a.pcap'), pcap([]))
  writeFileSync(at('one.txt'), '0.0.0.0 ads.example\n')
  writeFileSync(at('two.txt'), 'example\n')
})
afterAll(() => rmSync(folder, { recursive: true }))

it('takes lists after --rules up to the next option', () => {
  const args = ['--rules', at('one.txt'), at('two.txt'), '--stats', at('two.txt')]
  const spread = ['--rules', at('one.txt'), '--rules', at('two.txt'), '--stats', at('two.txt')]
  expect(spreadRules(args)).toEqual(spread)
})

it('takes no capture, standard input or missing file for a list', () => {
  for (const other of [at('a.pcap'), '-', at('missing.pcap')]) {
    const args = ['--rules', at('one.txt'), other, at('two.txt')]
    expect(spreadRules(args)).toEqual(args)
  }
})
