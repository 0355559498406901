import { isIP } from 'node:net'
import { Prefix } from '../blocklist/addresses.js'
import type { ListSource } from '../blocklist/compile.js'
import { toName } from '../blocklist/syntax/reading.js'
import type { OwnRule } from './policy.js'

const STAR = '*.'

/** What a rule of one's own is for; undefined where it is neither a name nor an address or network. */
export function kindOfOwn(text: string): 'name' | 'network' | undefined {
  const bytes = Buffer.from(text)
  if (new Prefix().parse(bytes, 0, bytes.length)) return 'network'
  const name = text.startsWith(STAR) ? text.slice(STAR.length) : text
  return toName(name) === undefined ? undefined : 'name'
}

export const isAddress = (text: string, family: 4 | 6): boolean => isIP(text) === family

/** Two rules with the same key are for the same names or addresses. */
export function keyOfOwn(text: string): string {
  const name = text.startsWith(STAR) ? text.slice(STAR.length) : text
  return (text.startsWith(STAR) ? STAR : '') + (toName(name) ?? text.toLowerCase())
}

/**
 * Rules of one's own as a list of indicators in which each stands on the line that it has in the policy: so
 * that a verdict names that line.
 */
export function ownSource(id: string, rules: readonly OwnRule[]): ListSource {
  let text = '['
  let line = 1
  for (const [i, rule] of [...rules].sort((a, b) => a.place.line - b.place.line).entries()) {
    if (i) text += ','
    text += '\n'.repeat(rule.place.line - line)
    line = rule.place.line
    const { action, isNetwork, text: value } = rule
    text += JSON.stringify({ type: isNetwork ? 'ip' : 'domain', value, action })
  }
  return { id, text: `${text}]`, syntax: 'indicators' }
}
