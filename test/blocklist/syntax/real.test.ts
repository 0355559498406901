import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { cancelledKeys } from '../../../src/blocklist/syntax/adblockbadfilter.js'
import type { Action } from '../../../src/blocklist/ruleset/format.js'
import type { Syntax } from '../../../src/blocklist/syntax/syntaxes.js'
import { RuleStore } from '../../../src/blocklist/rules.js'
import { problems, readInto } from './read.js'
import { readShared, SHARED, sharedTest } from './shared.js'

vi.setConfig({ testTimeout: 300_000 }) // the oracle is slow by design

interface Source {
  readonly file: string
  readonly format: string
  readonly action: Action
  readonly match: 'exact' | 'suffix'
  readonly apex?: boolean
}

const ORACLE = join(SHARED, 'oracle_blocklist.py')
const hasPython = existsSync('/usr/bin/python3')

/** What the oracle takes for rules and we refuse: with a character that no name has, they match nothing. */
const MATCH_NOTHING = /^\d+: a pattern with a character that no name has$/
const TAKEN_BACK = /^\d+: taken back by a \$badfilter rule$/ // the oracle counts before it takes back
/** Its first line is a comment behind a byte order mark, which the oracle takes for a pattern. */
const MARKED = new Map([['youtube-ads.adblock.gz', 1]])

/** Rules of each source as the oracle counts them. */
function expected(profile: string): Map<string, number> {
  const text = execFileSync('/usr/bin/python3', [ORACLE, 'stats', join(SHARED, profile)])
  const rows = [...text.toString().matchAll(/^([^\t]+)\t[^\t]+\t(\d+) rules\t/gm)]
  return new Map(rows.map(([, file, rules]) => [file!, Number(rules)]))
}

function compare(name: string): void {
  const profile = `profile-${name}.json`
  const { sources } = JSON.parse(readShared(profile).toString()) as { sources: Source[] }
  const counts = expected(profile)
  expect(counts.size).toBe(sources.length)
  const adblock = sources.filter(({ format }) => format === 'adblock')
  const cancelled = cancelledKeys(adblock.map(({ file }) => [readShared(file)]))
  for (const { file, format, apex = false, ...options } of sources) {
    const syntax = (format === 'ip' ? 'cidr' : format) as Syntax
    const store = new RuleStore()
    readInto(store, syntax, readShared(file), { ...options, apex, cancelled })
    const others = problems(store).filter(
      (line) => MATCH_NOTHING.test(line) || TAKEN_BACK.test(line),
    )
    const ours = store.names + store.networkCount + store.patterns.length + others.length
    expect(ours + (MARKED.get(file) ?? 0), file).toBe(counts.get(file))
  }
}

for (const name of ['small', 'medium', 'adblock', 'formats', 'ip', 'large']) {
  if (hasPython) sharedTest(`as many rules as the oracle: ${name}`, () => compare(name))
  else test.skip(`as many rules as the oracle: ${name}: python3 is not there`, () => compare(name))
}
