import type { ListSource } from '../blocklist/compile.js'
import type { Action, Protection } from '../records/vocabulary.js'

/** What a rule may ask for. */
export type RuleAction = Exclude<Action, 'none'>

/** Where something stands in the policy; both count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

export type ListOptions = Omit<ListSource, 'id' | 'text' | 'bytes'>

/** A list that a profile names: one of `weir lists`, or a file. */
export interface PolicyList {
  readonly feed?: string
  /** Relative to the policy. */
  readonly file?: string
  readonly options: ListOptions
  readonly place: Place
}

/** A name (with all below it), `*.name` (all below it), an address or a network of one's own. */
export interface OwnRule {
  readonly text: string
  readonly action: RuleAction
  readonly isNetwork: boolean
  readonly place: Place
}

/** The answer to a blocked DNS query: `weir run` gives it, a replay answers nothing. */
export interface DnsAnswerMode {
  readonly mode: 'nxdomain' | 'nodata' | 'null' | 'refused' | 'sinkhole'
  /** Of a sinkhole; a family without one is answered with no data. */
  readonly ipv4?: string
  readonly ipv6?: string
  /** Queries for names that are only warned about; `pass` when absent. */
  readonly warned?: 'pass' | 'answer'
}

export interface Profile {
  readonly name: string
  readonly lists: readonly PolicyList[]
  readonly indicators: readonly PolicyList[]
  /** What lists of a category ask. */
  readonly categories: ReadonlyMap<string, RuleAction | 'off'>
  readonly defaultAction: 'allow' | 'block'
  readonly dns: DnsAnswerMode
  readonly own: readonly OwnRule[]
}

export interface Schedule {
  readonly name?: string
  /** Weekdays on which it begins; 0 is Monday. */
  readonly days: ReadonlySet<number>
  /** Minutes of the day, 0 to 1440; `to` is of the next day where it is not after `from`. */
  readonly from: number
  readonly to: number
  readonly zone: string
  readonly profile?: string
  readonly protection?: Protection
}

/** A policy file, checked. */
export interface Policy {
  readonly path: string
  readonly protection: Protection
  /** How long going on at a page lasts; the engine's own when absent. */
  readonly bypassSeconds?: number
  readonly profile: string
  readonly profiles: ReadonlyMap<string, Profile>
  readonly schedules: readonly Schedule[]
}
