import type { Policy, Schedule } from './policy.js'
import { type Day, dayIn, instantOf, weekday } from './zone.js'
import type { Protection } from '../records/vocabulary.js'

/** What a policy comes down to at one time. */
export interface InForce {
  readonly profile: string
  readonly protection: Protection
  /** Name or number, from 1, of the schedule that says so; undefined where none applies. */
  readonly schedule: string | undefined
}

/** Boundaries looked at: all of the next week's, and of days that begin earlier or end later. */
const DAYS_BACK = 2
const DAYS_AHEAD = 9

/** What is in force at `at`, milliseconds since 1970; null: as if no schedule applied. */
export function inForce(policy: Policy, at: number | null): InForce {
  const index = at === null ? -1 : policy.schedules.findIndex((entry) => applies(entry, at))
  const entry = policy.schedules[index]
  return {
    profile: entry?.profile ?? policy.profile,
    protection: entry?.protection ?? policy.protection,
    schedule: entry && (entry.name ?? `${index + 1}`),
  }
}

/** When what is in force changes next after `at`; undefined: never, or not for more than a week. */
export function nextChange(policy: Policy, at: number): number | undefined {
  const now = inForce(policy, at)
  const boundaries = new Set<number>()
  for (const entry of policy.schedules) {
    const today = dayIn(entry.zone, at)
    for (let day = today - DAYS_BACK; day <= today + DAYS_AHEAD; day++) {
      for (const boundary of spanOf(entry, day)) if (boundary > at) boundaries.add(boundary)
    }
  }
  return [...boundaries]
    .sort((a, b) => a - b)
    .find((boundary) => {
      const then = inForce(policy, boundary)
      return then.profile !== now.profile || then.protection !== now.protection
    })
}

function applies(entry: Schedule, at: number): boolean {
  const today = dayIn(entry.zone, at)
  for (let day = today - DAYS_BACK; day <= today; day++) {
    const [start, end] = spanOf(entry, day)
    if (start !== undefined && start <= at && at < end!) return true
  }
  return false
}

/** From when to when the entry applies that begins on `day`; nothing on other days than its own. */
function spanOf({ days, from, to, zone }: Schedule, day: Day): readonly number[] {
  if (!days.has(weekday(day))) return []
  const last = to > from ? day : day + 1
  return [instantOf(zone, day, from), instantOf(zone, last, to)]
}
