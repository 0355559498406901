import { compile } from '../blocklist/compile.js'
import { WeirError } from '../errors.js'
import { type ListEntry, optionsOf } from './entry.js'
import { TOP_ADDRESSES, TOP_NAMES } from './top.js'

/**
 * Those of `hosts` (names and addresses) that a compiled ruleset blocks or warns about. Whoever has an engine
 * gives it: the engine's own answer, and no second matcher.
 */
export type Judge = (ruleset: Uint8Array, hosts: readonly string[]) => readonly string[]

export interface Findings {
  readonly rules: number
  /** Lines that are no rules. */
  readonly faults: number
  /** Top names and addresses that it blocks. */
  readonly blocks: readonly string[]
}

const SAMPLE = 2048
/** A list that has this part of its former rules, or less, is held. */
const SHRUNK = 0.1
const NAMED = 3

/** Compiles a list by itself and says what it is like. Throws WEIR_FEED_REFUSED where it is none. */
export function examine(list: ListEntry, bytes: Buffer, judge: Judge): Findings {
  refusePage(bytes)
  const {
    bytes: ruleset,
    stats,
    diagnostics,
  } = compile([{ id: list.name, bytes, ...optionsOf(list) }])
  if (stats.rules === 0) {
    const why = diagnostics.length
      ? `; line ${diagnostics[0]!.line}: ${diagnostics[0]!.message}`
      : ''
    throw new WeirError('WEIR_FEED_REFUSED', `there is not one rule in it${why}`)
  }
  const blocks = judge(ruleset, [...TOP_NAMES, ...TOP_ADDRESSES])
  return { rules: stats.rules, faults: diagnostics.length, blocks }
}

/** Login pages of networks and error pages with status 200 come in place of lists. */
function refusePage(bytes: Buffer): void {
  const head = bytes.toString('utf8', 0, SAMPLE).replace(/^\ufeff/, '')
  if (!/^\s*<|<(!doctype\s|html\b|head\b|body\b)/i.test(head)) return
  const login = /log.?in|sign.?in|portal/i.test(head) ? ' (the login page of a network?)' : ''
  throw new WeirError('WEIR_FEED_REFUSED', `a web page came in place of the list${login}`)
}

/** Why somebody should look at a new copy before it is used; undefined where nobody need. */
export function reasonToHold(list: ListEntry, { rules, blocks }: Findings): string | undefined {
  const reasons: string[] = []
  const before = list.good?.rules ?? 0
  if (rules <= before * SHRUNK) reasons.push(`it has ${rules} rules and had ${before}`)
  const news = blocks.filter((host) => !list.accepted?.includes(host))
  if (news.length) {
    const more = news.length > NAMED ? ` and ${news.length - NAMED} more` : ''
    reasons.push(`it blocks ${news.slice(0, NAMED).join(', ')}${more}`)
  }
  return reasons.length ? reasons.join('; ') : undefined
}
