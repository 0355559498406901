import { NO_RULE } from '../records/flags.js'

/** u64, u32 and four bytes for each answer, as native/addon/ruleset.c has them. */
const BYTES_PER_MATCH = 16

/** Answers to many look-ups, as parallel arrays: the i-th is that of the i-th host. Use one again and again. */
export class Matches {
  /** How many were answered. */
  count = 0
  /** Bit masks: the i-th of `Ruleset.categories` is bit i. */
  readonly categories: BigUint64Array
  /** Numbers of the deciding rules, for `Ruleset.rule`; 0xffffffff where none speaks. */
  readonly rules: Uint32Array
  /** Indices into ACTIONS; 0 where no rule speaks. */
  readonly actions: Uint8Array
  /** Classes of the deciding rules, 0 the strongest: native/RULESET.md, Outcomes. */
  readonly ranks: Uint8Array
  /** Bits, see `Matches.audited`. */
  readonly flags: Uint8Array
  /** Labels of the name, or bits of the prefix, that matched; 0 for a pattern, and where no rule speaks. */
  readonly depths: Uint8Array
  /** All of them, for the addon. */
  readonly memory: Uint8Array

  /** `capacity`: answers that it has room for. */
  constructor(readonly capacity: number) {
    const buffer = new ArrayBuffer(capacity * BYTES_PER_MATCH)
    this.memory = new Uint8Array(buffer)
    this.categories = new BigUint64Array(buffer, 0, capacity)
    this.rules = new Uint32Array(buffer, capacity * 8, capacity)
    this.actions = new Uint8Array(buffer, capacity * 12, capacity)
    this.ranks = new Uint8Array(buffer, capacity * 13, capacity)
    this.flags = new Uint8Array(buffer, capacity * 14, capacity)
    this.depths = new Uint8Array(buffer, capacity * 15, capacity)
  }

  /** Whether a rule speaks of the i-th host. */
  isHit(i: number): boolean {
    return this.rules[i] !== NO_RULE
  }

  /** Whether an audit rule spoke of it, whatever decided. */
  isAudited(i: number): boolean {
    return (this.flags[i]! & MATCH_FLAGS.audited) !== 0
  }
}

/** Bits of a match's flags; weir.h has them as WEIR_MATCH_*. */
export const MATCH_FLAGS = { self: 0x01, below: 0x02, audited: 0x04 } as const
