import { type PatternRule, SPECIFIC } from '../rules.js'
import { type AlwaysEntry, GramCounts, GramLoads, gramNumber, gramSection } from './gramtable.js'
import { requiredGrams } from './grams.js'
import type { Budget } from './nfa.js'
import type { Pattern } from './pattern.js'
import { automatonBytes, joinPatterns, programBytes } from './patternprogram.js'

/** Why a pattern rule is left out of the file. */
export const PATTERN_PROBLEM = {
  busy: 'one pattern too many of those that every name is tried with',
  large: 'a pattern too many: the automata of all are too large together',
} as const

/** Sections 22 to 25, and the rules that found no room in them. */
export interface PatternSections {
  readonly rules: Uint8Array
  readonly grams: Uint8Array
  readonly programs: Uint8Array
  readonly texts: Uint8Array
  /** Rules in the sections. */
  readonly count: number
  readonly refused: readonly { readonly rule: PatternRule; readonly reason: string }[]
}

/** What patterns without a gram may take at every name; native/core/ruleset_pattern.c has it, too. */
const ALWAYS_WORK_MAX = 4_096
const PROGRAMS_LENGTH_MAX = 2 ** 24
const JOINED_AT_MOST = 32
/** What stays in the cache. */
const GUARD_LENGTH_MAX = 2 ** 14
/** Work for joining patterns to one automaton, each and all. */
const JOIN_STEPS = 200_000
const JOIN_STEPS_ALL = 10_000_000
const NO_RULE = 0xffffffff
const RECORD_LENGTH = 13
const TEXT_MAX = 0xffff

/** A pattern, once, and the rules that have it. */
interface Program {
  readonly pattern: Pattern
  readonly bytes: Uint8Array
  readonly rules: PatternRule[]
  /** What a look-up may spend on it: itself, its rules and their exceptions. */
  work: number
}

function keyOf(pattern: Pattern): string {
  if (pattern.kind === 'regex') return `/${pattern.source}`
  return `${pattern.head} ${pattern.ended} ${pattern.pieces.join('*')}`
}

/** Without rules that say at one name what an earlier one of the same list does. */
function collect(patterns: readonly PatternRule[]): Program[] {
  const programs = new Map<string, Program>()
  const said = new Set<string>()
  for (const rule of patterns) {
    const key = keyOf(rule.pattern)
    const whole = `${rule.list} ${rule.kind} ${rule.excepts.join('|')} ${key}`
    if (said.has(whole)) continue
    said.add(whole)
    let program = programs.get(key)
    if (!program) {
      program = { pattern: rule.pattern, bytes: programBytes(rule.pattern), rules: [], work: 1 }
      programs.set(key, program)
    }
    program.rules.push(rule)
    program.work += 1 + rule.excepts.length
  }
  return [...programs.values()]
}

/** Which programs are found by grams, which are tried always, and which find no room. */
class Plan {
  readonly byGram: { readonly program: Program; readonly grams: readonly string[] }[] = []
  readonly always: Program[] = []
  readonly refused: { rule: PatternRule; reason: string }[] = []
  private alwaysWork = 0
  private length = 0

  constructor(
    programs: readonly Program[],
    private readonly loads: GramLoads,
  ) {
    for (const program of programs) this.add(program)
  }

  private add(program: Program): void {
    const { pattern, work, bytes } = program
    if (this.length + bytes.length > PROGRAMS_LENGTH_MAX) {
      this.refuse(program, PATTERN_PROBLEM.large)
      return
    }
    const grams = requiredGrams(pattern, (gram) => this.loads.cost(gram, work))
    if (grams.length > 0) {
      for (const gram of grams) this.loads.add(gram, work)
      this.byGram.push({ program, grams })
    } else if (this.alwaysWork + work + 1 <= ALWAYS_WORK_MAX) {
      this.alwaysWork += work + 1 // and its share of an automaton in front
      this.always.push(program)
    } else {
      this.refuse(program, PATTERN_PROBLEM.busy)
      return
    }
    this.length += bytes.length
  }

  private refuse(program: Program, reason: string): void {
    for (const rule of program.rules) this.refused.push({ rule, reason })
  }
}

/** Programs one behind the other, each behind the number of its first rule. */
class ProgramSection {
  private readonly parts: Uint8Array[] = []
  private length = 0

  add(firstRule: number, bytes: Uint8Array): number {
    const at = this.length
    const head = Buffer.alloc(4)
    head.writeUInt32LE(firstRule)
    this.parts.push(head, bytes)
    this.length += head.length + bytes.length
    return at
  }

  /** A program that says no more than that none of those behind it matches. */
  addGuard(bytes: Uint8Array): number {
    return this.add(NO_RULE, bytes)
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.parts)
  }
}

