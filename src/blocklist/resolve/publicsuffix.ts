import {
  edgeChild,
  edgeLength,
  edgeStart,
  exceptionsRoot,
  labelText,
  nodeFlags,
  rulesRoot,
} from 'tldts-icann/dist/cjs/src/data/trie.js'
import { BELOW } from '../ruleset/format.js'
import { Suffixes } from '../ruleset/hash.js'
import { RULE, RULE_WORDS, type RuleStore } from '../rules.js'

const REASON = 'blocks all names below a public suffix'
const FILTER_BITS = 20
const LIST_FLAG = 1
const WILDCARD = '*.'
/** Labels of the longest public suffix, and one more where a new one comes. */
const LABELS_MAX = 4

/**
 * The public suffix list, its ICANN section: what the library asks for one name at a time is wanted here
 * for a million of them, so that its suffixes are gathered once. The version is pinned for that reason.
 */
interface PublicSuffixes {
  readonly names: ReadonlySet<string>
  /** Every name directly below these is one, but for the exceptions. */
  readonly wildcards: ReadonlySet<string>
  readonly exceptions: ReadonlySet<string>
}

function gather(): PublicSuffixes {
  const texts: string[] = []
  for (let edge = 0, at = 0; edge < edgeLength.length; edge++) {
    texts.push(labelText.slice(at, (at += edgeLength[edge]!)))
  }
  const below = (root: number): string[] => {
    const found: string[] = []
    const open: { node: number; name: string }[] = [{ node: root, name: '' }]
    for (let next = open.pop(); next; next = open.pop()) {
      for (let edge = edgeStart[next.node]!; edge < edgeStart[next.node + 1]!; edge++) {
        const name = next.name === '' ? texts[edge]! : `${texts[edge]!}.${next.name}`
        if ((nodeFlags[edgeChild[edge]!]! & LIST_FLAG) !== 0) found.push(name)
        open.push({ node: edgeChild[edge]!, name })
      }
    }
    return found
  }
  const rules = below(rulesRoot)
  const stars = rules.filter((name) => name.startsWith(WILDCARD))
  return {
    names: new Set(rules.filter((name) => !name.startsWith(WILDCARD))),
    wildcards: new Set(stars.map((name) => name.slice(WILDCARD.length))),
    exceptions: new Set(below(exceptionsRoot)),
  }
}

let gathered: PublicSuffixes | undefined

function isPublicSuffix(name: string): boolean {
  const { names, wildcards, exceptions } = (gathered ??= gather())
  if (names.has(name)) return true
  const dot = name.indexOf('.')
  return dot >= 0 && wildcards.has(name.slice(dot + 1)) && !exceptions.has(name)
}

/** Bits of hashes, two a name in one word: most names that are no public suffix are told without a look at them. */
class Filter {
  private readonly words = new Uint32Array(2 ** (FILTER_BITS - 5))

  constructor(rules: RuleStore, names: Iterable<string>) {
    const suffixes = new Suffixes(rules.seed)
    const bytes = Buffer.alloc(256)
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    for (const name of names) {
      suffixes.hash(view, 0, bytes.write(name, 'latin1'))
      const hash = suffixes.lo[suffixes.count - 1]!
      this.words[hash >>> (37 - FILTER_BITS)]! |= bitsOf(hash)
    }
  }

  /** By the lower half of a name's hash: false is certain. */
  mayHave(hash: number): boolean {
    const bits = bitsOf(hash)
    return (this.words[hash >>> (37 - FILTER_BITS)]! & bits) === bits
  }
}

const bitsOf = (hash: number): number => (1 << (hash & 31)) | (1 << ((hash >>> 5) & 31))

/** A rule for all below a public suffix, such as `com` or `co.uk`, is hardly meant: it is refused. */
export function refusePublicSuffixes(rules: RuleStore): void {
  const { words, length } = rules.records
  let filter: Filter | undefined
  let wildcards: Filter | undefined
  for (let record = 0; record < length; record += RULE_WORDS) {
    const meta = words[record + RULE.meta]!
    if ((meta & BELOW) === 0 || words[record + RULE.labels]! > LABELS_MAX) continue
    gathered ??= gather()
    filter ??= new Filter(rules, gathered.names)
    wildcards ??= new Filter(rules, gathered.wildcards)
    const { lo, above } = RULE
    if (!filter.mayHave(words[record + lo]!) && !wildcards.mayHave(words[record + above]!)) continue
    const rule = record / RULE_WORDS
    if (isPublicSuffix(Buffer.from(rules.nameBytes(rule)).toString('latin1'))) {
      rules.withdraw(rule, REASON)
    }
  }
}
