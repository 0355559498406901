import { type Action, BELOW } from '../ruleset/format.js'
import { rankOf } from '../rank.js'
import type { Reading } from './reading.js'
import { EXACT, kindOf, PROBLEM, type RuleStore, type Scope, SUFFIX } from '../rules.js'

/** An indicator as feeds and exports have it: texts, which may be anything. */
export interface Indicator {
  readonly type: string
  readonly value: string
  /** What the list asks for when absent. */
  readonly action?: string | undefined
  readonly title?: string | undefined
  readonly severity?: string | undefined
  /** ISO 8601; empty: never. */
  readonly expires?: string | undefined
}

type Part = 'domain' | 'host' | 'url' | 'network'

/** Custom indicators', Defender for Endpoint's, STIX' and MISP's words for what an indicator is. */
const TYPES: ReadonlyMap<string, readonly Part[]> = new Map(
  Object.entries({
    domain: ['domain', 'domainname', 'domain-name'],
    host: ['host', 'hostname', 'hostname|port'],
    url: ['url'],
    network: [
      ...['ip', 'ipaddress', 'ipv4', 'ipv6', 'cidr', 'ipv4-addr', 'ipv6-addr'],
      ...['ip-src', 'ip-dst', 'ip-src|port', 'ip-dst|port'],
    ],
  } satisfies Record<Part, string[]>).flatMap(([part, words]) =>
    words.map((word) => [word, [part as Part]] as const),
  ),
)
const PAIR = 'domain|ip'
const PAIR_PARTS: readonly Part[] = ['domain', 'network']

const ACTIONS: ReadonlyMap<string, Action> = new Map([
  ['allow', 'allow'],
  ['allowed', 'allow'],
  ['warn', 'warn'],
  ['block', 'block'],
  ['blockandremediate', 'block'],
  ['alertandblock', 'block'],
  ['audit', 'audit'],
  ['alert', 'audit'],
])
/** Numbers of `Note.severity`. */
const SEVERITIES = ['', 'informational', 'low', 'medium', 'high']

export const INDICATOR_PROBLEM = {
  type: 'an indicator of a type that a connection does not show',
  action: 'an action that is not known',
  value: 'an indicator without a value',
  url: 'not a valid URL with a host',
  path: 'the path of a URL is not seen: the rule is for its whole host',
  expiry: 'an expiry that is not a time',
  expired: 'expired',
} as const

const STAR = '*.'
const TITLE_MAX = 200
const VALUE_MAX = 8192
const ISO_TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.\d{1,12})?(Z|[+-]\d\d:?\d\d)?)?$/

/** Makes rules of the indicators of one list. */
export class IndicatorStore {
  readonly rules: RuleStore
  private readonly isAtLeast: number
  private readonly defaultAction: Action

  constructor({ rules, at, action }: Reading) {
    this.rules = rules
    this.isAtLeast = at
    this.defaultAction = action
  }

  /** Adds the rules of one indicator, which stands on the line that `rules` is at, or refuses it. */
  add(indicator: Indicator): void {
    const reason = this.tryAdd(indicator)
    if (reason !== undefined) this.rules.refuse(reason)
  }

  private tryAdd(indicator: Indicator): string | undefined {
    const type = indicator.type.trim().toLowerCase()
    const parts = type === PAIR ? PAIR_PARTS : TYPES.get(type)
    if (parts === undefined) return INDICATOR_PROBLEM.type
    const action = this.actionOf(indicator.action)
    if (action === undefined) return INDICATOR_PROBLEM.action
    const expires = parseTime(indicator.expires ?? '')
    if (expires === undefined) return INDICATOR_PROBLEM.expiry
    if (expires <= this.isAtLeast) return INDICATOR_PROBLEM.expired
    const value = indicator.value.trim()
    if (value === '' || value.length > VALUE_MAX) return INDICATOR_PROBLEM.value
    const kind = kindOf(rankOf(action, 'indicator'))
    const values = type.includes('|') ? value.split('|', 2) : [value]
    for (const [i, part] of parts.entries()) {
      const reason = this.addPart(part, values[i] ?? '', kind, indicator)
      if (reason !== undefined) return reason
    }
    if (expires < this.rules.expires) this.rules.expires = expires
    return undefined
  }

  private actionOf(text = ''): Action | undefined {
    const word = text.trim().toLowerCase()
    return word === '' ? this.defaultAction : ACTIONS.get(word)
  }

  private addPart(part: Part, value: string, kind: number, note: Indicator): string | undefined {
    switch (part) {
      case 'domain':
        return this.addDomain(value, kind, note) ? undefined : PROBLEM.name
      case 'host':
        return this.addName(value, EXACT, kind, note) ? undefined : PROBLEM.name
      case 'network':
        return this.addNetwork(value, kind, note) ? undefined : PROBLEM.address
      case 'url':
        return this.addUrl(value, kind, note)
    }
  }

  /** With all below it; `*.name`: all below it only. */
  private addDomain(value: string, kind: number, indicator: Indicator): boolean {
    return value.startsWith(STAR)
      ? this.addName(value.slice(STAR.length), BELOW, kind, indicator)
      : this.addName(value, SUFFIX, kind, indicator)
  }

  private addName(value: string, scope: Scope, kind: number, indicator: Indicator): boolean {
    const bytes = Buffer.from(value)
    if (!this.rules.addName(bytes, 0, bytes.length, scope, kind)) return false
    const note = noteOf(indicator)
    if (note !== undefined) this.rules.nameNotes.set(this.rules.names - 1, note)
    return true
  }

  private addNetwork(value: string, kind: number, indicator: Indicator): boolean {
    const bytes = Buffer.from(value)
    if (!this.rules.addNetwork(bytes, 0, bytes.length, kind)) return false
    const note = noteOf(indicator)
    if (note !== undefined) this.rules.networkNotes.set(this.rules.networkCount - 1, note)
    return true
  }

  /** Its host, exactly. */
  private addUrl(value: string, kind: number, indicator: Indicator): string | undefined {
    const hasScheme = /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(value) // not a host with its port
    const text = hasScheme ? value : `http://${value}`
    if (!URL.canParse(text)) return INDICATOR_PROBLEM.url
    const { hostname, pathname, search } = new URL(text)
    const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
    const isAdded =
      this.addName(host, EXACT, kind, indicator) || this.addNetwork(host, kind, indicator)
    if (!isAdded) return INDICATOR_PROBLEM.url
    if (pathname.length > 1 || search !== '') this.rules.refuse(INDICATOR_PROBLEM.path)
    return undefined
  }
}

function noteOf({ title = '', severity = '' }: Indicator) {
  const shown = title
    .slice(0, TITLE_MAX)
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
  const rank = Math.max(SEVERITIES.indexOf(severity.trim().toLowerCase()), 0)
  return shown === '' && rank === 0 ? undefined : { title: shown, severity: rank }
}

/** Seconds since 1970; Infinity where there is no time, undefined where it is none. */
export function parseTime(text: string): number | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return Infinity
  const [, date, minutes = '00:00', seconds = ':00', zone = 'Z'] = ISO_TIME.exec(trimmed) ?? []
  if (date === undefined) return undefined
  const at = Date.parse(`${date}T${minutes}${seconds}${zone.replace(/(\d\d)(\d\d)$/, '$1:$2')}`)
  return Number.isNaN(at) ? undefined : at / 1000
}
