import { UsageError } from './exit.js'

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }
const SECONDS_MAX = 30 * 86_400

/** Seconds of `90s`, `30m`, `2h`, `7d`, `1w`; undefined: it is none of these. */
export function secondsOf(text: string): number | undefined {
  const match = /^(\d{1,7})([smhdw])$/.exec(text)
  return match ? Number(match[1]) * UNITS[match[2]!]! : undefined
}

/** Seconds of an option: as above, or a bare `90`; 30 days at most. */
export function duration(name: string, text: string): number {
  const seconds = secondsOf(/\d$/.test(text) ? `${text}s` : text)
  if (seconds !== undefined && seconds <= SECONDS_MAX) return seconds
  throw new UsageError(`${name}: a time such as 30s, 10m, 2h or 1d, 30 days at most`)
}
