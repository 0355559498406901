import { GRAM_LENGTH } from './grams.js'

/** What a text with one of the grams in it may be asked for at most: native/core/ruleset_pattern.c has it, too. */
const GRAM_WORK_MAX = 64
/** Entries of a bucket that are looked at, likewise. */
const BUCKET_MAX = 64
const BUCKET_BITS_MAX = 16

const HEADER_LENGTH = 64
const ENTRY_LENGTH = 8
const GRAM_MUL = 0x9e3779b1
const FILTER_BITS_PER_GRAM = 40
const ENTRIES_PER_BUCKET = 4
const SAMPLES = 1_024
const SAMPLE_LENGTH = 64
/** What most names that people ask for are made of; lists of names to block have less of it. */
const COMMON =
  '.www. .com .net .org .info .co. .com. .api. .cdn. .static. .img. .images. .mail. .app. .ads. .blog. .dns. ' +
  '.google .facebook .apple .icloud .microsoft .windows .azure .amazonaws .cloud .adobe .yahoo .double .video ' +
  '.service .server .test .client .team .telemetry .tracking .bank .auth public content product analytics update '
const COMMON_WEIGHT = 64

export function gramNumber(gram: string): number {
  let number = 0
  for (let i = GRAM_LENGTH; i-- > 0;) number = (number << 8) | gram.charCodeAt(i)
  return number >>> 0
}

function product(gram: number): number {
  return Math.imul(gram, GRAM_MUL) >>> 0
}

/** The gram's bucket where there are as many as can be. */
function bucketOf(gram: number): number {
  return product(gram) >>> (32 - BUCKET_BITS_MAX)
}

/** About how often grams occur: in some names of the lists, and in names that people ask for. */
export class GramCounts {
  /** By a part of the gram's product: rare grams may pass for common ones, never the other way. */
  private readonly counts = new Uint32Array(1 << BUCKET_BITS_MAX)

  /** `names`: those of the lists, one behind the other. */
  constructor(names: Uint8Array) {
    const stride = Math.max(SAMPLE_LENGTH, Math.floor(names.length / SAMPLES))
    for (let at = 0; at < names.length; at += stride) {
      this.add(names.subarray(at, at + SAMPLE_LENGTH), 1)
    }
    this.add(Buffer.from(COMMON), COMMON_WEIGHT)
  }

  private add(text: Uint8Array, weight: number): void {
    let gram = 0
    for (const [i, byte] of text.entries()) {
      gram = (gram >>> 8) | (byte << 24)
      if (i >= GRAM_LENGTH - 1) this.counts[bucketOf(gram)]! += weight
    }
  }

  of(gram: number): number {
    return this.counts[bucketOf(gram)]!
  }
}

/** Which grams are looked for, none of them with more behind it than a look-up may take. */
export class GramLoads {
  private readonly work = new Map<number, number>()
  /** Entries by the widest bucket number there may be. */
  private readonly buckets = new Uint8Array(1 << BUCKET_BITS_MAX)

  constructor(private readonly counts: GramCounts) {}

  /** Of looking for one more pattern, of `work`, by this gram: Infinity where it finds no room. */
  cost(gram: string, work: number): number {
    const number = gramNumber(gram)
    const load = this.work.get(number) ?? 0
    if (load + work > GRAM_WORK_MAX || this.buckets[bucketOf(number)]! >= BUCKET_MAX)
      return Infinity
    return (this.counts.of(number) + 1) * (load + 1)
  }

  add(gram: string, work: number): void {
    const number = gramNumber(gram)
    this.work.set(number, (this.work.get(number) ?? 0) + work)
    this.buckets[bucketOf(number)]!++
  }
}

/** A gram and where the program of a pattern that needs it begins. */
export interface GramEntry {
  readonly gram: number
  readonly program: number
}
/** A program to try always; where it does not match, the next `skip` ones do not, either. */
export interface AlwaysEntry {
  readonly program: number
  readonly skip: number
}

/** Bits of a number below `n`. */
function bitsFor(n: number): number {
  return n <= 1 ? 0 : 32 - Math.clz32(n - 1)
}

/** Bits of a bucket's number, so many that no bucket has more than BUCKET_MAX entries. */
function bucketBits(entries: readonly GramEntry[]): number {
  let bits = Math.max(1, bitsFor(entries.length / ENTRIES_PER_BUCKET))
  for (; bits < BUCKET_BITS_MAX; bits++) {
    const counts = new Uint32Array(1 << bits)
    for (const { gram } of entries) counts[product(gram) >>> (32 - bits)]!++
    if (counts.every((count) => count <= BUCKET_MAX)) break
  }
  return Math.min(bits, BUCKET_BITS_MAX)
}

/** Section 23. */
export function gramSection(
  entries: readonly GramEntry[],
  always: readonly AlwaysEntry[],
): Uint8Array {
  const filterBits = Math.min(24, Math.max(6, bitsFor(entries.length * FILTER_BITS_PER_GRAM)))
  const bits = bucketBits(entries)
  const sorted = entries
    .map((entry) => ({ ...entry, product: product(entry.gram) }))
    .sort((a, b) => a.product - b.product || a.program - b.program)
  const directoryAt = HEADER_LENGTH + 2 ** filterBits / 8
  const entriesAt = directoryAt + (2 ** bits + 1) * 4
  const alwaysAt = entriesAt + sorted.length * ENTRY_LENGTH
  const section = new Uint8Array(alwaysAt + always.length * ENTRY_LENGTH)
  const view = new DataView(section.buffer)
  section.set([filterBits, bits])
  view.setUint32(4, sorted.length, true)
  view.setUint32(8, always.length, true)
  let bucket = 0
  for (const [i, entry] of sorted.entries()) {
    const bit = entry.product >>> (32 - filterBits)
    section[HEADER_LENGTH + (bit >>> 3)]! |= 1 << (bit & 7)
    for (; bucket <= entry.product >>> (32 - bits); bucket++) {
      view.setUint32(directoryAt + bucket * 4, i, true)
    }
    view.setUint32(entriesAt + i * ENTRY_LENGTH, entry.gram, true)
    view.setUint32(entriesAt + i * ENTRY_LENGTH + 4, entry.program, true)
  }
  for (; bucket <= 2 ** bits; bucket++) {
    view.setUint32(directoryAt + bucket * 4, sorted.length, true)
  }
  for (const [i, { program, skip }] of always.entries()) {
    view.setUint32(alwaysAt + i * ENTRY_LENGTH, program, true)
    view.setUint32(alwaysAt + i * ENTRY_LENGTH + 4, skip, true)
  }
  return section
}
