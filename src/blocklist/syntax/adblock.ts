import { Cancelled } from './adblockbadfilter.js'
import { readModifiers } from './adblockmodifiers.js'
import { type AdblockRule, parseRule, trimRule } from './adblockrule.js'
import { hostsReader } from './hosts.js'
import type { Line } from './lines.js'
import type { Budget } from '../pattern/nfa.js'
import { readAdblockPattern } from '../pattern/pattern.js'
import { type LineReader, listKind, type Reading } from './reading.js'
import { readRegex } from '../pattern/regex.js'
import { EXACT, type RuleStore, type Scope, SUFFIX } from '../rules.js'

const AT = 0x40
const PIPE = 0x7c
const CARET = 0x5e
const DOT = 0x2e

const COSMETIC = 'a rule about the content of pages'
const CANCELLED = 'taken back by a $badfilter rule'

/**
 * AdGuard's DNS syntax: `||name^` is the name and all below it, `|name^` and a bare name that name only,
 * `@@` an exception. `bare` is what a bare name, or one of a hosts line, means.
 */
export function adblockReader(reading: Reading, bare: Scope = EXACT): LineReader {
  return new AdblockReader(reading, bare).read
}

/** uBlock Origin's reading of the same: a bare name is the name and all below it. */
export function ublockReader(reading: Reading): LineReader {
  return adblockReader(reading, SUFFIX)
}

class AdblockReader {
  private readonly rules: RuleStore
  private readonly kind: { plain: number; exception: number; important: number }
  private readonly importantException: number
  private readonly cancelled: Cancelled
  private readonly hosts: LineReader
  private readonly budget: Budget

  constructor(
    reading: Reading,
    private readonly bare: Scope,
  ) {
    const important = { ...reading, important: true }
    this.rules = reading.rules
    this.budget = reading.budget
    this.kind = {
      plain: listKind(reading),
      exception: listKind(reading, true),
      important: listKind(important),
    }
    this.importantException = listKind(important, true)
    this.cancelled = new Cancelled(reading.cancelled)
    this.hosts = hostsReader(reading, bare)
  }

  readonly read = (line: Line): void => {
    if (!this.readPlain(line)) this.readOther(line)
  }

  /** What most lines are, in place: `||name^`, `name`, either behind `@@`. */
  private readPlain(line: Line): boolean {
    const { bytes, start, end } = line
    if (line.first !== end || this.cancelled.mayHave(bytes, start, end)) return false
    const isException = bytes[start] === AT && bytes[start + 1] === AT
    const at = isException ? start + 2 : start
    const kind = isException ? this.kind.exception : this.kind.plain
    if (bytes[at] === PIPE) {
      const isSuffix = bytes[at + 1] === PIPE && bytes[end - 1] === CARET && bytes[end - 2] !== DOT
      return isSuffix && this.rules.addName(bytes, at + 2, end - 1, SUFFIX, kind)
    }
    return isHostName(bytes, at, end) && this.rules.addName(bytes, at, end, this.bare, kind)
  }

  private readOther(line: Line): void {
    const not = trimRule(line)
    if (not === 'cosmetic') this.rules.refuse(COSMETIC)
    if (not !== undefined) return
    if (isHostsLine(line)) return this.hosts(line)
    const text = line.text()
    const rule = parseRule(text)
    if (rule.modifiers.includes('badfilter')) return
    if (this.cancelled.has(rule)) return this.rules.refuse(CANCELLED)
    const modifiers = readModifiers(rule.modifiers)
    if (typeof modifiers === 'string') return this.rules.refuse(modifiers)
    this.add(rule, text, this.kindOf(rule, modifiers.isImportant), modifiers.excepts)
  }

  private kindOf({ isException }: AdblockRule, isImportant: boolean): number {
    if (isException) return isImportant ? this.importantException : this.kind.exception
    return isImportant ? this.kind.important : this.kind.plain
  }

  private add(rule: AdblockRule, text: string, kind: number, excepts: readonly string[]): void {
    const { pattern } = rule
    const isRegex = pattern.length > 2 && pattern.startsWith('/') && pattern.endsWith('/')
    if (!isRegex && this.addAnchored(pattern, kind, excepts)) return
    const read = isRegex
      ? readRegex(pattern.slice(1, -1), this.budget)
      : readAdblockPattern(pattern)
    if (typeof read === 'string') this.rules.refuse(read)
    else this.rules.addPattern(read, text, kind, excepts)
  }

  /** An address, or a name that is anchored at both ends; false where it is neither. */
  private addAnchored(pattern: string, kind: number, excepts: readonly string[]): boolean {
    const body = anchoredBody(pattern)
    const bytes = Buffer.from(body)
    const isWhole = body === pattern
    const isEnded = pattern.endsWith('^') || pattern.endsWith('|')
    if ((isWhole || isEnded) && this.addAddress(bytes, kind)) return true
    let scope: Scope | undefined
    if (isEnded && pattern.startsWith('||')) scope = SUFFIX
    else if (isEnded && pattern.startsWith('|')) scope = EXACT
    else if (isWhole && isHostName(bytes, 0, bytes.length)) scope = this.bare
    if (scope === undefined || bytes[bytes.length - 1] === DOT) return false
    if (!this.rules.addName(bytes, 0, bytes.length, scope, kind)) return false
    if (excepts.length > 0) this.rules.except(excepts)
    return true
  }

  private addAddress(bytes: Buffer, kind: number): boolean {
    const isBracketed = bytes[0] === 0x5b && bytes[bytes.length - 1] === 0x5d
    const start = isBracketed ? 1 : 0
    if (bytes.includes('/')) return false
    return this.rules.addNetwork(bytes, start, bytes.length - start, kind)
  }
}

/** What is between the marks: up to two '|' in front, any '^' and '|' behind. */
function anchoredBody(pattern: string): string {
  let start = 0
  while (start < 2 && pattern[start] === '|') start++
  let end = pattern.length
  while (end > start && (pattern[end - 1] === '^' || pattern[end - 1] === '|')) end--
  return pattern.slice(start, end)
}

/** Whether the last of two or more labels has a letter: other text without marks is a pattern. */
function isHostName(bytes: Uint8Array, start: number, end: number): boolean {
  let hasLetter = false
  for (let i = end - 1; i > start; i--) {
    const c = bytes[i]!
    if (c === DOT) return hasLetter
    hasLetter ||= (c | 0x20) >= 0x61 // what is no name either is told by addName
  }
  return false
}

/** An address, and something behind it. */
function isHostsLine({ bytes, start, end, first }: Line): boolean {
  if (first === end) return false
  for (let i = start; i < first; i++) {
    const c = bytes[i]!
    const isHex =
      (c >= 0x30 && c <= 0x3a) || c === DOT || ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x66)
    if (!isHex) return false
  }
  return true
}
