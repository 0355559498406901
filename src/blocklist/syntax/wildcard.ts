import { BELOW } from '../ruleset/format.js'
import { type LineReader, listKind, listScope, type Reading } from './reading.js'
import { PROBLEM, SUFFIX } from '../rules.js'

const HASH = 0x23
const STAR = 0x2a
const DOT = 0x2e
const REMARKS = [0x21, 0x3b] // '!', ';'

/** `*.name` a line: what is below it, and with `apex` the name too. A bare name as `match` says. */
export function wildcardReader(reading: Reading): LineReader {
  const { rules } = reading
  const kind = listKind(reading)
  const starred = reading.apex ? SUFFIX : BELOW
  const bare = listScope(reading)
  return (line) => {
    const { bytes, start } = line
    if (REMARKS.includes(bytes[start]!)) return
    line.cut(HASH)
    const { end } = line
    if (start === end) return
    if (line.first !== end) return rules.refuse(PROBLEM.syntax)
    const isStarred = bytes[start] === STAR && bytes[start + 1] === DOT
    const isName = isStarred
      ? rules.addName(bytes, start + 2, end, starred, kind)
      : rules.addName(bytes, start, end, bare, kind)
    if (!isName) rules.refuse(PROBLEM.name)
  }
}
