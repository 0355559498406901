import { parseIPv4, parseIPv6 } from './addresses.js'
import { type Line } from './lines.js'
import { EXACT, PROBLEM, type RuleStore } from './rules.js'

/** Names that every hosts file gives to the machine itself. */
const OWN = new Set([
  'localhost',
  'localhost.localdomain',
  'local',
  'broadcasthost',
  '0.0.0.0',
  'ip6-localhost',
  'ip6-loopback',
  'ip6-localnet',
  'ip6-mcastprefix',
  'ip6-allnodes',
  'ip6-allrouters',
  'ip6-allhosts',
])
const LONGEST_OWN = Math.max(...[...OWN].map((name) => name.length))
const FIRST_OF_OWN = new Set([...OWN].map((name) => name.charCodeAt(0)))

const words = new Uint32Array(4)

/** 0.0.0.0, ::, ::1 and 127.0.0.0/8 block; any other address is a rewrite. */
function isSink(bytes: Uint8Array, start: number, end: number): boolean | undefined {
  const v4 = parseIPv4(bytes, start, end)
  if (v4 >= 0) return v4 === 0 || v4 >>> 24 === 127
  if (!parseIPv6(bytes, start, end, words)) return undefined
  return words[0] === 0 && words[1] === 0 && words[2] === 0 && words[3]! <= 1
}

export function isOwnName(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > LONGEST_OWN || !FIRST_OF_OWN.has(bytes[start]! | 0x20)) return false
  return OWN.has(Buffer.from(bytes.subarray(start, end)).toString('latin1').toLowerCase())
}

/** `address name...` (hosts(5)): exactly these names. */
export function readHostsLine(line: Line, rules: RuleStore, kind: number): void {
  const { bytes } = line
  const addressEnd = line.fieldEnd(line.start)
  const sink = isSink(bytes, line.start, addressEnd)
  let at = line.nextField(addressEnd)
  if (sink === undefined) return rules.refuse(PROBLEM.syntax)
  if (at === line.end) return rules.refuse(PROBLEM.oneColumn)
  let rewrites = false
  while (at < line.end) {
    const end = line.fieldEnd(at)
    if (!isOwnName(bytes, at, end)) {
      if (!sink) rewrites = true
      else if (!rules.addName(bytes, at, end, EXACT, kind)) rules.refuse(PROBLEM.name)
    }
    at = line.nextField(end)
  }
  if (rewrites) rules.refuse(PROBLEM.rewrite)
}
