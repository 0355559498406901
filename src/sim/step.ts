import type { ClientName, IpVersion } from './clients.js'

/** Fields of a record, with what they must be. */
export type RecordFields = Readonly<Record<string, string | null>>

export interface Expectation {
  /** What the client sees. */
  readonly client: string
  /** A text in its output. */
  readonly says?: string
  /** Milliseconds. */
  readonly within?: number
  readonly record?: RecordFields
}

/** A step as its file has it. */
export interface Step {
  readonly client: ClientName | readonly ClientName[]
  readonly target: string
  readonly versions?: readonly IpVersion[]
  readonly at?: readonly string[]
  readonly lookup?: 'hosts' | 'dns'
  readonly type?: string
  readonly tcp?: boolean
  readonly command?: readonly string[]
  readonly expect: Expectation
}
