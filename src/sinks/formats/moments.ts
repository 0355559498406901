let minute = ''
let minuteStart = 0

/** Microseconds since 1970 of a record's time, which has six digits behind its point. */
export function microseconds(time: string): number {
  // Remembered, for records come in order of time.
  if (!time.startsWith(minute) || minute === '') {
    minute = time.slice(0, 17)
    minuteStart = Date.parse(`${minute}00Z`) * 1000
  }
  return minuteStart + Number(time.slice(17, 19)) * 1_000_000 + Number(time.slice(20, 26))
}

/** Microseconds from one of a record's times to the other; never less than 0. */
export function between(start: string, end: string): number {
  return Math.max(0, microseconds(end) - microseconds(start))
}

/** As seconds with six digits, without the rounding that a division would bring. */
export function seconds(us: number): string {
  const text = String(us).padStart(7, '0')
  return `${text.slice(0, -6)}.${text.slice(-6)}`
}
