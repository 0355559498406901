import { WeirError } from '../errors.js'
import { RecordDecoder, type RuleLookup } from '../records/decode.js'
import { RecordRun } from '../records/ring.js'
import type { TrafficRecord } from '../records/types.js'
import {
  ACTIONS,
  COUNTERS,
  type Counter,
  type Preset,
  PRESETS,
  type Protection,
  PROTECTIONS,
  TRIM_LEVELS,
  type TrimLevel,
  VERDICTS,
} from '../records/vocabulary.js'
import { actionsIn, type EngineAction } from './actions.js'
import { type Answers, nativeAnswers } from './answers.js'
import { type Inspection, PacketBatch, type PacketMeta } from './batch.js'
import { Bypasses } from './bypasses.js'
import { checked, type EngineHandle, native, type NativeOptions } from './native.js'
import { prefixBytes } from './prefix.js'
import { type Ruleset, ruleDetail } from './ruleset.js'

/** Sizes of the engine's tables, and times. What is left out is the preset's. */
export interface EngineOptions {
  /** Where the sizes below come from: `server` (62 MiB), `phone` (8.1 MiB) or `tiny` (2.6 MiB). */
  readonly preset?: Preset
  /** 16 to 2^24 flows at once; older ones give way. */
  readonly maxFlows?: number
  /** Entries of the record ring, 512 bytes each: a power of two, 256 to 2^20. */
  readonly maxRecords?: number
  /** Flows whose hello or request may be incomplete at once. */
  readonly maxAssemblers?: number
  /** Bytes kept of a hello or request, each way. */
  readonly assemblerBytes?: number
  /** IP datagrams that may be incomplete at once. */
  readonly maxFragments?: number
  /** Address-to-name hints from DNS answers: a power of two, 0 for none. */
  readonly maxHints?: number
  readonly maxDnsPending?: number
  /** 32-byte pieces for the names that flows carry. */
  readonly maxNames?: number
  /** Bypasses that are live at once: 0 to 1,024; 64 when absent. */
  readonly maxBypasses?: number
  /** Seconds that one lasts which a page's link grants: 600 when absent; 0: pages offer none. */
  readonly bypassSeconds?: number
  /** 32 bytes that sign the links of pages; random when absent. */
  readonly bypassKey?: Uint8Array
  /** Seconds without a packet after which a flow ends. */
  readonly tcpIdleSeconds?: number
  readonly tcpOpenSeconds?: number
  readonly tcpCloseSeconds?: number
  readonly udpIdleSeconds?: number
  readonly fragmentSeconds?: number
  /** What to do with a packet that is none: open or closed on failure, said and not implied. */
  readonly onMalformed?: (typeof VERDICTS)[number]
  /**
   * Whether flows are told of as they are judged, too, for who watches: 128 a second at most, and only to
   * `RecordDecoder.judged`; false when absent.
   */
  readonly tellsJudged?: boolean
  /** Networks of the client side, in CIDR notation: they tell the client where no SYN does. */
  readonly home?: readonly string[]
  /**
   * 16 bytes for the hash of the flow table. Random when absent, so that nobody can choose
   * packets that collide; fixed in replay, so that even evictions repeat.
   */
  readonly seed?: Uint8Array
}

/** What rules may do. */
export interface Mode {
  /**
   * `block` (the default): what they ask. `audit`: nothing, every packet passes, and records say what
   * would have been. `off`: they are not asked.
   */
  readonly protection?: Protection
  /**
   * What becomes of that which no rule speaks of: `allow` (the default); or `block` hosts and DNS queries of which
   * neither name nor address has a rule, and addresses from when no name can come any more.
   */
  readonly defaultAction?: 'allow' | 'block'
}

/** The seed that replay uses. */
export const REPLAY_SEED: Uint8Array = new Uint8Array(16)

const SECOND = 1_000_000

/**
 * Packets, times and rules go in; verdicts and records come out. It does no I/O and reads no
 * clock. All its memory is allocated when it is made, and freed by `close`.
 */
export class Engine {
  /** Bytes of memory; pages that were never needed take none. */
  readonly memorySize: number
  /** What goes on although a rule stops it. */
  readonly bypasses: Bypasses
  /** Told of what is done, as it is done or as records are drained; it must not throw. */
  onAction: ((action: EngineAction) => void) | null = null
  readonly #handle: EngineHandle
  readonly #ring: ArrayBuffer
  readonly #run: RecordRun
  readonly #place = new Float64Array(1)
  readonly #decoder: RecordDecoder
  #single: PacketBatch | undefined
  #open = true

  constructor(options: EngineOptions = {}) {
    const addon = native()
    this.#handle = checked('', () => addon.engineCreate(nativeOptions(options)))
    this.#ring = checked('', () => addon.engineRing(this.#handle, this.#place))
    this.memorySize = this.#place[0]!
    this.#run = new RecordRun(this.#ring)
    this.#decoder = new RecordDecoder(this.rule)
    this.bypasses = new Bypasses(
      () => this.handle,
      (action) => this.onAction?.(action),
    )
  }

  /**
   * Rules from the next packet on; null for none. Flows that live are judged anew when their next packet
   * comes. The ruleset may be closed on return.
   */
  use(ruleset: Ruleset | null, { protection = 'block', defaultAction = 'allow' }: Mode = {}): void {
    const numbers = [PROTECTIONS.indexOf(protection), ACTIONS.indexOf(defaultAction)] as const
    checked('', () => native().engineUse(this.handle, ruleset && ruleset.handle, ...numbers))
  }

