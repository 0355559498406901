import { expect, test } from 'vitest'
import { answer } from './match.js'
import { readLists } from './read.js'
import { hasWorkloads, PROFILES, readProfile, readWorkload } from './workload.js'

/** With WEIR_CASES the largest profile, too, and more of each one's queries. */
const isLong = process.env['WEIR_CASES'] !== undefined
const profiles = PROFILES.filter((name) => isLong || name !== 'large')
/** Rules asked in all, for each profile. */
const CHECKS = isLong ? 100_000_000 : 1_000_000

if (!hasWorkloads) console.log('skipped: the lists of ../shared/blocklists are not there')

test.runIf(hasWorkloads).each(profiles)(
  'the slow matcher gives the expected answers: %s',
  (profile) => {
    const rules = readLists(readProfile(profile))
    const rows = readWorkload(profile)
    const step = Math.max(1, Math.floor((rows.length * rules.length) / CHECKS))
    for (let i = step >> 1; i < rows.length; i += step) {
      const { query, ...expected } = rows[i]!
      const { verdict, categories, decider, audit } = answer(rules, query)
      const isAudit = decider === 'audit' // these expectations know no verdict for it
      const found = {
        verdict: isAudit ? 'none' : verdict,
        categories: isAudit ? '' : categories.join(','),
        decider: isAudit ? '-' : decider,
        audit: audit ? '1' : '0',
      }
      expect(found, query).toEqual(expected)
    }
  },
)
