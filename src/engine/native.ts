import { createRequire } from 'node:module'
import { WeirError, type WeirErrorCode } from '../errors.js'
import { ABI, RECORD_SIZE } from '../records/layout.js'
import { COUNTERS, PROTOCOLS } from '../records/vocabulary.js'

declare const kind: unique symbol
/** Opaque objects of the addon. */
export interface RulesetHandle {
  readonly [kind]: 'ruleset'
}
export interface EngineHandle {
  readonly [kind]: 'engine'
}
export interface CaptureHandle {
  readonly [kind]: 'capture'
}
export interface LiveHandle {
  readonly [kind]: 'live'
}

export interface TapHandle {
  readonly [kind]: 'tap'
}
export interface TallyHandle {
  readonly [kind]: 'tally'
}

export interface NativeMatch {
  readonly rule: number
  readonly action: number
  readonly rank: number
  readonly depth: number
  readonly flags: number
  /** Names, a comma between them; empty for none. */
  readonly category: string
}

export interface NativeProvenance {
  readonly text: string
  readonly list: string
  readonly line: number
  readonly action: number
  /** Empty for none. */
  readonly title: string
  /** 0 for none. */
  readonly severity: number
  /** As NativeMatch has it. */
  readonly category: string
}

/** Options as the addon takes them; durations in microseconds. */
export interface NativeOptions {
  preset?: number
  maxFlows?: number
  maxRecords?: number
  maxAssemblers?: number
  assemblerBytes?: number
  maxFragments?: number
  maxHints?: number
  maxDnsPending?: number
  maxNames?: number
  tcpIdle?: number
  tcpOpen?: number
  tcpClose?: number
  udpIdle?: number
  fragmentTimeout?: number
  onMalformed?: number
  tellsJudged?: number
  maxBypasses?: number
  bypassSeconds?: number
  bypassKey?: Uint8Array
  home?: Uint8Array
  seed?: Uint8Array
}

/** What native/addon exports; each function is described there. */
export interface Native {
  layout(): {
    abi: number
    recordSize: number
    protocols: number
    counters: number
    fields: Record<string, number>
  }

  rulesetFrom(bytes: Uint8Array): RulesetHandle
  rulesetOpen(path: string): RulesetHandle
  rulesetClose(ruleset: RulesetHandle): void
  rulesetCounts(ruleset: RulesetHandle): {
    rules: number
    names: number
    prefixes4: number
    prefixes6: number
    patterns: number
    expires: number
    bytes: number
  }
  rulesetMatch(ruleset: RulesetHandle, host: string): NativeMatch | undefined
  rulesetMatchHosts(ruleset: RulesetHandle, lines: Uint8Array, arrays: Uint8Array): number
  rulesetExplain(ruleset: RulesetHandle, host: string): NativeMatch[]
  rulesetProvenance(ruleset: RulesetHandle, rule: number): NativeProvenance | undefined
  rulesetCategories(ruleset: RulesetHandle): string[]
  rulesetTexts(
    ruleset: RulesetHandle,
    numbers: Uint8Array,
    withSources: boolean,
    out: Uint8Array,
  ): number
  countLines(bytes: Uint8Array): number

  engineCreate(options: NativeOptions): EngineHandle
  /** Puts the size of all of the engine's memory into `figures`. */
  engineRing(engine: EngineHandle, figures: Float64Array): ArrayBuffer
  engineClose(engine: EngineHandle, ring: ArrayBuffer): void
  engineUse(
    engine: EngineHandle,
    ruleset: RulesetHandle | null,
    protection: number,
    defaultAction: number,
  ): void
  engineRule(
    engine: EngineHandle,
    rule: number,
    generation: number,
    categoriesLow: number,
    categoriesHigh: number,
  ): NativeProvenance | undefined
  engineAnswers(
    engine: EngineHandle,
    figures: Float64Array,
    sinkholes: Uint8Array,
    page: Uint8Array,
    warnPage: Uint8Array,
  ): void
  engineBypassAdd(engine: EngineHandle, entry: Uint8Array, expires: number): void
  engineBypassRemove(engine: EngineHandle, entry: Uint8Array | null): number
  engineBypassList(engine: EngineHandle, entries: Uint8Array, expires: Float64Array): number
  engineInspect(
    engine: EngineHandle,
    bytes: Uint8Array,
    arrays: Uint8Array,
    from: number,
    to: number,
  ): number
  engineTick(engine: EngineHandle, now: number): boolean
  engineNextDeadline(engine: EngineHandle): number
  engineFinish(engine: EngineHandle): boolean
  engineTrim(engine: EngineHandle, level: number): number
  engineRecords(engine: EngineHandle, place: Float64Array): number
  engineRelease(engine: EngineHandle, count: number): void
  engineCounters(engine: EngineHandle, out: Float64Array): void

