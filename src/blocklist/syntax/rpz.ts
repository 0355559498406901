import { BELOW } from '../ruleset/format.js'
import { hasByte, type Line } from './lines.js'
import { type LineReader, listKind, type Reading } from './reading.js'
import { EXACT, PROBLEM, type RuleStore } from '../rules.js'

const SEMICOLON = 0x3b
const DOLLAR = 0x24
const AT = 0x40
const STAR = 0x2a
const DOT = 0x2e
const CLOSE = 0x29

const TYPES = new Set(['CNAME', 'A', 'AAAA', 'TXT'])
const CNAME = Buffer.from('cname')
const CLASS = Buffer.from('in')
const UNITS = Buffer.from('smhdw') // of a time to live
const IP_TRIGGER = '.rpz-ip'
const OTHER_TRIGGER = Buffer.from('.rpz-')

const SHORT = 'a record without a type and data'
const TYPE = 'a record of a type that says nothing of a policy'
const TCP_ONLY = 'rpz-tcp-only: neither blocks nor allows'
const TRIGGER = 'a trigger other than a name or an address of an answer'

/**
 * A response policy zone (draft-vixie-dnsop-dns-rpz): `name CNAME .` blocks that name, `*.name` what is
 * below it, `rpz-passthru.` allows. Names are relative to the zone, or absolute inside it.
 */
export function rpzReader(reading: Reading): LineReader {
  return new RpzReader(reading).read
}

interface Kinds {
  readonly name: number
  readonly network: number
}

class RpzReader {
  private readonly rules: RuleStore
  private readonly block: Kinds
  private readonly allow: Kinds
  /** Inside the parentheses of a SOA (RFC 1035 5.1). */
  private isOpen = false
  private readonly zone = new Zone()

  constructor(reading: Reading) {
    this.rules = reading.rules
    const kinds = (isException: boolean) => ({
      name: listKind(reading, isException, true),
      network: listKind(reading, isException),
    })
    this.block = kinds(false)
    this.allow = kinds(true)
  }

  readonly read = (line: Line): void => {
    line.cut(SEMICOLON)
    const { bytes, start, end, head } = line
    if (start === end) return
    if (this.isOpen) {
      this.isOpen = !hasByte(bytes, start, end, CLOSE)
      return
    }
    const c = bytes[start]
    if (start !== head || c === DOLLAR || c === AT) this.directive(line)
    else this.record(line)
  }

  private directive(line: Line): void {
    const text = line.text()
    this.isOpen = text.includes('(') && !text.includes(')')
    this.zone.directive(text)
  }

  private record(line: Line): void {
    const { bytes, start, first, end } = line
    let at = nextValue(line, line.nextField(first))
    const typeEnd = line.fieldEnd(at)
    const isCname = isSame(CNAME, bytes, at, typeEnd)
    const type = isCname ? 'CNAME' : line.text(at, typeEnd).toUpperCase()
    at = nextValue(line, line.nextField(typeEnd))
    if (at === end) return this.rules.refuse(SHORT)
    if (type === 'SOA') this.directive(line)
    if (!TYPES.has(type)) return this.rules.refuse(TYPE)
    let isAllowed = false
    if (isCname && end - at > 2) {
      const data = line.text(at, line.fieldEnd(at)).toLowerCase()
      if (data === 'rpz-tcp-only.') return this.rules.refuse(TCP_ONLY)
      isAllowed = data === 'rpz-passthru.' || isItself(data, line.text(start, first))
    }
    const kinds = isAllowed ? this.allow : this.block
    if (this.zone.isPlain(bytes, first)) return this.owner(bytes, start, first, kinds)
    const owner = this.zone.relative(bytes.subarray(start, first))
    this.owner(owner, 0, owner.length, kinds)
  }

  private owner(bytes: Uint8Array, start: number, end: number, kinds: Kinds): void {
    if (hasTrigger(bytes, start, end)) return this.trigger(bytes, start, end, kinds.network)
    const isStarred = bytes[start] === STAR && bytes[start + 1] === DOT
    const isName = isStarred
      ? this.rules.addName(bytes, start + 2, end, BELOW, kinds.name)
      : this.rules.addName(bytes, start, end, EXACT, kinds.name)
    if (!isName) this.rules.refuse(PROBLEM.name)
  }

