import { parseIPv4, parseIPv6, Prefix } from './addresses.js'
import { eachLine } from './lines.js'
import type { Syntax } from './syntaxes.js'

const SAMPLE_BYTES = 65_536
const words = new Uint32Array(4)
const prefix = new Prefix()

/**
 * The syntax that most lines of the list's beginning have; 'domains' where none says more.
 * An address and a name make a hosts line, an address alone or before other columns a cidr line.
 */
export function detectSyntax(bytes: Uint8Array): Syntax {
  const votes = { hosts: 0, domains: 0, cidr: 0 }
  eachLine([bytes.subarray(0, SAMPLE_BYTES)], (line) => {
    line.cut(0x23)
    line.cut(0x3b)
    if (line.start === line.end) return
    const end = line.fieldEnd(line.start)
    const next = line.nextField(end)
    const isAddress =
      parseIPv4(bytes, line.start, end) >= 0 || parseIPv6(bytes, line.start, end, words)
    if (isAddress && next < line.end && !isNumber(bytes, next, line.fieldEnd(next))) votes.hosts++
    else if (prefix.parse(bytes, line.start, end)) votes.cidr++
    else votes.domains++
  })
  if (votes.hosts > 0 && votes.hosts >= votes.domains && votes.hosts >= votes.cidr) return 'hosts'
  return votes.cidr > votes.domains ? 'cidr' : 'domains'
}

function isNumber(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! < 0x30 || bytes[i]! > 0x39) return false
  return true
}
