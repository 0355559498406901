import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
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
    [['--syntax', 'csv'], /syntax is one of hosts, domains, wildcard, /],
    [['--at', 'soon'], /--at soon: seconds since 1970, or a time/],
  ])('refuses %j', (options, message) => {
    const { code, err } = weir(['compile', ...options, at('names.txt'), '-o', at('none.weir')])
    expect(code).toBe(2)
    expect(err).toMatch(message)
    expect(err.trimEnd()).not.toContain('\n')
  })

  it('shows every line that is no rule, and lets none drive the terminal', () => {
    writeFileSync(at('bad.txt'), `a.test\nx\u001b[2J\u202eb\u0000 c\n${'..'.repeat(200)}\n`)
    const options = ['--diagnostics', '--syntax', 'domains', at('bad.txt'), at('bad.txt')]
    const { code, out } = weir(['compile', ...options, '-o', at('out.weir')])
    expect(code).toBe(0)
    const [first, ...lines] = out.trimEnd().split('\n')
    expect(first).toMatch(
      / 1 names, 0 networks and 0 patterns from 2 rules, .* 4 lines are no rules$/,
    )
    const shown = [
      '2: not a line of this syntax: x\\x1b[2J\\u{202e}b\\x00 c',
      `3: not a valid name: ${'..'.repeat(60)}…`,
    ]
    expect(lines).toEqual([
      ...shown.map((line) => `bad.txt:${line}`),
      ...shown.map((line) => `bad.txt#2:${line}`),
    ])
  })

  it('reads compressed lists, sets, and lists that are JSON themselves', () => {
    writeFileSync(at('ads.txt.gz'), gzipSync('||ads.test^\n*.x.test\n'))
    const indicators = [
      { indicatorType: 'DomainName', indicatorValue: 'old.test', expirationTime: '2020-01-01' },
      { indicatorType: 'Url', indicatorValue: 'https://now.test/', action: 'Warn' },
    ]
    writeFileSync(at('indicators.json'), JSON.stringify({ value: indicators }))
    const sources = [
      { file: 'ads.txt.gz', format: 'adblock', category: 'ads', important: true },
      { file: 'indicators.json', syntax: 'indicators' },
      { id: 'mine', file: 'names.txt', match: 'suffix', action: 'allow' },
    ]
    writeFileSync(at('profile.json'), JSON.stringify({ name: 'x', sources }))
    const run = (...args: string[]) => weir(['compile', ...args, '-o', at('out.weir')])
    expect(run(at('profile.json'))).toMatchObject({ code: 0, err: '' })
    const rules = Ruleset.open(at('out.weir'))
    expect(rules.matchName('a.ads.test')).toMatchObject({ action: 'block' })
    expect(rules.matchName('now.test')).toMatchObject({ action: 'warn' })
    expect(rules.matchName('old.test')).toBeNull()
    rules.close()
    expect(run('--at', '2019-12-31', at('indicators.json')).out).toMatch(/ 2 names, .* 0 lines/)
    expect(run('--at', '1600000000', at('indicators.json')).out).toMatch(/ 1 names, .* 1 lines/)
  })

  it('takes what reaches below a public suffix when told to', () => {
    writeFileSync(at('wide.txt'), '*.co.uk\n')
    const run = (...args: string[]) =>
      weir(['compile', ...args, at('wide.txt'), '-o', at('out.weir')])
    expect(run().out).toMatch(/ 0 names, .* 1 lines/)
    expect(run('--force-public-suffix', '--apex').out).toMatch(/ 1 names, .* 0 lines/)
    const rules = Ruleset.open(at('out.weir'))
    expect(rules.matchName('co.uk')).toMatchObject({ action: 'block' })
    rules.close()
    expect(run('--force-public-suffix', '--apex', '--no-apex').code).toBe(0)
    const below = Ruleset.open(at('out.weir'))
    expect(below.matchName('co.uk')).toBeNull()
    expect(below.matchName('x.co.uk')).toMatchObject({ action: 'block' })
    below.close()
  })

  it('refuses what a set may not say', () => {
    for (const entry of [{ catgory: 'x' }, { important: 1 }, { apex: 'no' }, { format: 'x' }]) {
      writeFileSync(at('set.json'), JSON.stringify([{ file: 'names.txt', ...entry }]))
      const { code, err } = weir(['compile', at('set.json'), '-o', at('none.weir')])
      expect([code, err.trimEnd().split('\n').length]).toEqual([2, 1])
    }
    writeFileSync(at('torn.txt.gz'), gzipSync('a.test').subarray(0, 12))
    expect(weir(['compile', at('torn.txt.gz'), '-o', at('none.weir')]).code).toBe(5)
    expect(weir(['compile', at('absent.txt'), '-o', at('none.weir')]).code).toBe(4)
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
