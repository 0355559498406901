import { type ClearedEntries, type ClearedRun, copyRun } from '../../privacy/gate.js'
import type { RuleDetail, RuleLookup } from '../../records/decode.js'
import { NO_RULE } from '../../records/flags.js'
import { FIELD, RECORD_SIZE } from '../../records/layout.js'
import { HIGH, LITTLE_ENDIAN, LOW } from '../../records/ring.js'
import { RECORD_KINDS } from '../../records/vocabulary.js'

/** Rules that were told; when there are as many, all are told anew. */
const RULES_MAX = 1 << 16

/** Entries of a run, copied. */
export interface Copied {
  readonly entries: ClearedEntries
  /** Records that the entries make; the others are names and answers, or none of these. */
  readonly records: number
}

interface Told {
  readonly low: number
  readonly high: number
  readonly number: number
}

/**
 * Copies runs for another thread, which has no engine to ask for rules: in the copies a rule's number is the place of its
 * detail among those that were told. One for an engine.
 */
export class Handover {
  readonly #told = new Map<number, Told>()
  #count = 0
  #untold: RuleDetail[] = []

  constructor(private readonly rule: RuleLookup) {}

  /** Whether it is time for `renumber`: copies that were made are to be sent before. */
  get isFull(): boolean {
    return Math.max(this.#count, this.#told.size) >= RULES_MAX
  }

  /** Rules have other numbers from now on. */
  renumber(): void {
    this.#told.clear()
    this.#count = 0
    this.#untold = []
  }

  /** Details of rules that are new since the last time, in the order of their numbers. */
  takeRules(): RuleDetail[] {
    return this.#untold.splice(0)
  }

  copy(run: ClearedRun): Copied {
    const entries = copyRun(run)
    const view = new DataView(entries)
    let records = 0
    for (let at = 0; at < entries.byteLength; at += RECORD_SIZE) {
      const kind = view.getUint8(at + FIELD.kind)
      if (kind !== RECORD_KINDS.flow && kind !== RECORD_KINDS.dns) continue
      this.#renumber(view, at)
      records++
    }
    return { entries, records }
  }

  #renumber(view: DataView, at: number): void {
    const u32 = (field: number): number => view.getUint32(at + field, LITTLE_ENDIAN)
    const [rule, overruled] = [u32(FIELD.rule), u32(FIELD.overruled)]
    if (rule === NO_RULE && overruled === NO_RULE) return
    const generation = view.getUint16(at + FIELD.generation, LITTLE_ENDIAN)
    const [low, high] = [u32(FIELD.categories + LOW), u32(FIELD.categories + HIGH)]
    view.setUint32(at + FIELD.rule, this.#number(rule, generation, low, high), LITTLE_ENDIAN)
    view.setUint32(at + FIELD.overruled, this.#number(overruled, generation, 0, 0), LITTLE_ENDIAN)
  }

  #number(rule: number, generation: number, low: number, high: number): number {
    if (rule === NO_RULE) return NO_RULE
    const key = generation * 2 ** 32 + rule
    const told = this.#told.get(key)
    if (told?.low === low && told.high === high) return told.number
    const detail = this.rule(rule, generation, low, high)
    const number = detail === null ? NO_RULE : this.#count++
    if (detail) this.#untold.push(detail)
    this.#told.set(key, { low, high, number })
    return number
  }
}
