// What the sink and its thread say to each other.
import type { ClearedEntries } from '../../privacy/gate.js'
import type { RuleDetail } from '../../records/decode.js'

export interface Setting {
  readonly path: string
  /** Records that began earlier are removed; undefined: none are. */
  readonly keepDays: number | undefined
}

export interface Order {
  /** Names and answers that wait for their record are dropped: it is not among what follows. */
  readonly isCut?: boolean
  /** Rules have other numbers from here on. */
  readonly isRenumbered?: boolean
  /** Details of the rules behind those that were told before. */
  readonly rules?: readonly RuleDetail[]
  /** Entries of the ring. */
  readonly runs?: readonly ClearedEntries[]
  /** Records of traffic, as lines of NDJSON. */
  readonly lines?: string
  /** How many records these are, and bytes. */
  readonly count?: number
  readonly size?: number
  /** No more will come. */
  readonly ends?: boolean
}

export interface Report {
  readonly kept: number
  readonly lost: number
  /** Of the order that this is about. */
  readonly size: number
  /** What went wrong, for people. */
  readonly problem?: string
}
