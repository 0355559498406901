import { WeirError } from '../errors.js'
import { detectSyntax } from './detect.js'
import { type Action } from './format.js'
import { dealBlocks, layOut } from './layout.js'
import { resolveNames } from './nametable.js'
import { type ListOutcomes, Outcomes } from './outcomes.js'
import { resolvePrefixes } from './prefixtable.js'
import { RuleStore } from './rules.js'
import { readList, type Syntax } from './syntaxes.js'

/** A list to compile: its text, or its bytes in UTF-8. */
export interface ListSource {
  /** Names the list in verdicts and diagnostics. */
  readonly id: string
  readonly text?: string
  readonly bytes?: Uint8Array
  /** Told from the list's first lines when absent. */
  readonly syntax?: Syntax
  /** What its rules ask for; 'block' when absent. */
  readonly action?: Action
  /** Before every rule that is not important; an important allow before an important block. */
  readonly important?: boolean
  /** One word for what the list is about, without commas; none when absent. */
  readonly category?: string
  /**
   * How a bare name is read where the syntax leaves that open ('domains'): that name only, or
   * it and all below it. 'exact' when absent. Names of a hosts file are exact always.
   */
  readonly match?: 'exact' | 'suffix'
  /** Whether `*.name` of a wildcard list means the name too. */
  readonly apex?: boolean
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
  readonly diagnostics: readonly Diagnostic[]
  readonly stats: CompileStats
}

export interface CompileStats {
  /** Rules read from all lists, double ones included. */
  readonly rules: number
  /** Distinct names among them. */
  readonly names: number
  /** Entries of the file: rules that decide something. */
  readonly nameEntries: number
  readonly prefixEntries: number
}

const LINES_MAX = 2 ** 32 - 1
const FILE_MAX = 2 ** 32 - 1
const SEEDS = 16

/** Compiles lists, in order of precedence among equals, into one ruleset. Bad lines never stop it. */
export function compile(lists: Iterable<ListSource>): CompiledRuleset {
  const rules = new RuleStore()
  for (const list of lists) readSource(list, rules)
  const outcomes = new Outcomes()
  const listOutcomes: ListOutcomes = {
    categories: Uint16Array.from(rules.lists, (list) => outcomes.category(list.category)),
  }
  const tables = resolvePrefixes(rules, outcomes, listOutcomes)
  for (let attempt = 0; attempt < SEEDS; attempt++) {
    const seed = [0x243f6a88 + attempt, 0x85a308d3] as const
    const names = resolveNames(rules, outcomes, listOutcomes, seed)
    const deal = dealBlocks(names)
    if (deal === undefined) continue
    const { v4, v6, v6Long } = tables
    return {
      bytes: layOut(rules, outcomes, names, deal, tables, seed),
      diagnostics: diagnostics(rules),
      stats: {
        rules: rules.names + rules.networkCount,
        names: names.names,
        nameEntries: names.count,
        prefixEntries: v4.count + v6.count + v6Long.count,
      },
    }
  }
  throw new WeirError('WEIR_BAD_LIST', 'a list has names that were made to collide')
}

function readSource(list: ListSource, rules: RuleStore): void {
  const bytes = list.bytes ?? (list.text === undefined ? undefined : Buffer.from(list.text))
  if (bytes === undefined) {
    throw new WeirError('WEIR_BAD_ARGUMENT', `list "${list.id}" has neither text nor bytes`)
  }
  rules.begin({ id: list.id, category: list.category ?? '' })
  readList([bytes], list.syntax ?? detectSyntax(bytes), rules, {
    action: list.action ?? 'block',
    important: list.important ?? false,
    match: list.match ?? 'exact',
    apex: list.apex ?? false,
    at: 0,
    cancelled: new Set(),
    budget: { steps: Infinity },
  })
  if (rules.line > LINES_MAX || rules.pool.length > FILE_MAX / 2) {
    throw new WeirError('WEIR_BAD_LIST', 'the lists together are too long for one ruleset')
  }
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
