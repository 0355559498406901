import { addressText } from '../records/address.js'
import { type RuleLookup, ruledBy } from '../records/decode.js'
import { FIELD } from '../records/layout.js'
import type { RecordRun } from '../records/ring.js'
import { timeText } from '../records/time.js'
import type { RuleSource } from '../records/types.js'
import { ACTIONS, RECORD_KINDS } from '../records/vocabulary.js'

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
      /** Once for each flow that got one, however often it asked. */
      readonly type: 'page-shown'
      readonly time: string
      /** The name or address that it is about; null where its rule is about the address alone. */
      readonly host: string | null
      /** Who asked. */
      readonly client: string
      /** Whether it offers to go on. */
      readonly action: 'warn' | 'block'
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
    const kind = run.u8(at + FIELD.kind)
    if (kind === RECORD_KINDS.bypass) yield granted(run, at, lookup)
    if (kind === RECORD_KINDS.page) yield shown(run, at, lookup)
  }
}

function granted(run: RecordRun, at: number, lookup: RuleLookup): EngineAction {
  const until = run.u64(at + FIELD.startUs) + run.u32(at + FIELD.ttl) * SECOND
  return {
    type: 'bypass-granted',
    by: 'page',
    host: run.name(at),
    until: timeText(until),
    ...common(run, at, lookup),
  }
}

function shown(run: RecordRun, at: number, lookup: RuleLookup): EngineAction {
  const action = ACTIONS[run.u8(at + FIELD.action)] === 'warn' ? 'warn' : 'block'
  return { type: 'page-shown', host: run.name(at) || null, action, ...common(run, at, lookup) }
}

function common(run: RecordRun, at: number, lookup: RuleLookup) {
  const isIpv4 = run.u8(at + FIELD.ipVersion) === 4
  return {
    time: timeText(run.u64(at + FIELD.startUs)),
    client: addressText(run.bytes, at + FIELD.client, isIpv4),
    rule: ruledBy(run, at, lookup).rule,
  }
}
