import { UsageError } from './exit.js'

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }
const SECONDS_MAX = 30 * 86_400

/** Seconds of `90`, `30s`, `10m`, `2h` or `1d`; 30 days at most. */
export function duration(name: string, text: string): number {
  const [, count, unit = ''] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? []
  const seconds = Number(count) * UNITS[unit]!
  if (seconds <= SECONDS_MAX) return seconds
  throw new UsageError(`${name}: a time such as 30s, 10m, 2h or 1d, 30 days at most`)
}
