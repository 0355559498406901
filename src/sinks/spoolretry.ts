// When a batch that did not arrive is tried again.

/** Milliseconds. */
export interface Backoff {
  /** The first wait is up to this, each further one up to twice as long. */
  readonly firstMs: number
  readonly mostMs: number
  /** Longest that a collector may ask for. */
  readonly askedMs: number
}

export const BACKOFF: Backoff = { firstMs: 1000, mostMs: 300_000, askedMs: 3_600_000 }

/** It will not be taken, however often it is sent. */
export class Refused extends Error {}

/** It may be taken later, but not before `retryAfterMs`. */
export class NotNow extends Error {
  constructor(
    message: string,
    readonly retryAfterMs = 0,
  ) {
    super(message)
  }
}

/**
 * Full jitter: anything up to twice as long as the time before, so that devices that lost their collector together do not
 * come back together. `attempt` counts from 0.
 */
export function waitMs(error: unknown, attempt: number, backoff: Backoff): number {
  const asked = error instanceof NotNow ? error.retryAfterMs : 0
  const most = Math.min(backoff.firstMs * 2 ** Math.min(attempt, 30), backoff.mostMs)
  return Math.min(Math.max(asked, 0), backoff.askedMs) + Math.random() * most
}

/**
 * Retry-After (RFC 9110 10.2.3), as milliseconds from now; 0 where it says nothing. A date is measured by the clock of
 * whoever sent it, where it told the time: ours may be wrong.
 */
export function retryAfterMs(value: string | undefined, date: string | undefined): number {
  if (value === undefined) return 0
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000
  const now = Date.parse(date ?? '')
  const wait = Date.parse(value) - (Number.isNaN(now) ? Date.now() : now)
  return Number.isNaN(wait) ? 0 : Math.max(wait, 0)
}
