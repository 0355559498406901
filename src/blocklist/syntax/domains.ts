import { isOwnName } from './hosts.js'
import { hasByte, type Line } from './lines.js'
import { type LineReader, listKind, listScope, type Reading } from './reading.js'
import { PROBLEM } from '../rules.js'

const HASH = 0x23
const SLASH = 0x2f

/** One name a line; threat feeds mix addresses in, which are taken as such. */
export function domainsReader(reading: Reading): LineReader {
  const { rules } = reading
  const kind = listKind(reading)
  const scope = listScope(reading)
  const readRest = (line: Line): void => {
    line.cut(HASH)
    const { bytes, start, end, first } = line
    if (start === end) return
    if (first !== end) return rules.refuse(PROBLEM.syntax)
    const isLonger = hasByte(bytes, start, end, SLASH) // a network is no line of this syntax, nor is a URL
    if (!isLonger && rules.addNetwork(bytes, start, end, kind)) return // 0.0.0.0 too
    if (isOwnName(bytes, start, end)) return
    if (!rules.addName(bytes, start, end, scope, kind)) rules.refuse(PROBLEM.name)
  }
  return (line) => {
    const { bytes, start, end, first } = line
    const isName = first === end && !isOwnName(bytes, start, end)
    if (!isName || !rules.addName(bytes, start, end, scope, kind)) readRest(line)
  }
}
