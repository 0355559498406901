import type { SourceDocument } from './document.js'
import { INDICATOR_PROBLEM, IndicatorStore } from './indicatorstore.js'
import { eachRecord, type JsonRecord } from './json.js'
import type { Reading } from './reading.js'
import { parseStixPattern, STIX_PROBLEM } from './stixpattern.js'

const KEYS = new Set([
  'type',
  'pattern',
  'pattern_type',
  'name',
  'valid_until',
  'revoked',
  'indicator_types',
])
const TYPES: ReadonlyMap<string, string> = new Map([
  ['domain-name:value', 'domain'],
  ['url:value', 'url'],
  ['ipv4-addr:value', 'ip'],
  ['ipv6-addr:value', 'ip'],
])

const REVOKED = 'a revoked indicator'
const BENIGN = 'an indicator of something benign'
const LANGUAGE = 'a pattern in a language other than STIX'

/** The indicators of a STIX 2.1 bundle, or of an array of its objects; what else is in it is passed over. */
export function readStix(source: SourceDocument, reading: Reading): void {
  const store = new IndicatorStore(reading)
  const isWanted = (key: string, depth: number): boolean => key === 'objects' || depth === 0
  eachRecord(source, reading.rules, KEYS, isWanted, (record) => {
    if (record.get('type') !== 'indicator') return
    source.at(record.lineOf('pattern'))
    const reason = refusal(record) ?? addPattern(record, store)
    if (reason !== undefined) reading.rules.refuse(reason)
  })
}

function refusal(record: JsonRecord): string | undefined {
  if (record.get('revoked') === 'true') return REVOKED
  if (record.get('indicator_types')?.split(',').includes('benign')) return BENIGN
  return (record.get('pattern_type') ?? 'stix') === 'stix' ? undefined : LANGUAGE
}

function addPattern(record: JsonRecord, store: IndicatorStore): string | undefined {
  const terms = parseStixPattern(record.get('pattern') ?? '')
  if (typeof terms === 'string') return terms
  for (const { path, values } of terms) {
    const type = TYPES.get(path)
    if (type === undefined) store.rules.refuse(INDICATOR_PROBLEM.type)
    else if (values.length === 0) store.rules.refuse(STIX_PROBLEM.operator)
    else {
      for (const value of values) {
        store.add({ type, value, title: record.get('name'), expires: record.get('valid_until') })
      }
    }
  }
  return undefined
}