  /** How refused packets are answered from now on; live only: a replay answers nothing. */
  answerWith(answers: Answers): void {
    const { figures, sinkholes, page, warnPage } = nativeAnswers(answers)
    checked('', () => native().engineAnswers(this.handle, figures, sinkholes, page, warnPage))
  }

  /**
   * Where a rule comes from, by its number and generation: of the rules in use, or the three that were
   * before them; null for older ones.
   */
  readonly rule: RuleLookup = (number, generation, categoriesLow = 0, categoriesHigh = 0) =>
    ruleDetail(native().engineRule(this.handle, number, generation, categoriesLow, categoriesHigh))

  /**
   * Judges the packets of a batch from `from` on. Returns where it stopped: below `batch.count`
   * only when the record ring is full; drain it and go on from there.
   */
  inspectBatch(batch: PacketBatch, from = 0): number {
    const { bytes, arrays, count } = batch
    return checked('', () => native().engineInspect(this.handle, bytes, arrays, from, count))
  }

  /** Judges one packet. Batches cost a fraction of this. Records must be drained now and then. */
  inspect(packet: Uint8Array, meta: PacketMeta): Inspection {
    const batch = (this.#single ??= new PacketBatch(1, new Uint8Array(65_575)))
    batch.clear()
    if (!batch.add(packet, meta)) throw new WeirError('WEIR_BAD_ARGUMENT', 'packet too long')
    if (!this.inspectBatch(batch)) {
      throw new WeirError('WEIR_NO_MEMORY', 'the record ring is full; drain it')
    }
    return batch.inspection(0)
  }

  /** Ends what has been idle too long; false when the ring is full: drain it and call again. */
  tick(now: number): boolean {
    return checked('', () => native().engineTick(this.handle, now))
  }

  /** Microseconds at which `tick` has something to do; Infinity for never. */
  get nextDeadline(): number {
    return native().engineNextDeadline(this.handle)
  }

  /** Ends every flow; false when the ring is full: drain it and call again. */
  finish(): boolean {
    return native().engineFinish(this.handle)
  }

  /**
   * Gives up what `level` says, and gives the memory that holds nothing back to the system; drain before
   * what is more than `unused`, which makes records. Costs a walk over all tables. Returns the bytes of
   * pages that hold nothing, never touched ones among them.
   */
  trim(level: TrimLevel = 'unused'): number {
    return checked('', () => native().engineTrim(this.handle, TRIM_LEVELS.indexOf(level)))
  }

  /** Takes the records that are complete out of the ring. */
  records(): TrafficRecord[] {
    const records: TrafficRecord[] = []
    this.drain((run) => {
      for (const record of this.#decoder.decode(run)) records.push(record)
    })
    return records
  }

  /** As `records`, in place: `visit` sees each run of entries, which is released when it returns. */
  drain(visit: (run: RecordRun) => void): void {
    const addon = native()
    for (;;) {
      this.#run.count = addon.engineRecords(this.handle, this.#place)
      if (!this.#run.count) return
      this.#run.offset = this.#place[0]!
      visit(this.#run)
      this.tellActions(this.#run)
      addon.engineRelease(this.handle, this.#run.count)
    }
  }

  /** Tells `onAction` what a run of records says was done: for those who drain this engine's records elsewhere. */
  tellActions(run: RecordRun): void {
    if (this.onAction) for (const action of actionsIn(run, this.rule)) this.onAction(action)
  }

  /** What happened so far, one figure a cause. */
  get counters(): Readonly<Record<Counter, number>> {
    const figures = new Float64Array(COUNTERS.length)
    native().engineCounters(this.handle, figures)
    return Object.fromEntries(COUNTERS.map((name, i) => [name, figures[i]!])) as Record<
      Counter,
      number
    >
  }

  /** For sources that feed the engine natively. */
  get handle(): EngineHandle {
    if (!this.#open) throw new WeirError('WEIR_CLOSED', 'the engine is closed')
    return this.#handle
  }

  /** Frees the memory; flows that are open leave no record: `finish` before. */
  close(): void {
    if (this.#open) native().engineClose(this.#handle, this.#ring)
    this.#open = false
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

function nativeOptions(options: EngineOptions): NativeOptions {
  const { tcpIdleSeconds, tcpOpenSeconds, tcpCloseSeconds, udpIdleSeconds, fragmentSeconds } =
    options
  const { preset, onMalformed, tellsJudged, home, seed, bypassKey, ...sizes } = options
  const times = {
    tcpIdle: tcpIdleSeconds,
    tcpOpen: tcpOpenSeconds,
    tcpClose: tcpCloseSeconds,
    udpIdle: udpIdleSeconds,
    fragmentTimeout: fragmentSeconds,
  }
  const native: NativeOptions = {
    ...sizes,
    seed: seed ?? crypto.getRandomValues(new Uint8Array(16)),
    bypassKey: bypassKey ?? crypto.getRandomValues(new Uint8Array(32)),
  }
  for (const [name, seconds] of Object.entries(times)) {
    if (seconds !== undefined) native[name as keyof typeof times] = Math.round(seconds * SECOND)
  }
  if (preset !== undefined) native.preset = PRESETS.indexOf(preset)
  if (onMalformed !== undefined) native.onMalformed = VERDICTS.indexOf(onMalformed)
  if (tellsJudged) native.tellsJudged = 1
  if (home) native.home = Buffer.concat(home.map(prefixBytes))
  return native
}
