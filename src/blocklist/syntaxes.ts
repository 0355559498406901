import { adblockReader, ublockReader } from './adblock.js'
import { cidrReader } from './cidr.js'
import { dnsmasqReader } from './dnsmasq.js'
import { domainsReader } from './domains.js'
import { hostsReader } from './hosts.js'
import { type Chunks, eachLine } from './lines.js'
import type { LineReader, Reading, ReadOptions } from './reading.js'
import { rpzReader } from './rpz.js'
import type { RuleStore } from './rules.js'
import { wildcardReader } from './wildcard.js'

/** Makes the reader of one list. */
type LineSyntax = (reading: Reading) => LineReader

const LINE_SYNTAXES = {
  hosts: (reading) => hostsReader(reading),
  domains: domainsReader,
  wildcard: wildcardReader,
  dnsmasq: dnsmasqReader,
  rpz: rpzReader,
  adblock: (reading) => adblockReader(reading),
  ublock: ublockReader,
  cidr: cidrReader,
} as const satisfies Record<string, LineSyntax>

export type Syntax = keyof typeof LINE_SYNTAXES
export const SYNTAXES = Object.keys(LINE_SYNTAXES) as readonly Syntax[]

const TOO_LONG = 'a line of more than 65536 bytes'

/** Reads the list that `rules.begin` began; what is no rule is refused there, line by line. */
export function readList(
  chunks: Chunks,
  syntax: Syntax,
  rules: RuleStore,
  options: ReadOptions,
): void {
  const read = LINE_SYNTAXES[syntax]({ ...options, rules })
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
