// What the sink and its thread say to each other.

export interface Setting {
  readonly path: string
  /** Records that began earlier are removed; undefined: none are. */
  readonly keepDays: number | undefined
}

export interface Order {
  /** Records of traffic, as lines of NDJSON. */
  readonly records?: Uint8Array
  /** No more will come. */
  readonly ends?: boolean
}

export interface Report {
  readonly kept: number
  readonly lost: number
  /** What went wrong, for people. */
  readonly problem?: string
}
