/** A date of the calendar, as days since 1970-01-01. */
export type Day = number

const MINUTE = 60_000
export const DAY = 86_400_000

const formats = new Map<string, Intl.DateTimeFormat>()

/** Throws a RangeError where there is no such zone. */
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(zone, format)
  }
  return format
}

export function isZone(zone: string): boolean {
  try {
    formatOf(zone)
    return true
  } catch {
    return false
  }
}

/** What clocks in `zone` show at `at`, as milliseconds since 1970 in that zone. */
export function wallTime(zone: string, at: number): number {
  const parts: Record<string, number> = {}
  for (const { type, value } of formatOf(zone).formatToParts(at)) parts[type] = Number(value)
  const { year, month, day, hour, minute, second } = parts
  return Date.UTC(year!, month! - 1, day, hour, minute, second)
}

export const dayIn = (zone: string, at: number): Day => Math.floor(wallTime(zone, at) / DAY)

/** 0 is Monday. */
export const weekday = (day: Day): number => (((day + 3) % 7) + 7) % 7

/**
 * When clocks in `zone` show `minute` of `day` for the first time. Where they skip it, that is when they do; where they
 * show it twice, once: what begins or ends at a time of day does so once a day.
 */
export function instantOf(zone: string, day: Day, minute: number): number {
  const wall = day * DAY + minute * MINUTE
  const before = wall - (wallTime(zone, wall - DAY) - (wall - DAY))
  const after = wall - (wallTime(zone, wall + DAY) - (wall + DAY))
  const earliest = Math.min(before, after)
  const latest = Math.max(before, after)
  for (const at of [earliest, latest]) if (wallTime(zone, at) === wall) return at
  return skippedAt(zone, wall, earliest, latest)
}

/** The first second at which clocks show `wall` or more: they are put forward between `low` and `high`. */
function skippedAt(zone: string, wall: number, low: number, high: number): number {
  while (high - low > 1000) {
    const middle = low + Math.floor((high - low) / 2000) * 1000
    if (wallTime(zone, middle) >= wall) high = middle
    else low = middle
  }
  return high
}
