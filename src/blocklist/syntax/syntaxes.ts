import { adblockReader, ublockReader } from './adblock.js'
import { cidrReader } from './cidr.js'
import { dnsmasqReader } from './dnsmasq.js'
import { readDocument, type SourceDocument } from './document.js'
import { domainsReader } from './domains.js'
import { hostsReader } from './hosts.js'
import { readIndicators } from './indicators.js'
import { type Chunks, eachLine } from './lines.js'
import { readMisp } from './misp.js'
import type { LineReader, Reading, ReadOptions } from './reading.js'
import { rpzReader } from './rpz.js'
import type { RuleStore } from '../rules.js'
import { readStix } from './stix.js'
import { wildcardReader } from './wildcard.js'

/** Read line by line: each makes the reader of one list. */
const LINE_SYNTAXES = {
  hosts: (reading) => hostsReader(reading),
  domains: domainsReader,
  wildcard: wildcardReader,
  dnsmasq: dnsmasqReader,
  rpz: rpzReader,
  adblock: (reading) => adblockReader(reading),
  ublock: ublockReader,
  cidr: cidrReader,
} as const satisfies Record<string, (reading: Reading) => LineReader>

/** Read as a whole; their rules rank as indicators. */
const DOCUMENT_SYNTAXES = {
  indicators: readIndicators,
  stix: readStix,
  misp: readMisp,
} as const satisfies Record<string, (source: SourceDocument, reading: Reading) => void>

type LineSyntax = keyof typeof LINE_SYNTAXES
type DocumentSyntax = keyof typeof DOCUMENT_SYNTAXES
export type Syntax = LineSyntax | DocumentSyntax
export const SYNTAXES = Object.keys({
  ...LINE_SYNTAXES,
  ...DOCUMENT_SYNTAXES,
}) as readonly Syntax[]

const TOO_LONG = 'a line of more than 65536 bytes'

/** Reads the list that `rules.begin` began; what is no rule is refused there, line by line. */
export function readList(
  chunks: Chunks,
  syntax: Syntax,
  rules: RuleStore,
  options: ReadOptions,
): void {
  const reading = { ...options, rules }
  if (isDocument(syntax)) {
    const read = DOCUMENT_SYNTAXES[syntax]
    return readDocument(chunks, rules, (source) => read(source, reading))
  }
  const read = LINE_SYNTAXES[syntax](reading)
  eachLine(
    chunks,
    (line) => {
      rules.line++
      if (line.start < line.end) read(line)
    },
    () => {
      rules.line++
      rules.refuse(TOO_LONG)
    },
  )
}

function isDocument(syntax: Syntax): syntax is DocumentSyntax {
  return Object.hasOwn(DOCUMENT_SYNTAXES, syntax)
}

/** Whether a `$badfilter` of another list may take rules of such a list back, and the other way round. */
export function isAdblock(syntax: Syntax): boolean {
  return syntax === 'adblock' || syntax === 'ublock'
}

/** What a list is about when it does not say. */
export function defaultCategory(syntax: Syntax): string {
  return isDocument(syntax) ? 'indicator' : ''
}