  /** `24.0.2.0.192.rpz-ip`: the prefix length, then the address from its end; `zz` is `::`. */
  private trigger(bytes: Uint8Array, start: number, end: number, kind: number): void {
    const text = Buffer.from(bytes.subarray(start, end)).toString('latin1').toLowerCase()
    if (!text.endsWith(IP_TRIGGER)) return this.rules.refuse(TRIGGER)
    const [bits, ...parts] = text.slice(0, -IP_TRIGGER.length).split('.')
    const isV6 = parts.includes('zz') || parts.length > 4
    let address = parts.reverse().join(isV6 ? ':' : '.')
    if (isV6) address = address.replace(/(^|:)zz(:|$)/, '::')
    const network = Buffer.from(`${address}/${bits}`)
    if (!this.rules.addNetwork(network, 0, network.length, kind)) {
      this.rules.refuse(PROBLEM.address)
    }
  }
}

/** Where names of the zone begin to be relative. */
class Zone {
  private origin = ''
  private apex: Uint8Array | undefined
  /** What stands between relative names and the apex, when $ORIGIN moved below it. */
  private under = ''

  directive(text: string): void {
    const [first, second] = text.split(/\s+/, 2)
    if (/^\$origin$/i.test(first!) && second?.endsWith('.')) {
      this.origin = second.toLowerCase()
      this.apex ??= Buffer.from(`.${this.origin}`)
      const apex = Buffer.from(this.apex).toString('latin1')
      const isBelow = this.origin.endsWith(apex)
      this.under = isBelow ? `.${this.origin.slice(0, -apex.length)}` : ''
    } else if (first!.length > 1 && first!.endsWith('.')) {
      this.apex = Buffer.from(`.${first!.toLowerCase()}`) // a SOA's owner
      this.under = ''
    }
  }

  /** Whether the owner that ends at `end` is a name of the policy as it stands. */
  isPlain(bytes: Uint8Array, end: number): boolean {
    return this.under === '' && bytes[end - 1] !== DOT
  }

  /** An owner as a name of the policy. */
  relative(owner: Uint8Array): Uint8Array {
    if (owner[owner.length - 1] !== DOT) {
      return this.under === '' ? owner : Buffer.concat([owner, Buffer.from(this.under)])
    }
    const { apex } = this
    if (apex === undefined || owner.length <= apex.length) return owner
    const length = owner.length - apex.length
    return isSame(apex, owner, length, owner.length) ? owner.subarray(0, length) : owner
  }
}

/** Passes over times to live and classes. */
function nextValue(line: Line, start: number): number {
  let at = start
  while (at < line.end) {
    const end = line.fieldEnd(at)
    if (!isTtlOrClass(line.bytes, at, end)) break
    at = line.nextField(end)
  }
  return at
}

/** `3600`, `1h`, `IN`. */
function isTtlOrClass(bytes: Uint8Array, start: number, end: number): boolean {
  let i = start
  while (i < end && bytes[i]! >= 0x30 && bytes[i]! <= 0x39) i++
  if (i === start) return isSame(CLASS, bytes, start, end)
  return i === end || (i === end - 1 && UNITS.includes(bytes[i]! | 0x20))
}

/** Owners of triggers that are no names have a label that begins with `rpz-`. */
function hasTrigger(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if (bytes[i] !== DOT || end - i < OTHER_TRIGGER.length) continue
    if (isSame(OTHER_TRIGGER, bytes, i, i + OTHER_TRIGGER.length)) return true
  }
  return false
}

/** `name CNAME name.`: the older spelling of passthru. */
function isItself(data: string, owner: string): boolean {
  return withoutDot(data) === withoutDot(owner.toLowerCase())
}

const withoutDot = (name: string): string => (name.endsWith('.') ? name.slice(0, -1) : name)

/** Whether bytes are `text`, which is in lower case. */
function isSame(text: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== text.length) return false
  for (let i = 0; i < text.length; i++) {
    const c = bytes[start + i]!
    if ((c >= 0x41 && c <= 0x5a ? c | 0x20 : c) !== text[i]) return false
  }
  return true
}
