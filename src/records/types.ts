import type {
  Action,
  Close,
  Evidence,
  HostSource,
  Protocol,
  Reason,
  Verdict,
} from './vocabulary.js'

/** One end of a flow. `port` is 0 for transports without ports. */
export interface Endpoint {
  readonly ip: string
  readonly port: number
}

/** A figure each way: `up` is from the client. */
export interface BothWays {
  readonly up: number
  readonly down: number
}

/** The rule that decided, where it comes from: `line` counts from 1. */
export interface RuleSource {
  readonly text: string
  readonly list: string
  readonly line: number
}

/** A name seen in a flow, and which field of the traffic gave it. */
export interface SeenHost {
  readonly host: string
  readonly source: HostSource
}

/** What flow and DNS records share. Times are ISO 8601, UTC, with microseconds. */
interface RecordBase {
  /** Flows count from 1 in order of their first packet. */
  readonly id: number
  readonly start: string
  readonly end: string
  /** `tcp`, `udp`, `icmp`, …; `proto-N` where IP's protocol number N has no short name. */
  readonly transport: string
  readonly client: Endpoint
  readonly server: Endpoint
}

interface Judged {
  readonly verdict: Verdict
  readonly action: Action
  readonly reason: Reason
  readonly rule: RuleSource | null
  /** Of all rules that decided alike, a comma between them. */
  readonly category: string | null
  /** The strongest rule that spoke of the same host or address, and lost. */
  readonly overruled: RuleSource | null
}

/** One flow, written when it ended. */
export interface FlowRecord extends RecordBase, Judged {
  readonly type: 'flow'
  readonly packets: BothWays
  /** Bytes of IP, headers and all. */
  readonly bytes: BothWays
  readonly protocol: Protocol
  /** What carried the protocol, where something did: `socks`, `http`, `smtp`, … */
  readonly via?: Protocol
  readonly protocolEvidence: Evidence
  readonly host: string | null
  readonly hostSource: HostSource
  /** Every name of the flow, the first is `host`; absent when there is only one. */
  readonly hosts?: readonly SeenHost[]
  /** Encrypted ClientHello: `host` is the public name that covers the true one. */
  readonly nameIsOuter: boolean
  /** The hint behind `host` was one of several live names of the address. */
  readonly hintAmbiguous: boolean
  /** A ClientHello with the encrypted SNI of the ESNI drafts. */
  readonly esni: boolean
  /** Encrypted ClientHello was offered; browsers' GREASE looks the same on the wire. */
  readonly ech: boolean
  readonly alpn: readonly string[]
  readonly tlsVersion: string | null
  readonly quicVersion: string | null
  readonly ja4: string | null
  readonly close: Close
}

/** One resource record of an answer; `name` or `address` where its type has one. */
export interface DnsAnswer {
  readonly type: string
  readonly ttl: number
  readonly address?: string
  readonly name?: string
}

/** One DNS transaction: a question and what was answered. */
export interface DnsRecord extends RecordBase, Judged {
  readonly type: 'dns'
  readonly protocol: Protocol
  readonly dnsId: number
  /** The name as asked for; bytes that no host name has are written `\DDD` (RFC 1035 5.1). */
  readonly query: string
  /** `query`, where it is a name that a host can have. */
  readonly host: string | null
  readonly hostSource: HostSource
  readonly qtype: string
  /** The query was seen; false where only its response was. */
  readonly querySeen: boolean
  /** `null` when no response was seen. */
  readonly rcode: string | null
  /** Answers that the message held; `answers` may hold fewer. */
  readonly answerCount: number
  readonly answers: readonly DnsAnswer[]
}

/** What the engine reports: metadata only. */
export type TrafficRecord = FlowRecord | DnsRecord

/** Version of the record format, as `schema.json` has it. */
export const SCHEMA_VERSION = 1
