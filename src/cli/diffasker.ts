import { Matches } from '../engine/matches.js'
import type { Ruleset } from '../engine/ruleset.js'
import { RuleTexts } from '../engine/ruletexts.js'
import type { Answers } from './diffchange.js'

/** Hosts that are asked for at a time. */
export const ASK_MAX = 8192

/** Asks two rulesets the same. */
export class Asker {
  readonly #was = new Matches(ASK_MAX)
  readonly #is = new Matches(ASK_MAX)
  readonly #wasTexts: RuleTexts
  readonly #isTexts: RuleTexts

  /** `isVerbose`: whether it matters which list decides. */
  constructor(
    readonly was: Ruleset,
    readonly is: Ruleset,
    readonly isVerbose: boolean,
  ) {
    this.#wasTexts = new RuleTexts(was)
    this.#isTexts = new RuleTexts(is)
  }

  /** ASK_MAX hosts at most; the answers are borrowed until the next call of the same asker. */
  ask(hosts: Uint8Array | readonly string[]): Answers {
    const was = this.was.matchNames(hosts, this.#was)
    const is = this.is.matchNames(hosts, this.#is)
    if (!this.isVerbose) return { was, is }
    const wasLists = this.#wasTexts.sources(was.rules.subarray(0, was.count)).map(listOf)
    const isLists = this.#isTexts.sources(is.rules.subarray(0, is.count)).map(listOf)
    return { was, is, isSameList: (i) => wasLists[i] === isLists[i] }
  }

  /** Texts and places of rules, old and new. */
  sources(was: Uint32Array, is: Uint32Array): { was: string[]; is: string[] } {
    return { was: this.#wasTexts.sources(was), is: this.#isTexts.sources(is) }
  }
}

/** Of `text<tab>list:line`. */
const listOf = (source: string): string =>
  source.slice(source.indexOf('\t') + 1, source.lastIndexOf(':'))
