import type { DnsRecord, FlowRecord, TrafficRecord } from '../../src/records/types.js'
import type { Protocol } from '../../src/records/vocabulary.js'
import { type Judgement, JUDGEMENTS, type Scene, type Version, VERSIONS } from './scene.js'
import { answeredIn, type Packet } from './scenepackets.js'

/** Milliseconds from a flow's first telling packet to Weir's answer, as the device's packets have it. */
export const AT_ONCE = 50

const ACTION = { allowed: 'allow', audited: 'audit', warned: 'warn', blocked: 'block' } as const

const HOST_SOURCE: Partial<Record<Protocol, string>> = {
  dns: 'dns-qname',
  http: 'http-host',
  http2: 'http-host',
  https: 'tls-sni',
  http3: 'quic-sni',
  ssh: 'dns-hint',
}

/** What a record has of a judgement. */
export function judged(judgement: Judgement, isDropped: boolean): object {
  const action = ACTION[judgement]
  return {
    verdict: isDropped ? 'drop' : 'pass',
    action,
    reason: `rule-${action}`,
    rule: { text: `${judgement}.test`, list: 'policy.yaml' },
  }
}

/** What the record of the flow that decides has. */
export function judgedFlow(
  judgement: Judgement,
  isDropped: boolean,
  protocol: Protocol,
  ip: string,
): object {
  return {
    ...judged(judgement, isDropped),
    protocol,
    hostSource: HOST_SOURCE[protocol],
    server: { ip },
  }
}

const end = ({ ip, port }: FlowRecord['client']): string => `${ip} ${port}`

/** What is left of a scene when it has ended. */
export class Seen {
  readonly #records: readonly TrafficRecord[]
  readonly #packets: readonly Packet[]

  private constructor({ records, packets }: Awaited<ReturnType<Scene['end']>>) {
    this.#records = records
    this.#packets = packets
  }

  static async of(scene: Scene): Promise<Seen> {
    return new Seen(await scene.end())
  }

  flows(host: string): FlowRecord[] {
    return this.#records.filter((r): r is FlowRecord => r.type === 'flow' && r.host === host)
  }

  queries(host: string): DnsRecord[] {
    return this.#records.filter((r): r is DnsRecord => r.type === 'dns' && r.host === host)
  }

  /** How soon each of a host's flows that Weir stopped was told so, in milliseconds. */
  answerTimes(host: string): number[] {
    return this.flows(host)
      .filter((flow) => flow.verdict === 'drop')
      .map((flow) => answeredIn(this.#packets, end(flow.client), end(flow.server)))
  }
}

/** A host of its own for each, what rules say of it, and the version of IP. */
export interface Case<Client> {
  readonly client: Client
  readonly version: Version
  readonly judgement: Judgement
  readonly host: string
}

/** Each way that a browser comes to each kind of host over each version, and a host at whose page it goes on. */
export function browserCases<Way extends string>(
  browser: string,
  ways: Readonly<Record<Way, unknown>>,
): { readonly cases: readonly Case<Way>[]; readonly goingOn: readonly string[] } {
  const cases = (Object.keys(ways) as Way[]).flatMap((client) =>
    VERSIONS.flatMap((version) =>
      JUDGEMENTS.map((judgement) => {
        const host = `${browser}-${client}-${version}.${judgement}.test`
        return { client, version, judgement, host }
      }),
    ),
  )
  return { cases, goingOn: VERSIONS.map((version) => `going-on-${version}.warned.test`) }
}

/** Whether there is no way on but by a page's link. */
export const isStopped = ({ judgement }: Pick<Case<unknown>, 'judgement'>): boolean =>
  judgement === 'warned' || judgement === 'blocked'
