import { isOwnName } from './hosts.js'
import { type Line } from './lines.js'
import { PROBLEM, type RuleStore, type Scope } from './rules.js'

/** One name a line; threat feeds mix addresses in, which are taken as such. */
export function readDomainsLine(line: Line, rules: RuleStore, scope: Scope, kind: number): void {
  const { bytes, start, end } = line
  if (line.fieldEnd(start) !== end) return rules.refuse(PROBLEM.syntax)
  if (isOwnName(bytes, start, end)) return
  if (rules.addName(bytes, start, end, scope, kind)) return
  if (hasSlash(bytes, start, end) || !rules.addNetwork(bytes, start, end, kind))
    rules.refuse(PROBLEM.name)
}

/** A network is no line of this syntax, nor is a URL. */
function hasSlash(bytes: Uint8Array, start: number, end: number): boolean {
  const at = bytes.indexOf(0x2f, start)
  return at >= 0 && at < end
}
