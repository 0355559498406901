import { WeirError, type WeirErrorCode } from '../errors.js'

/** Exit codes; `weir --help` and the README list them. */
export const EXIT = {
  ok: 0,
  /** Records differ from the expectation. */
  differs: 1,
  usage: 2,
  /** A capture is damaged; the records up to the damage were written. */
  damaged: 3,
  /** A file cannot be read or written, or is no capture. */
  unreadable: 4,
  /** A list, ruleset or policy cannot be used. */
  rules: 5,
  /** The TUN device cannot be set up. */
  device: 7,
  /** Weir itself failed: no memory, no addon, or a bug. */
  internal: 6,
} as const

const BY_CODE: Readonly<Record<WeirErrorCode, number>> = {
  WEIR_BAD_ARGUMENT: EXIT.usage,
  WEIR_CLOSED: EXIT.internal,
  WEIR_NO_MEMORY: EXIT.internal,
  WEIR_ENGINE_BUSY: EXIT.internal,
  WEIR_NO_TUN: EXIT.device,
  WEIR_NOT_PERMITTED: EXIT.device,
  WEIR_DEVICE_BUSY: EXIT.device,
  WEIR_DEVICE_FAILED: EXIT.device,
  WEIR_NO_ADDON: EXIT.internal,
  WEIR_BAD_RULESET: EXIT.rules,
  WEIR_RULESET_VERSION: EXIT.rules,
  WEIR_BAD_LIST: EXIT.rules,
  WEIR_BAD_POLICY: EXIT.rules,
  WEIR_BAD_SCENARIO: EXIT.rules,
  WEIR_CANNOT_READ: EXIT.unreadable,
  WEIR_CANNOT_WRITE: EXIT.unreadable,
  WEIR_NOT_A_CAPTURE: EXIT.unreadable,
  WEIR_CAPTURE_DAMAGED: EXIT.damaged,
  WEIR_BAD_STORE: EXIT.unreadable,
  WEIR_STORE_BUSY: EXIT.unreadable,
  WEIR_FETCH_FAILED: EXIT.rules,
  WEIR_FETCH_TUNNELLED: EXIT.rules,
  WEIR_FEED_REFUSED: EXIT.rules,
  WEIR_NOT_IN_INVENTORY: EXIT.internal,
  WEIR_BAD_CONSENT: EXIT.unreadable,
  WEIR_FLEET_FAILED: EXIT.unreadable,
  WEIR_BAD_HISTORY: EXIT.unreadable,
}

/** A wrong command line. */
export class UsageError extends Error {}

/** Whether it is a bug of Weir's, and not what somebody asked for or what the system denied. */
export const isCrash = (error: unknown): boolean =>
  !(error instanceof WeirError) && !(error instanceof UsageError)

/** The exit code for what was thrown, and the one line that says what it was. */
export function describe(error: unknown): { code: number; line: string } {
  if (error instanceof WeirError) return { code: BY_CODE[error.code], line: error.message }
  if (error instanceof UsageError)
    return { code: EXIT.usage, line: `${error.message}; see weir --help` }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { code: EXIT.internal, line: `internal error: ${text}` }
}
