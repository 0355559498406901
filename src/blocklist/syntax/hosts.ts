import { parseIPv4, parseIPv6 } from '../addresses.js'
import { type LineReader, listKind, type Reading } from './reading.js'
import { EXACT, PROBLEM, type Scope } from '../rules.js'

const HASH = 0x23

/** Names that every hosts file gives to the machine itself. */
const OWN = [
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
].map((name) => Buffer.from(name))
/** By first byte: whether one of them begins so. */
const STARTS = new Uint8Array(256)
for (const name of OWN) STARTS[name[0]!] = STARTS[name[0]! & 0xdf] = 1

const words = new Uint32Array(4)

/** 0.0.0.0, ::, ::1 and 127.0.0.0/8 block; any other address is a rewrite; undefined where it is none. */
export function isSink(bytes: Uint8Array, start: number, end: number): boolean | undefined {
  const v4 = parseIPv4(bytes, start, end)
  if (v4 >= 0) return v4 === 0 || v4 >>> 24 === 127
  if (!parseIPv6(bytes, start, end, words)) return undefined
  return words[0] === 0 && words[1] === 0 && words[2] === 0 && words[3]! <= 1
}

export function isOwnName(bytes: Uint8Array, start: number, end: number): boolean {
  return STARTS[bytes[start]!] === 1 && OWN.some((own) => isSame(own, bytes, start, end))
}

/** Letters in either case; of the other bytes only '.' could be another, a control, which no field has. */
function isSame(own: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== own.length) return false
  for (let i = 0; i < own.length; i++) if ((bytes[start + i]! | 0x20) !== own[i]) return false
  return true
}

/** `address name...` (hosts(5)): exactly these names, or what `scope` says of them. */
export function hostsReader(reading: Reading, scope: Scope = EXACT): LineReader {
  const { rules } = reading
  const kind = listKind(reading)
  return (line) => {
    line.cut(HASH)
    const { bytes, start, first } = line
    if (start === line.end) return
    const sink = isSink(bytes, start, first)
    let at = line.nextField(first)
    if (sink === undefined) return rules.refuse(PROBLEM.syntax)
    if (at === line.end) return rules.refuse(PROBLEM.oneColumn)
    let rewrites = false
    while (at < line.end) {
      const end = line.fieldEnd(at)
      if (!isOwnName(bytes, at, end)) {
        if (!sink) rewrites = true
        else if (!rules.addName(bytes, at, end, scope, kind)) rules.refuse(PROBLEM.name)
      }
      at = line.nextField(end)
    }
    if (rewrites) rules.refuse(PROBLEM.rewrite)
  }
}
