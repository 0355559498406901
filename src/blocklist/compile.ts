import type { KeyObject } from 'node:crypto'
import { WeirError } from '../errors.js'
import { EXPLAINING } from './ruleset/format.js'
import type { Seed } from './ruleset/hash.js'
import { type Layout, layOut } from './ruleset/layout.js'
import { NameTable } from './resolve/nametable.js'
import { Outcomes } from './resolve/outcomes.js'
import { layOutPatterns } from './pattern/patterntable.js'
import { resolvePrefixes } from './resolve/prefixtable.js'
import { refusePublicSuffixes } from './resolve/publicsuffix.js'
import { resolveNames } from './resolve/resolve.js'
import { RuleStore } from './rules.js'
import { seal } from './ruleset/seal.js'
import { type ListSource, readSources } from './sources.js'

export type { ListSource } from './sources.js'

export interface CompileOptions {
  /** What has expired by then is left out: seconds since 1970. Nothing is when absent. */
  readonly at?: number
  /**
   * What becomes of a rule for all names below a public suffix (`com`, `*.co.uk`): 'refuse', as when
   * absent, or 'allow'.
   */
  readonly publicSuffixes?: 'refuse' | 'allow'
  /** An Ed25519 private key to sign the file with: `verifyRuleset` asks for the public one. */
  readonly sign?: KeyObject
  /** Told now and then how much is done, of how much. */
  readonly progress?: (done: number, total: number) => void
}

/** A line, or a name in a line, that became no rule. */
export interface Diagnostic {
  readonly list: string
  /** Counted from 1. */
  readonly line: number
  readonly message: string
}

export interface CompiledRuleset {
  /** The file; native/RULESET.md describes it. Same lists, same bytes. */
  readonly bytes: Uint8Array
  /** In the order of the lists and their lines. */
  readonly diagnostics: readonly Diagnostic[]
  readonly stats: CompileStats
}

export interface CompileStats {
  /** Rules read from all lists, double ones included. */
  readonly rules: number
  /** Distinct names among them, and distinct networks. */
  readonly names: number
  readonly networks: number
  /** Patterns and regular expressions. */
  readonly patterns: number
  /** Rules for a name or a network that another rule is for, too. */
  readonly double: number
  /** Names that others cover: they need no entry. */
  readonly covered: number
  /** Entries of the file: what a look-up may find. */
  readonly nameEntries: number
  readonly prefixEntries: number
  /** Lines, and names in lines, that became no rule. */
  readonly refused: number
  /** Bytes of the file's parts: what look-ups read, and what explanations do. */
  readonly bytes: { readonly deciding: number; readonly explaining: number }
}

const SEEDS = 16
/** What follows reading takes about as long again; a sixteenth is a step. */
const STEPS_BEHIND = 4

/**
 * Compiles lists, in order of precedence among equals, into one ruleset. Bad lines never stop it.
 * Throws WEIR_BAD_LIST where the lists together are no ruleset: too long, too many categories.
 */
export function compile(
  lists: Iterable<ListSource>,
  options: CompileOptions = {},
): CompiledRuleset {
  const rules = new RuleStore(seedOf(0))
  const progress = options.progress ?? ((): void => undefined)
  let total = 0
  readSources(lists, rules, options.at ?? 0, (read, all) => {
    total = all
    progress(read, 2 * all)
  })
  if (options.publicSuffixes !== 'allow') refusePublicSuffixes(rules)
  rules.markExceptions()
  const step = (number: number): void =>
    progress(total + Math.floor((total * number) / STEPS_BEHIND), 2 * total)
  const { layout, stats } = layOutRules(rules, step)
  seal(layout.file, options.sign)
  step(STEPS_BEHIND)
  return { bytes: layout.file, diagnostics: diagnostics(rules), stats }
}

function seedOf(attempt: number): Seed {
  return [(0x243f6a88 + attempt) >>> 0, 0x85a308d3]
}

function layOutRules(
  rules: RuleStore,
  step: (number: number) => void,
): { layout: Layout; stats: CompileStats } {
  const outcomes = new Outcomes(rules.lists)
  const prefixes = resolvePrefixes(rules, outcomes)
  const patterns = layOutPatterns(rules.patterns, rules.pool.bytes.subarray(0, rules.pool.length))
  for (const { rule, reason } of patterns.refused) rules.refuseAt(rule.line, rule.list, reason)
  step(1)
  for (let attempt = 0; attempt < SEEDS; attempt++) {
    if (attempt > 0) rules.reseed(seedOf(attempt))
    const table = NameTable.of(rules)
    if (table === undefined) continue
    step(2)
    const spoken = resolveNames(rules, table, outcomes)
    step(3)
    const layout = layOut({ rules, outcomes, table, spoken, prefixes, patterns })
    if (layout === undefined) continue
    const { v4, v6, v6Long } = prefixes
    const stats = {
      rules: rules.count,
      names: spoken.names,
      networks: prefixes.networks,
      patterns: patterns.count,
      double: rules.nameRules - spoken.names + (rules.networkCount - prefixes.networks),
      covered: spoken.covered,
      nameEntries: spoken.count,
      prefixEntries: v4.count + v6.count + v6Long.count,
      refused: rules.problems.length / 3,
      bytes: bytesOf(layout),
    }
    return { layout, stats }
  }
  throw new WeirError('WEIR_BAD_LIST', 'a list has names that were made to collide')
}

function bytesOf({ file, sections }: Layout): CompileStats['bytes'] {
  let explaining = 0
  for (const number of EXPLAINING) explaining += sections[number]!.length
  return { deciding: file.length - explaining, explaining }
}

function diagnostics(rules: RuleStore): Diagnostic[] {
  const { words, length } = rules.problems
  const found: Diagnostic[] = []
  for (let i = 0; i < length; i += 3) {
    const list = rules.lists[words[i + 1]!]!
    found.push({
      list: list.id,
      line: words[i]! - list.firstLine,
      message: rules.reasons[words[i + 2]!]!,
    })
  }
  return found
}
