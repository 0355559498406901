import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Ruleset } from '../../src/index.js'
import { weir } from '../support/weir.js'

const folder = mkdtempSync(join(tmpdir(), 'weir-'))
const at = (name: string): string => join(folder, name)

beforeAll(() => {
  writeFileSync(at('names.txt'), 'example.test\nother.example\n')
  writeFileSync(at('good.txt'), 'good.example.test\n')
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('weir compile', () => {
  it('applies what is said of lists to those behind it', () => {
    const options = ['--match', 'suffix', '--category', 'bad', at('names.txt')]
    const more = ['--action', 'allow', at('good.txt'), '-o', at('out.weir')]
    const { code, err } = weir(['compile', ...options, ...more])
    expect(err).toBe('')
    expect(code).toBe(0)
    const rules = Ruleset.open(at('out.weir'))
    expect(rules.matchName('sub.example.test')).toMatchObject({ action: 'block', category: 'bad' })
    expect(rules.matchName('sub.good.example.test')).toMatchObject({ action: 'allow' })
    expect(rules.matchName('notexample.test')).toBeNull()
    rules.close()
  })

  it.each([
    [['--action', 'maybe'], /action is one of block, warn, audit, allow/],
    [['--match', 'some'], /match is one of exact, suffix/],
    [['--syntax', 'adblock'], /syntax is one of hosts, domains, cidr/],
  ])('refuses %j', (options, message) => {
    const { code, err } = weir(['compile', ...options, at('names.txt'), '-o', at('none.weir')])
    expect(code).toBe(2)
    expect(err).toMatch(message)
    expect(err.trimEnd()).not.toContain('\n')
  })

  it('refuses a set of lists that is none, and one that says what no list can', () => {
    writeFileSync(at('set.json'), '[{"file":"names.txt","action":7}]')
    expect(weir(['compile', at('set.json'), '-o', at('none.weir')]).code).toBe(2)
    for (const text of ['{}', '[null]', '[{"file":1}]', 'no']) {
      writeFileSync(at('set.json'), text)
      expect(weir(['compile', at('set.json'), '-o', at('none.weir')]).code).toBe(5)
    }
  })
})
