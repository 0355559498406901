let cachedDay = -1
let cachedPrefix = ''

/** `2026-11-23T`, remembered, for records come in order of time. */
export function dayPrefix(day: number): string {
  if (day !== cachedDay) {
    cachedDay = day
    cachedPrefix = new Date(day * 86_400_000).toISOString().slice(0, 11)
  }
  return cachedPrefix
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0')

/** Microseconds since 1970 as ISO 8601 in UTC, with all six digits. */
export function timeText(us: number): string {
  const seconds = Math.floor(us / 1_000_000)
  const day = Math.floor(seconds / 86_400)
  const rest = seconds - day * 86_400
  const clock = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60]
  const fraction = pad(us - seconds * 1_000_000, 6)
  return `${dayPrefix(day)}${clock.map((part) => pad(part, 2)).join(':')}.${fraction}Z`
}
