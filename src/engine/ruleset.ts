import { WeirError } from '../errors.js'
import type { RuleDetail } from '../records/decode.js'
import { ACTIONS, type Action } from '../records/vocabulary.js'
import { hostLines } from './hostlines.js'
import { Matches, MATCH_FLAGS } from './matches.js'
import {
  checked,
  native,
  type NativeMatch,
  type NativeProvenance,
  type RulesetHandle,
} from './native.js'
import { addressOctets } from './prefix.js'

export const ruleDetail = (source: NativeProvenance | undefined): RuleDetail | null =>
  source
    ? {
        ...source,
        action: ACTIONS[source.action]!,
        title: source.title || null,
        category: source.category || null,
      }
    : null

/** What a ruleset says of a name or an address. */
export interface Match {
  readonly action: Action
  /** The class of the rule, 0 the strongest: native/RULESET.md, Outcomes. */
  readonly rank: number
  /** Labels of the name, or bits of the prefix, that matched; 0 for a pattern. */
  readonly depth: number
  /** Number of the rule, for `rule()`. */
  readonly rule: number
  /** Categories of all rules that decide alike, a comma between them. */
  readonly category: string | null
  /** An audit rule spoke, whatever decided. */
  readonly isAudited: boolean
}

/** A rule that spoke, and where it comes from. */
export interface SpokenRule extends Match, Omit<RuleDetail, 'action' | 'category'> {}

/** A compiled ruleset. Engines that use it keep it alive beyond `close`. */
export class Ruleset {
  readonly #handle: RulesetHandle
  #open = true

  private constructor(handle: RulesetHandle) {
    this.#handle = handle
  }

  /**
   * Maps a compiled file read-only: processes that use it share its memory. Put a new version in
   * its place by renaming, never by writing into it.
   */
  static open(path: string): Ruleset {
    return new Ruleset(checked(path, () => native().rulesetOpen(path)))
  }

  /** Takes a copy of compiled bytes, as `compile` makes them. */
  static from(bytes: Uint8Array): Ruleset {
    return new Ruleset(checked('', () => native().rulesetFrom(bytes)))
  }

  /** What the ruleset holds; `bytes` is its size. */
  get counts(): {
    rules: number
    names: number
    prefixes4: number
    prefixes6: number
    patterns: number
    bytes: number
  } {
    return native().rulesetCounts(this.handle)
  }

  /** Seconds since 1970 when the first rule expires, which is when to compile again; null: none does. */
  get expires(): number | null {
    return native().rulesetCounts(this.handle).expires || null
  }

  /** The names of its categories, in the order of their bits in `Matches.categories`. */
  get categories(): readonly string[] {
    return native().rulesetCategories(this.handle)
  }

  /**
   * `host` as people and logs write it: a name in any case, with or without one final dot, or an
   * address in any spelling, with or without brackets and zone. Null when no rule speaks, and of what is
   * neither.
   */
  matchName(host: string): Match | null {
    const match = native().rulesetMatch(this.handle, host)
    return match ? matchOf(match) : null
  }

  /** As `matchName`. Throws WEIR_BAD_ARGUMENT for what is no address. */
  matchAddress(address: string): Match | null {
    addressOctets(address)
    return this.matchName(address)
  }

  /**
   * Many at once, each as `matchName` takes it: an array, or the bytes of a text with one on each line. The
   * answers are in `into`, or a new one, which is returned; what it has no room for is not answered.
   */
  matchNames(hosts: Uint8Array | readonly string[], into?: Matches): Matches {
    const lines = hosts instanceof Uint8Array ? hosts : hostLines(hosts)
    const matches = into ?? new Matches(native().countLines(lines))
    matches.count = native().rulesetMatchHosts(this.handle, lines, matches.memory)
    return matches
  }

  /**
   * Every rule that speaks of a host, as `matchName` takes it: first the one that decides, then those that it
   * overruled: by rank, the more specific first, in the order of their lists; 256 at most. `category` is
   * of the decider's all that decide alike, of the others that of their list.
   */
  explain(host: string): SpokenRule[] {
    return native()
      .rulesetExplain(this.handle, host)
      .flatMap((match) => {
        const source = native().rulesetProvenance(this.handle, match.rule)
        if (!source) return [] // only in a damaged file
        const { text, list, line, title, severity } = source
        return [{ ...matchOf(match), text, list, line, title: title || null, severity }]
      })
  }

  /** Where a rule comes from; null when there is no such rule. */
  rule(number: number): RuleDetail | null {
    return ruleDetail(native().rulesetProvenance(this.handle, number))
  }

  /** For the engine. */
  get handle(): RulesetHandle {
    if (!this.#open) throw new WeirError('WEIR_CLOSED', 'the ruleset is closed')
    return this.#handle
  }

  close(): void {
    if (this.#open) native().rulesetClose(this.#handle)
    this.#open = false
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

function matchOf({ action, rank, depth, rule, flags, category }: NativeMatch): Match {
  return {
    action: ACTIONS[action]!,
    rank,
    depth,
    rule,
    category: category || null,
    isAudited: (flags & MATCH_FLAGS.audited) !== 0,
  }
}
