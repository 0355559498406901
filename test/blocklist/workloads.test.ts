import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compile } from '../../src/blocklist/compile.js'
import { writeRuleset } from '../../src/blocklist/ruleset/file.js'
import { type Match, Ruleset } from '../../src/engine/ruleset.js'
import { ACTIONS } from '../../src/records/vocabulary.js'
import { toSources } from './slow/trial.js'
import { hasWorkloads, PROFILES, readProfile, readWorkload, type Row } from './slow/workload.js'

// Real lists and queries with expected answers, through the addon one by one and all at once, and through the
// core alone, from a mapped file.
const native = fileURLToPath(new URL('../../native/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'weir-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeAll(() => {
  execFileSync('make', ['-s', '-C', native, 'build/plain/test/workload'], { stdio: 'inherit' })
}, 300_000)

if (!hasWorkloads) console.log('skipped: the lists of ../shared/blocklists are not there')

type Answer = Omit<Row, 'query'>

const DECIDERS = [
  ...['indicator', 'indicator', 'indicator'],
  ...['important-allow', 'important-block', 'important-warn'],
  ...['allow', 'block', 'warn'],
]
const NOTHING: Answer = { verdict: 'none', categories: '', decider: '-', audit: '0' }

function answerOf(match: Omit<Match, 'depth' | 'rule'> | null): Answer {
  if (!match) return NOTHING
  const { action, rank, category, isAudited } = match
  const audit = isAudited ? '1' : '0'
  if (action === 'audit') return { ...NOTHING, audit } // the workloads know no verdict for it
  return { verdict: action, categories: category ?? '', decider: DECIDERS[rank]!, audit }
}

function batchAnswers(rules: Ruleset, queries: readonly string[]): Answer[] {
  const matches = rules.matchNames(queries)
  expect(matches.count).toBe(queries.length)
  const names = rules.categories
  return queries.map((_, i) => {
    if (!matches.isHit(i)) return NOTHING
    const mask = matches.categories[i]!
    return answerOf({
      action: ACTIONS[matches.actions[i]!]!,
      rank: matches.ranks[i]!,
      category: names.filter((_, bit) => (mask >> BigInt(bit)) & 1n).join(','),
      isAudited: matches.isAudited(i),
    })
  })
}

function differences(rows: readonly Row[], answers: readonly Answer[]): unknown[] {
  return rows.flatMap(({ query, ...expected }, i) =>
    JSON.stringify(expected) === JSON.stringify(answers[i])
      ? []
      : [{ query, expected, found: answers[i] }],
  )
}

async function checkInCore(
  profile: string,
  bytes: Uint8Array,
  rows: readonly Row[],
): Promise<void> {
  const ruleset = join(folder, `${profile}.weir`)
  const workload = join(folder, `${profile}.tsv`)
  await writeRuleset(ruleset, bytes) // on disk: else the system counts its pages as written to
  const lines = rows.map(({ query, verdict, categories, decider, audit }) =>
    [query, '', verdict, categories, decider, audit].join('\t'),
  )
  writeFileSync(workload, lines.join('\n'))
  const program = join(native, 'build/plain/test/workload')
  const { stdout, stderr } = spawnSync(program, [ruleset, workload], { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(stdout).toMatch(
    new RegExp(`^${rows.length} rows, 0 differ; opened in \\d+ us; (0|-1) KiB`),
  )
}

test.runIf(hasWorkloads).each(PROFILES)(
  'the expected answers, in JavaScript and in C: %s',
  async (profile) => {
    const { bytes } = compile(toSources(readProfile(profile)), { publicSuffixes: 'allow' })
    const rows = readWorkload(profile)
    const queries = rows.map(({ query }) => query)
    using rules = Ruleset.from(bytes)
    const single = queries.map((query) => answerOf(rules.matchName(query)))
    expect(differences(rows, single)).toEqual([])
    expect(differences(rows, batchAnswers(rules, queries))).toEqual([])
    await checkInCore(profile, bytes, rows)
  },
  300_000,
)
