// The types of what may leave, made from the inventory: a field that is not in it has no type.
import type { DnsRecord, Endpoint, FlowRecord, RuleSource } from '../records/types.js'
import type { GateName } from './gates.js'
import type { Inventory, Item, RecordKind } from './inventory.js'

type Simple = string | number | boolean
type PathOf<V, P extends string> = V extends Simple
  ? P
  : V extends readonly (infer E)[]
    ? E extends Simple
      ? `${P}[]`
      : PathsOf<E, `${P}[].`>
    : PathsOf<V, `${P}.`>

/** `client.ip`, `hosts[].host`: every field of a record, as the inventory calls it. */
export type PathsOf<T, P extends string = ''> = {
  [K in keyof T & string]-?: PathOf<NonNullable<T[K]>, `${P}${K}`>
}[keyof T & string]

/** What the inventory does not know of a record of the engine: nothing, or the gate takes none. */
export type Unlisted = [
  Exclude<PathsOf<FlowRecord>, keyof Inventory['flow'] | 'type'>,
  Exclude<PathsOf<DnsRecord>, keyof Inventory['dns'] | 'type'>,
][number]

/** Records of the engine, as long as the inventory lists all of their fields. */
export type ListedRecord = [Unlisted] extends [never] ? FlowRecord | DnsRecord : never

type ValueOf<T> = T extends readonly string[]
  ? T[number]
  : T extends 'count'
    ? number
    : T extends 'flag'
      ? boolean
      : T extends 'texts'
        ? readonly string[]
        : string

type OptionalKeys<I> = {
  [K in keyof I]: I[K] extends { readonly optional: true } ? K : never
}[keyof I]
type TypeOf<I> = I extends Item<infer T> ? ValueOf<T> : never
type Fields<I> = {
  readonly [K in Exclude<keyof I, OptionalKeys<I>>]: TypeOf<I[K]>
} & { readonly [K in OptionalKeys<I>]?: TypeOf<I[K]> }
type Flat<T> = { readonly [K in keyof T]: T[K] }

/** Kinds of reports: records that come from Weir itself, and not from traffic. */
export type ReportKind = Exclude<RecordKind, 'flow' | 'dns'>
/** A report as its source writes it; `time` and the like are ISO 8601. */
export type ReportOf<K extends ReportKind> = Flat<{ readonly type: K } & Fields<Inventory[K]>>
export type Report = { [K in ReportKind]: ReportOf<K> }[ReportKind]

export type ActionRecord = ReportOf<'action'>
export type DeviceReport = ReportOf<'device'>
export type MemoryReport = ReportOf<'memory'>
export type CrashReport = ReportOf<'crash'>
export type UsageReport = ReportOf<'usage'>
export type FeaturesReport = ReportOf<'features'>
export type FeedbackReport = ReportOf<'feedback'>
export type CountersReport = ReportOf<'counters'>
export type SummaryReport = ReportOf<'summary'>

/** Whatever goes to the gate. */
export type AnyRecord = ListedRecord | Report

type Closed<T> = { readonly [K in keyof T]: T[K] | null }
interface Closable {
  readonly client: Closed<Endpoint>
  readonly server: Closed<Endpoint>
  readonly rule: RuleSource | null
  /** Gates that closed something in records of this kind; absent where none did. */
  readonly withheld?: readonly GateName[]
}

/** A flow record behind the gate: what was closed is null, or an empty list. */
export type ClearedFlow = Omit<FlowRecord, keyof Closable> & Closable
/** A DNS record behind the gate. */
export type ClearedDns = Omit<DnsRecord, keyof Closable | 'dnsId' | 'query'> &
  Closable & { readonly dnsId: number | null; readonly query: string | null }
