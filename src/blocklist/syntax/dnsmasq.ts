import { isSink } from './hosts.js'
import type { Line } from './lines.js'
import { readEnding } from '../pattern/pattern.js'
import { type LineReader, listKind, type Reading, toName } from './reading.js'
import { PROBLEM, type RuleStore, SUFFIX } from '../rules.js'

const SLASH = 0x2f
const HASH = 0x23
const STAR = 0x2a
const DOT = 0x2e
const ADDRESS = Buffer.from('address=/')
const SERVER = Buffer.from('server=/')
const LOCAL = Buffer.from('local=/')
const OPTIONS = [SERVER, ADDRESS, LOCAL]

const OTHER = 'a dnsmasq option that says nothing of names'
const ROUTE = 'sends a name to another address or server'

/** `address=/n1/n2/T`, `server=/n/T` and `local=/n/` (dnsmasq(8)): each name and all below it. */
export function dnsmasqReader(reading: Reading): LineReader {
  const { rules } = reading
  const block = listKind(reading, false, true)
  const allow = listKind(reading, true, true)
  return (line) => {
    line.cutField()
    if (line.start === line.end) return
    const option = optionOf(line)
    if (option === undefined) return rules.refuse(OTHER)
    const { bytes, start, end } = line
    const names = start + option.length
    let last = end - 1
    while (last >= start && bytes[last] !== SLASH) last--
    if (last < names) return rules.refuse(last < names - 1 ? OTHER : PROBLEM.syntax)
    const isAllowed = targetAllows(option, bytes, line.nextField(last + 1), end)
    if (isAllowed === undefined) return rules.refuse(ROUTE)
    readNames(rules, bytes, names, last, isAllowed ? allow : block)
  }
}

function optionOf({ bytes, start }: Line): Uint8Array | undefined {
  for (const option of OPTIONS) {
    let i = 0
    while (i < option.length && bytes[start + i] === option[i]) i++
    if (i === option.length) return option
  }
  return undefined
}

/** `server=/n/#` asks the usual servers: an exception. Undefined where names go somewhere else. */
function targetAllows(
  option: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean | undefined {
  if (start === end) return false
  const isHash = end - start === 1 && bytes[start] === HASH
  if (option === SERVER) return isHash ? true : undefined
  if (option === LOCAL) return undefined
  return isHash || isSink(bytes, start, end) ? false : undefined
}

function readNames(
  rules: RuleStore,
  bytes: Uint8Array,
  start: number,
  end: number,
  kind: number,
): void {
  for (let at = start; at <= end;) {
    let stop = at
    while (stop < end && bytes[stop] !== SLASH) stop++
    if (bytes[at] === STAR && stop > at) readStarred(rules, bytes, at, stop, kind)
    else {
      while (at < stop && bytes[at] === DOT) at++
      if (!rules.addName(bytes, at, stop, SUFFIX, kind)) rules.refuse(PROBLEM.name)
    }
    at = stop + 1
  }
}

/** `*text`: every name that ends so, at whatever place of a label. */
function readStarred(
  rules: RuleStore,
  bytes: Uint8Array,
  start: number,
  end: number,
  kind: number,
): void {
  const text = Buffer.from(bytes.subarray(start, end)).toString('utf8').replace(/^\*+/, '')
  const name = text.replace(/^\.+/, '')
  const normal = toName(name)
  if (normal === undefined) return rules.refuse(PROBLEM.name)
  const ending = '.'.repeat(text.length - name.length) + normal
  const pattern = readEnding(ending)
  if (typeof pattern === 'string') rules.refuse(pattern)
  else rules.addPattern(pattern, `*${ending}`, kind)
}
