import { parseIPv4, parseIPv6, Prefix } from '../addresses.js'
import { trimRule } from './adblockrule.js'
import { headingOf, separatorOf } from './indicators.js'
import { eachLine, type Line, markEnd } from './lines.js'
import type { Syntax } from './syntaxes.js'

/** What of a list is looked at. */
const SAMPLE_BYTES = 65_536

const AT = 0x40
const PIPE = 0x7c
const HASH = 0x23
const SEMICOLON = 0x3b
const SLASH = 0x2f

type Vote = 'hosts' | 'domains' | 'cidr' | 'wildcard' | 'dnsmasq' | 'rpz' | 'adblock' | 'remark'
type Votes = Record<Vote, number>

/**
 * The syntax of a list, by its beginning: JSON by what is in it, tables by their heading, what has a header by that, and
 * else what most lines are. 'domains' where none says more.
 */
export function detectSyntax(bytes: Uint8Array): Syntax {
  const sample = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, SAMPLE_BYTES))
  const text = sample.toString('latin1', markEnd(sample))
  return detectJson(text) ?? detectHeader(text) ?? detectTable(text) ?? detectLines(sample)
}

function detectJson(text: string): Syntax | undefined {
  if (!/^\s*(?:\{\s*["}]|\[\s*[[{"\]])/.test(text)) return undefined
  if (/"(?:pattern_type|spec_version)"\s*:|"type"\s*:\s*"(?:bundle|indicator)"/.test(text)) {
    return 'stix'
  }
  return /"(?:Event|Attribute|response)"\s*:\s*[[{]/.test(text) ? 'misp' : 'indicators'
}

/** `[Adblock Plus 2.0]` and its like in the first lines. */
function detectHeader(text: string): Syntax | undefined {
  const header = /^\s*\[(adblock|adguard|ublock)[^\]\r\n]{0,80}\]\s*$/im.exec(text.slice(0, 1024))
  if (header === null) return undefined
  return header[1]!.toLowerCase() === 'ublock' ? 'ublock' : 'adblock'
}

const ROW = /^(?:allow|warn|block|audit)[\t,;](?:domain|host|url|ip)[\t,;]/i

function detectTable(text: string): Syntax | undefined {
  const separator = separatorOf(text)
  const first = text.split('\n', 200).find((line) => line.trim() !== '' && !line.startsWith('#'))
  if (first === undefined || first.length > 4096) return undefined
  const cells = first.split(separator).map((cell) => cell.replaceAll('"', ''))
  return headingOf(cells) !== undefined || ROW.test(first) ? 'indicators' : undefined
}

function detectLines(sample: Uint8Array): Syntax {
  const votes: Votes = {
    hosts: 0,
    domains: 0,
    cidr: 0,
    wildcard: 0,
    dnsmasq: 0,
    rpz: 0,
    adblock: 0,
    remark: 0,
  }
  eachLine([sample], (line) => {
    const vote = line.start < line.end ? voteOf(line) : undefined
    if (vote !== undefined) votes[vote]++
  })
  return decide(votes)
}

function voteOf(line: Line): Vote | undefined {
  const { bytes, start, first } = line
  if (bytes[start] === SEMICOLON) return undefined
  const special = specialVote(line)
  if (special !== undefined) return special
  const noRule = trimRule(line)
  if (noRule === 'cosmetic') return 'adblock'
  if (noRule === 'comment') return bytes[start] === HASH ? undefined : 'remark'
  line.cut(SEMICOLON)
  if (line.start === line.end) return undefined
  const next = line.nextField(Math.min(first, line.end))
  if (isAddress(bytes, start, first)) {
    const isHosts = next < line.end && !isNumber(bytes, next, line.fieldEnd(next))
    return isHosts ? 'hosts' : 'cidr'
  }
  const end = Math.min(first, line.end)
  if (prefix.parse(bytes, start, end)) return 'cidr'
  return bytes.subarray(start, end).includes(SLASH) ? undefined : 'domains' // no name has one
}

/** What no other syntax's lines look like. */
function specialVote({ bytes, start, end }: Line): Vote | undefined {
  const c = bytes[start]
  if (c === PIPE || (c === AT && bytes[start + 1] === AT)) return 'adblock'
  const text = Buffer.from(bytes.subarray(start, Math.min(end, start + 512))).toString('latin1')
  if (/^(?:address|server|local)=\//.test(text)) return 'dnsmasq'
  if (/^\$(?:ttl|origin)\s/i.test(text) || /^[^#!]*\sin\s+(?:soa|ns)\s/i.test(text)) return 'rpz'
  if (/^[^#!]*\s(?:cname\s|(?:\d+\s+)?in\s+(?:a|aaaa|txt)\s)/i.test(text)) return 'rpz'
  if (/^\*\.[^\s/$^*]+\s*(?:#.*)?$/.test(text)) return 'wildcard'
  return /\$(?:important|badfilter|denyallow|third-party|dnstype|client)\b/.test(text)
    ? 'adblock'
    : undefined
}

/** Bare names and addresses are in several syntaxes; a tenth of lines that are in one only tells. */
function decide(votes: Votes): Syntax {
  const { hosts, domains, cidr } = votes
  const common = hosts + domains + cidr
  const special = (['rpz', 'dnsmasq', 'adblock', 'wildcard'] as const).reduce((best, vote) =>
    votes[vote] > votes[best] ? vote : best,
  )
  if (votes[special] > 0 && votes[special] * 9 >= common) return special
  if (hosts > 0 && hosts >= domains && hosts >= cidr) return 'hosts'
  // A list of networks has no names, but many a list of names has addresses.
  if (cidr > 0 && domains * 19 <= cidr) return 'cidr'
  return votes.remark > 0 && domains > 0 ? 'adblock' : 'domains' // '!' is their comment
}

const words = new Uint32Array(4)
const prefix = new Prefix()

function isAddress(bytes: Uint8Array, start: number, end: number): boolean {
  return parseIPv4(bytes, start, end) >= 0 || parseIPv6(bytes, start, end, words)
}

function isNumber(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! < 0x30 || bytes[i]! > 0x39) return false
  return true
}
