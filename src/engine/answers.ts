import { DNS_MODES, type DnsMode } from '../records/vocabulary.js'
import { addressOctets } from './prefix.js'

/** How those are answered whose packets a rule refuses. */
export interface Answers {
  /** To a DNS query for a blocked name; `nxdomain` when absent. */
  readonly dns?: {
    readonly mode: DnsMode
    /** Addresses of a sinkhole; of a version without one there is no data. */
    readonly ipv4?: string
    readonly ipv6?: string
    /** Seconds that the answer may be kept; 60 when absent. */
    readonly ttl?: number
    /** The extended error (RFC 8914) that goes with it; `blocked` when absent. */
    readonly error?: 'blocked' | 'censored' | 'filtered'
    /**
     * Queries for names that are only warned about: `pass` (when absent), so that there is an address to ask for the page; or
     * `answer`, as those for blocked ones, where names are all that is seen.
     */
    readonly warned?: 'pass' | 'answer'
  }
  /**
   * HTML in the place of a blocked page; `{host}`, `{category}`, `{list}` and `{action}` are filled in. It must fit one
   * packet. Weir's own when absent.
   */
  readonly page?: string
  /** The same for those that are warned about, with `{link}`, the path by which to go on. */
  readonly warnPage?: string
  /** ICMP messages a second at most; 100 when absent. */
  readonly unreachableRate?: number
}

/** RFC 8914 4.16 to 4.18. */
const EXTENDED_ERRORS = { blocked: 15, censored: 16, filtered: 17 } as const
const DEFAULT_TTL = 60
const DEFAULT_RATE = 100

/** As the addon takes them. */
export function nativeAnswers({ dns, page, warnPage, unreachableRate }: Answers) {
  const sinkholes = new Uint8Array(32)
  if (dns?.ipv4 !== undefined) sinkholes.set(addressOctets(dns.ipv4))
  if (dns?.ipv6 !== undefined) sinkholes.set(addressOctets(dns.ipv6), 16)
  const figures = Float64Array.of(
    DNS_MODES.indexOf(dns?.mode ?? 'nxdomain'),
    EXTENDED_ERRORS[dns?.error ?? 'blocked'],
    dns?.ttl ?? DEFAULT_TTL,
    unreachableRate ?? DEFAULT_RATE,
    dns?.warned === 'answer' ? 1 : 0,
  )
  return {
    figures,
    sinkholes,
    page: Buffer.from(page ?? ''),
    warnPage: Buffer.from(warnPage ?? ''),
  }
}
