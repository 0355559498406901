import { WeirError } from '../errors.js'
import type { RuleDetail } from '../records/decode.js'
import { ACTIONS, type Action } from '../records/vocabulary.js'
import {
  checked,
  native,
  type NativeMatch,
  type NativeProvenance,
  type RulesetHandle,
} from './native.js'
import { addressOctets } from './prefix.js'

export const ruleDetail = (source: NativeProvenance | undefined): RuleDetail | null =>
  source ? { ...source, category: source.category || null } : null

/** What a ruleset says of a name or an address. */
export interface Match {
  readonly action: Action
  /** Labels of the name, or bits of the prefix, that matched. */
  readonly depth: number
  /** Number of the rule, for `rule()`. */
  readonly rule: number
  readonly category: string | null
}

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
    bytes: number
  } {
    return native().rulesetCounts(this.handle)
  }

  /** `name` in any case, with or without the final dot; null when no rule speaks. */
  matchName(name: string): Match | null {
    const canonical = name.toLowerCase().replace(/\.$/, '')
    return this.#match(native().rulesetMatchName(this.handle, canonical))
  }

  matchAddress(address: string): Match | null {
    return this.#match(native().rulesetMatchAddress(this.handle, addressOctets(address)))
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

  #match(match: NativeMatch | undefined): Match | null {
    if (!match) return null
    return {
      action: ACTIONS[match.action]!,
      depth: match.depth,
      rule: match.rule,
      category: native().rulesetCategory(this.handle, match.category) || null,
    }
  }
}
