import { addressText } from '../records/address.js'
import { type RuleLookup, ruledBy } from '../records/decode.js'
import { FIELD } from '../records/layout.js'
import type { RecordRun } from '../records/ring.js'
import { timeText } from '../records/time.js'
import type { RuleSource } from '../records/types.js'
import { RECORD_KINDS } from '../records/vocabulary.js'

/** What was done about a rule. It is no traffic record: who is told of it decides where it goes. */
export type EngineAction =
  | {
      readonly type: 'bypass-granted'
      readonly time: string
      /** Whether somebody went on at a page, or a program said so. */
      readonly by: 'page' | 'program'
      /** A name or an address. */
      readonly host: string
      /** Whose flows; null: everybody's. */
      readonly client: string | null
      /** Until when, in the time of packets. */
      readonly until: string
      /** Which warned, where somebody went on at its page. */
      readonly rule: RuleSource | null
    }
  | {
      readonly type: 'bypass-revoked'
      readonly time: string
      /** Null: all were. */
      readonly host: string | null
      /** How many were live. */
      readonly count: number
    }

const SECOND = 1_000_000

/** What the entries of a run say was done, which are none of a traffic record. */
export function* actionsIn(run: RecordRun, lookup: RuleLookup): Generator<EngineAction> {
  for (let i = 0; i < run.count; i++) {
    const at = run.at(i)
    if (run.u8(at + FIELD.kind) !== RECORD_KINDS.bypass) continue
    const time = run.u64(at + FIELD.startUs)
    const isIpv4 = run.u8(at + FIELD.ipVersion) === 4
    yield {
      type: 'bypass-granted',
      time: timeText(time),
      by: 'page',
      host: run.name(at),
      client: addressText(run.bytes, at + FIELD.client, isIpv4),
      until: timeText(time + run.u32(at + FIELD.ttl) * SECOND),
      rule: ruledBy(run, at, lookup).rule,
    }
  }
}
