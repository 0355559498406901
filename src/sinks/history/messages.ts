// What the sink and its thread say to each other.

export interface Setting {
  readonly path: string
  /** Records that began earlier are removed; undefined: none are. */
  readonly keepDays: number | undefined
}

export interface Order {
  /** Records of traffic, as a JSON list. */
  readonly records?: string
  /** No more will come. */
  readonly ends?: boolean
}

export interface Report {
  readonly kept: number
  readonly lost: number
  /** What went wrong, for people. */
  readonly problem?: string
}