  /** On Linux only, as all that begin with `live`. */
  liveOpen(
    name: string,
    offloads: boolean,
    mtu: number,
    addresses: Uint8Array,
    routes: Uint8Array,
  ): LiveHandle
  liveDevice(live: LiveHandle): { name: string; index: number; offloads: number }
  /** Before `liveStart`: nothing is answered then. */
  liveObserve(live: LiveHandle): void
  liveStart(
    live: LiveHandle,
    engine: EngineHandle,
    records: number,
    callback: () => unknown,
    hairpin: Uint8Array,
    tcpPort: number,
    udpPort: number,
  ): ArrayBuffer
  liveGuard(interfaceName: string, observes: boolean): LiveHandle
  liveLeft(clears: boolean): string[]
  liveProbe(): { device: string; mirror: string; offloads: number }
  liveOriginal(
    live: LiveHandle,
    transport: number,
    address: Uint8Array,
    port: number,
    out: Uint8Array,
  ): number | undefined
  liveRecords(live: LiveHandle, place: Float64Array): number
  liveRelease(live: LiveHandle, count: number): void
  liveCapture(live: LiveHandle, fd: number, withPayload: boolean, most: number): void
  liveCounters(live: LiveHandle, out: Float64Array): void
  liveStop(live: LiveHandle): void
  liveClose(live: LiveHandle): void
  liveNotify(path: string, text: string): boolean
  /** On Linux only. From now on a native crash writes its frames to `fd`; -1: no more. */
  crashWatch?(fd: number): boolean

  /** On Linux only, as all that begin with `tap`, and `linkUp`. */
  tapOpen(index: number, watches: boolean): TapHandle
  tapSend(tap: TapHandle, bytes: Uint8Array, arrays: Uint8Array, from: number, to: number): number
  tapNext(tap: TapHandle, bytes: Uint8Array, out: Float64Array): number
  tapMissed(tap: TapHandle): number
  tapClose(tap: TapHandle): void
  linkUp(name: string): void

  captureCreate(): CaptureHandle
  captureFeed(
    capture: CaptureHandle,
    bytes: Uint8Array,
    from: number,
    to: number,
    figures: Float64Array,
    engine: EngineHandle,
  ): number
  captureFill(
    capture: CaptureHandle,
    bytes: Uint8Array,
    from: number,
    to: number,
    figures: Float64Array,
    arrays: Uint8Array,
  ): number
  captureEnd(
    capture: CaptureHandle,
    bytes: Uint8Array,
    from: number,
    to: number,
    figures: Float64Array,
  ): number
  captureOpen(capture: CaptureHandle, fd: number, engine: EngineHandle): void
  captureRun(capture: CaptureHandle, figures: Float64Array, engine: EngineHandle): number
  captureClose(capture: CaptureHandle): void
  captureMessage(capture: CaptureHandle): string

  tallyCreate(maxHosts: number, seed: Uint8Array): TallyHandle
  tallyAdd(tally: TallyHandle, bytes: Uint8Array, offset: number, count: number): void
  tallyFigures(tally: TallyHandle, out: Float64Array): void
  tallyTop(tally: TallyHandle, n: number): [string, number][]
}

let loaded: Native | undefined

/** The addon, loaded when first needed. */
export function native(): Native {
  return (loaded ??= load())
}

function load(): Native {
  const rebuild = 'build it with: npm run build:addon'
  let addon: Native
  try {
    // src/engine and dist/engine are equally deep.
    addon = createRequire(import.meta.filename)('../../build/Release/weir.node') as Native
  } catch (cause) {
    throw new WeirError('WEIR_NO_ADDON', `the native addon cannot be loaded; ${rebuild}`, { cause })
  }
  const { abi, recordSize, protocols, counters } = addon.layout()
  const isSame = abi === ABI && recordSize === RECORD_SIZE
  // A longer vocabulary has the same ABI, and words that this side does not know.
  if (isSame && protocols === PROTOCOLS.length && counters === COUNTERS.length) return addon
  throw new WeirError('WEIR_NO_ADDON', `the native addon is of another version; ${rebuild}`)
}

/** Runs `call`; what the addon throws becomes a WeirError, its text behind `subject`. */
export function checked<T>(subject: string, call: () => T): T {
  try {
    return call()
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (error instanceof WeirError || !code?.startsWith('WEIR_')) throw error
    throw new WeirError(code as WeirErrorCode, subject ? `${subject}: ${message}` : message)
  }
}
