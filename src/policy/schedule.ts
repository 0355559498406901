import type { Policy, Schedule } from './policy.js'
import { DAY, type Day, dayIn, instantOf, weekday } from './zone.js'
import type { Protection } from '../records/vocabulary.js'

/** What a policy comes down to at one time. */
export interface InForce {
  readonly profile: string
  readonly protection: Protection
  /** Name or number, from 1, of the schedule that says so; undefined where none applies. */
  readonly schedule: string | undefined
}

/** Changes are looked for in the week to come, and a day for clocks that change. */
const HORIZON = 8 * DAY
/** Days whose spans may reach into that time. */
const DAYS_BACK = 2
const DAYS_AHEAD = 10

type Span = readonly [start: number, end: number]

/** What is in force at `at`, milliseconds since 1970; null: as if no schedule applied. */
export function inForce(policy: Policy, at: number | null): InForce {
  if (at === null) return resolve(policy, undefined)
  return resolve(policy, firstAt(spansOf(policy, at, 0), at))
}

/** When what is in force changes next after `at`; undefined: never, or not for more than a week. */
export function nextChange(policy: Policy, at: number): number | undefined {
  const spans = spansOf(policy, at, DAYS_AHEAD)
  const now = resolve(policy, firstAt(spans, at))
  const boundaries = new Set(
    spans.flat(2).filter((boundary) => boundary > at && boundary <= at + HORIZON),
  )
  return [...boundaries]
    .sort((a, b) => a - b)
    .find((boundary) => {
      const then = resolve(policy, firstAt(spans, boundary))
      return then.profile !== now.profile || then.protection !== now.protection
    })
}

function resolve(policy: Policy, index: number | undefined): InForce {
  const entry = index === undefined ? undefined : policy.schedules[index]
  return {
    profile: entry?.profile ?? policy.profile,
    protection: entry?.protection ?? policy.protection,
    schedule: entry && (entry.name ?? `${index! + 1}`),
  }
}

/** The first entry that applies at `at`. */
function firstAt(spans: readonly (readonly Span[])[], at: number): number | undefined {
  const index = spans.findIndex((own) => own.some(([start, end]) => start <= at && at < end))
  return index < 0 ? undefined : index
}

/** Of each entry: from when to when it applies, around `at`. */
function spansOf(policy: Policy, at: number, ahead: number): Span[][] {
  return policy.schedules.map((entry) => {
    const today = dayIn(entry.zone, at)
    const spans: Span[] = []
    for (let day = today - DAYS_BACK; day <= today + ahead; day++) {
      if (entry.days.has(weekday(day))) spans.push(spanOn(entry, day))
    }
    return spans
  })
}

function spanOn({ from, to, zone }: Schedule, day: Day): Span {
  const last = to > from ? day : day + 1
  return [instantOf(zone, day, from), instantOf(zone, last, to)]
}