/** An automaton that finds what any of several programs matches; undefined where it would not pay. */
function guardOf(programs: readonly Program[], all: Budget): Uint8Array | undefined {
  if (programs.length < 2) return undefined
  const budget = { steps: Math.min(JOIN_STEPS, all.steps) }
  const given = budget.steps
  const joined = joinPatterns(
    programs.map(({ pattern }) => pattern),
    budget,
  )
  all.steps -= given - Math.max(0, budget.steps)
  const bytes = joined && automatonBytes(joined)
  return bytes && bytes.length <= GUARD_LENGTH_MAX ? bytes : undefined
}

/** Puts one automaton in front of as many programs as fit into it, halving them until they do. */
function guarded(
  programs: readonly Program[],
  section: ProgramSection,
  firstRule: (program: Program) => number,
): AlwaysEntry[] {
  const all = { steps: JOIN_STEPS_ALL }
  const todo: (readonly Program[])[] = []
  for (let i = 0; i < programs.length; i += JOINED_AT_MOST) {
    todo.unshift(programs.slice(i, i + JOINED_AT_MOST))
  }
  const entries: AlwaysEntry[] = []
  for (let group = todo.pop(); group; group = todo.pop()) {
    const guard = guardOf(group, all)
    if (guard) {
      entries.push({ program: section.addGuard(guard), skip: group.length })
    } else if (group.length > 1 && all.steps > 0) {
      const half = group.length >> 1
      todo.push(group.slice(half), group.slice(0, half))
      continue
    }
    for (const program of group) {
      entries.push({ program: section.add(firstRule(program), program.bytes), skip: 0 })
    }
  }
  return entries
}

/** Length of what a rule of a list in which the most specific wins asks for. */
function lengthOf(pattern: Pattern): number {
  return pattern.kind === 'wildcard' ? pattern.pieces.join('').length : 0
}

function record(rule: PatternRule, next: number): Uint8Array {
  const text = Buffer.from(rule.source).subarray(0, TEXT_MAX)
  const head = Buffer.alloc(RECORD_LENGTH)
  const isSpecific = (rule.kind & SPECIFIC) !== 0
  head.writeUInt32LE(((rule.line << 6) | ((rule.kind >> 4) << 2) | Number(isSpecific)) >>> 0)
  head.writeUInt32LE(next, 4)
  head.writeUInt16LE(text.length, 8)
  head.writeUInt16LE(rule.excepts.length, 10)
  head[12] = lengthOf(rule.pattern)
  const excepts = rule.excepts.map((name) =>
    Buffer.from(`${String.fromCharCode(name.length)}${name}`, 'latin1'),
  )
  return Buffer.concat([head, text, ...excepts])
}

/** Sections 22 and 25; rules of one program point from each to the next. */
function records(
  programs: readonly Program[],
  kept: readonly PatternRule[],
  numbers: ReadonlyMap<PatternRule, number>,
): { rules: Uint8Array; texts: Uint8Array } {
  const next = new Map<PatternRule, number>()
  for (const { rules } of programs) {
    for (const [i, rule] of rules.entries()) {
      if (i > 0) next.set(rules[i - 1]!, numbers.get(rule)!)
    }
  }
  const texts = kept.map((rule) => record(rule, next.get(rule) ?? 0))
  const offsets = Buffer.alloc(kept.length * 4)
  let at = 0
  for (const [i, text] of texts.entries()) {
    offsets.writeUInt32LE(at, i * 4)
    at += text.length
  }
  return { rules: offsets, texts: Buffer.concat(texts) }
}

/**
 * The sections for all patterns, numbered in the order of lists and lines without doubles and those refused.
 * `names`, those of the lists one behind the other, tell which grams are rare. Bounded in time
 * whatever the patterns are.
 */
export function layOutPatterns(
  patterns: readonly PatternRule[],
  names: Uint8Array = new Uint8Array(),
): PatternSections {
  const plan = new Plan(collect(patterns), new GramLoads(new GramCounts(names)))
  const programs = [...plan.byGram.map(({ program }) => program), ...plan.always]
  const placed = new Set(programs.flatMap((program) => program.rules))
  const kept = patterns.filter((rule) => placed.has(rule))
  const numbers = new Map(kept.map((rule, i) => [rule, i]))
  const firstRule = ({ rules: [first] }: Program): number => numbers.get(first!)!

  const { rules, texts } = records(programs, kept, numbers)
  const section = new ProgramSection()
  const entries = plan.byGram.flatMap(({ program, grams }) => {
    const at = section.add(firstRule(program), program.bytes)
    return grams.map((gram) => ({ gram: gramNumber(gram), program: at }))
  })
  const always = guarded(plan.always, section, firstRule)
  return {
    rules,
    grams: gramSection(entries, always),
    programs: section.bytes(),
    texts,
    count: kept.length,
    refused: plan.refused,
  }
}
