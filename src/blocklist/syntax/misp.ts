import type { SourceDocument } from './document.js'
import { IndicatorStore } from './indicatorstore.js'
import { eachRecord } from './json.js'
import type { Reading } from './reading.js'

const KEYS = new Set(['type', 'value', 'to_ids', 'comment', 'deleted'])

export const NOT_TO_IDS = 'an attribute that is not meant for detection (to_ids)'
const DELETED = 'a deleted attribute'

/** The attributes of MISP events, those of their objects too, as its JSON export and feeds have them. */
export function readMisp(source: SourceDocument, reading: Reading): void {
  const store = new IndicatorStore(reading)
  const isWanted = (key: string): boolean => key === 'attribute'
  eachRecord(source, reading.rules, KEYS, isWanted, (record) => {
    source.at(record.lineOf('value'))
    if (isTrue(record.get('deleted'))) return reading.rules.refuse(DELETED)
    if (!isTrue(record.get('to_ids') ?? 'true')) return reading.rules.refuse(NOT_TO_IDS)
    store.add({
      type: record.get('type') ?? '',
      value: record.get('value') ?? '',
      title: record.get('comment'),
    })
  })
}

/** JSON has true, older exports and CSV 1. */
export function isTrue(text: string | undefined): boolean {
  return text === '1' || text?.toLowerCase() === 'true'
}
