import type { Mode } from '../engine/engine.js'
import { Matches } from '../engine/matches.js'
import type { Ruleset } from '../engine/ruleset.js'
import { RuleTexts } from '../engine/ruletexts.js'
import { type Action, ACTIONS } from '../records/vocabulary.js'
import { type Answer, answer, noteOfNone } from './checkanswer.js'
import { type Target, targetOf } from './checktarget.js'
import { shown } from './diagnostics.js'
import type { Output } from './output.js'
import { styler } from './style.js'

/** Says what the rules make of queries. */
export interface CheckView {
  answer(queries: readonly string[]): void
}

/** What needs no taking apart: most lines. */
const PLAIN = /^[a-z0-9_.-]{1,253}$/i
const QUERY_SHOWN = 2048
const BATCH = 8192
const LABEL = 11

/** One line a query: query, verdict, rule, list:line, category, notes, a tab between them. */
export class CheckLines implements CheckView {
  readonly #texts: RuleTexts
  readonly #matches = new Matches(BATCH)
  readonly #categories = new Map<bigint, string>()

  constructor(
    private readonly ruleset: Ruleset,
    private readonly mode: Mode,
    private readonly output: Output,
  ) {
    this.#texts = new RuleTexts(ruleset)
  }

  answer(queries: readonly string[]): void {
    for (let at = 0; at < queries.length; at += BATCH) {
      this.#answer(queries.length > BATCH ? queries.slice(at, at + BATCH) : queries)
    }
  }

  #answer(queries: readonly string[]): void {
    const targets = queries.map((query) => (PLAIN.test(query) ? null : targetOf(query)))
    const hosts = queries.map((query, i) => targets[i]?.host ?? query)
    const matches = this.ruleset.matchNames(hosts, this.#matches)
    const sources = this.#texts.sources(matches.rules.subarray(0, matches.count))
    let text = ''
    for (let i = 0; i < queries.length; i++) {
      const target = targets[i]
      const query = target ? shown(queries[i]!.trim(), QUERY_SHOWN) : queries[i]!
      const verdict = ACTIONS[matches.actions[i]!]!
      const note = this.#note(target ?? { host: queries[i]!, note: '' }, matches, i)
      text += `${query}\t${verdict}\t${sources[i]!}\t${this.#category(matches.categories[i]!)}\t${note}\n`
    }
    this.output.text(text)
  }

  #note(target: Target, matches: Matches, i: number): string {
    if (!matches.isHit(i)) return noteOfNone(target, this.mode)
    if (!matches.isAudited(i)) return target.note
    return target.note ? `audited; ${target.note}` : 'audited'
  }

  #category(bits: bigint): string {
    let text = this.#categories.get(bits)
    if (text === undefined) {
      text = this.ruleset.categories.filter((_, i) => (bits >> BigInt(i)) & 1n).join(',')
      this.#categories.set(bits, shown(text))
    }
    return text
  }
}

/** A small block a query, for people. */
export class CheckBlocks implements CheckView {
  readonly #style = styler(process.stdout.isTTY)
  #blocks = 0

  constructor(
    private readonly ruleset: Ruleset,
    private readonly mode: Mode,
    private readonly output: Output,
  ) {}

  answer(queries: readonly string[]): void {
    for (const query of queries) {
      if (this.#blocks++) this.output.text('\n')
      this.#block(answer(this.ruleset, this.mode, query))
    }
  }

  #block(said: Answer): void {
    const { rule, overruled } = said
    this.output.text(`${this.#style('bold', shown(said.query))}\n`)
    this.#row('verdict', this.#coloured(said.verdict))
    if (said.note) this.#row('note', said.note)
    if (rule) {
      this.#row('rule', shown(rule.text))
      this.#row('list', `${shown(rule.list)}, line ${rule.line}`)
      if (rule.category !== null) this.#row('category', shown(rule.category))
      if (rule.title !== null) this.#row('title', shown(rule.title))
      if (said.isAudited) this.#row('audited', 'yes')
    }
    if (!overruled.length) return
    const places = overruled.map(
      ({ text, list, line }) => `${shown(text)} (${shown(list)}:${line})`,
    )
    const width = Math.max(...places.map(({ length }) => length))
    for (const [i, { action, why }] of overruled.entries()) {
      this.#row(i ? '' : 'overruled', `${places[i]!.padEnd(width)}  ${action.padEnd(5)}  ${why}`)
    }
  }

  #row(label: string, text: string): void {
    this.output.text(`  ${label.padEnd(LABEL)}${text}\n`)
  }

  #coloured(verdict: Action): string {
    if (verdict === 'block') return this.#style('red', verdict)
    return verdict === 'warn' ? this.#style('yellow', verdict) : verdict
  }
}

/** One JSON object a query. */
export class CheckRecords implements CheckView {
  constructor(
    private readonly ruleset: Ruleset,
    private readonly mode: Mode,
    private readonly output: Output,
  ) {}

  answer(queries: readonly string[]): void {
    for (const query of queries) {
      const cut = query.length > QUERY_SHOWN ? `${query.slice(0, QUERY_SHOWN)}…` : query
      const said = { ...answer(this.ruleset, this.mode, query), query: cut }
      this.output.text(`${JSON.stringify(recordOf(said))}\n`)
    }
  }
}

function recordOf({ query, host, verdict, rule, isAudited, note, overruled }: Answer): object {
  return {
    query,
    host: host === '' ? null : host,
    verdict,
    rule: rule && { text: rule.text, list: rule.list, line: rule.line },
    category: rule?.category ?? null,
    title: rule?.title ?? null,
    severity: rule?.severity ?? 0,
    audited: isAudited,
    note: note === '' ? null : note,
    overruled: overruled.map(({ text, list, line, action, category, title, why }) => {
      return { text, list, line, action, category, title, why }
    }),
  }
}
