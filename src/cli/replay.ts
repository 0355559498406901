import { parseArgs } from 'node:util'
import { type Capture, readCapture } from '../capture/capture.js'
import { Engine, REPLAY_SEED } from '../engine/engine.js'
import { WeirError } from '../errors.js'
import { deviceGate } from '../privacy/device.js'
import type { Clearance } from '../privacy/source.js'
import type { RecordRun } from '../records/ring.js'
import { type Preset, PRESETS } from '../records/vocabulary.js'
import { FORMAT_NAMES } from '../sinks/formats/names.js'
import { oneOf, spreadRules } from './arguments.js'
import { describe, EXIT, UsageError } from './exit.js'
import { Output } from './output.js'
import { Progress } from './progress.js'
import type { LoadedRules } from './rules.js'
import type { View } from './view.js'

const FORMATS = ['table', 'summary', ...FORMAT_NAMES] as const
type Format = (typeof FORMATS)[number]

/** The ring is drained all the time: this much leaves each packet the room that it may need. */
const RECORDS = 2048

/** A replay shows nobody a page and signs no links: for a random key all of Node's cryptography would be loaded. */
const NO_KEY = new Uint8Array(32)

/** Full rings of records at the end, behind which the memory of flows that ended goes to what is told of them. */
const ROUNDS_TO_TRIM = 16

interface ReplayOptions {
  readonly files: readonly string[]
  readonly rules: readonly string[]
  readonly trust: readonly string[]
  readonly home: readonly string[]
  readonly preset: Preset | undefined
  readonly format: Format
  readonly expect: string | undefined
  readonly update: boolean
  readonly stats: boolean
  readonly history: string | undefined
}

export async function replayCommand(args: string[]): Promise<number> {
  const options = readOptions(args)
  const started = process.hrtime.bigint()
  const rules = options.rules.length ? await rulesOf(options) : null
  const sizes = options.preset ? { preset: options.preset } : { maxRecords: RECORDS }
  const engine = new Engine({ home: options.home, seed: REPLAY_SEED, bypassKey: NO_KEY, ...sizes })
  engine.use(rules && rules.ruleset, rules?.mode)
  const output = new Output()
  const clearance = { gate: await deviceGate() }
  const view = await viewOf(options, output, engine, clearance)
  const history = await historyOf(options, engine, clearance)
  const outcome = await readAll(options, engine, (run) => {
    view.visit(run)
    history?.visit(run)
  })
  const verdict = view.end(engine)
  history?.end(engine)
  output.flush()
  if (options.stats) {
    const { printStats } = await import('./stats.js')
    printStats(engine, outcome.frames, Number(process.hrtime.bigint() - started) / 1e9)
  }
  engine.close()
  rules?.ruleset.close()
  return verdict || outcome.code
}

/** Loaded when it is called for, as the other parts of a command. */
async function rulesOf({ rules, trust }: ReplayOptions): Promise<LoadedRules | null> {
  const { loadRules } = await import('./rules.js')
  return loadRules(rules, trust)
}

function readOptions(args: string[]): ReplayOptions {
  const { values, positionals } = parse(args)
  const format = values.format ?? 'table'
  if (!isFormat(format)) throw new UsageError(`--format: one of ${FORMATS.join(', ')}`)
  if (!positionals.length) throw new UsageError('no capture given')
  if (values.update && !values.expect) throw new UsageError('--update goes with --expect')
  return {
    files: positionals,
    rules: values.rules ?? [],
    trust: values.trust ?? [],
    home: values.home ?? [],
    preset: oneOf('--preset', PRESETS, values.preset),
    format,
    expect: values.expect,
    update: values.update ?? false,
    stats: values.stats ?? false,
    history: values.history,
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args: spreadRules(args),
      allowPositionals: true,
      options: {
        rules: { type: 'string', multiple: true },
        trust: { type: 'string', multiple: true },
        home: { type: 'string', multiple: true },
        preset: { type: 'string' },
        format: { type: 'string' },
        expect: { type: 'string' },
        update: { type: 'boolean' },
        stats: { type: 'boolean' },
        history: { type: 'string' },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

const isFormat = (text: string): text is Format => (FORMATS as readonly string[]).includes(text)

async function viewOf(
  { format, expect, update }: ReplayOptions,
  output: Output,
  engine: Engine,
  clearance: Clearance,
): Promise<View> {
  if (expect) {
    const { ExpectationView } = await import('./expect.js')
    return new ExpectationView(expect, update, output, engine, clearance)
  }
  if (format === 'ndjson') {
    return new (await import('./ndjson.js')).NdjsonView(output, engine, clearance)
  }
  if (format === 'summary') {
    return new (await import('./summary.js')).SummaryView(output, engine, clearance)
  }
  if (format === 'table') {
    return new (await import('./table.js')).TableView(output, engine, clearance)
  }
  const { FORMATS: encoders } = await import('../sinks/formats/index.js')
  const { FormatView } = await import('./formatview.js')
  return new FormatView(output, engine, clearance, encoders[format])
}

async function historyOf(
  { history }: ReplayOptions,
  engine: Engine,
  clearance: Clearance,
): Promise<View | null> {
  if (history === undefined) return null
  return new (await import('./historyview.js')).HistoryView(history, engine, clearance)
}

/** Reads the captures one after the other; what is wrong with one is said, and the next is read. */
async function readAll(
  options: ReplayOptions,
  engine: Engine,
  visit: (run: RecordRun) => void,
): Promise<{ code: number; frames: number }> {
  let code: number = EXIT.ok
  let frames = 0
  for (const file of await inOrder(options.files)) {
    let capture: Capture | undefined
    const progress = new Progress(file)
    try {
      capture = readCapture(file)
      const reading = capture
      await reading.feed(engine, visit, () => progress.show(reading.progress))
      code ||= warnUnsupported(file, reading)
    } catch (error) {
      if (!(error instanceof WeirError)) throw error
      progress.clear()
      code ||= complain(file, error)
    } finally {
      progress.clear()
      frames += capture?.stats.frames ?? 0
      capture?.close()
    }
  }
  for (let rounds = 1; !engine.finish(); rounds++) {
    engine.drain(visit)
    if (rounds % ROUNDS_TO_TRIM === 0) engine.trim()
  }
  engine.drain(visit)
  return { code, frames }
}

/** A ring of capture files is read from its oldest on, however a shell sorts their names. */
async function inOrder(files: readonly string[]): Promise<readonly string[]> {
  if (files.length < 2) return files
  return (await import('../capture/order.js')).inTimeOrder(files)
}

function complain(file: string, error: WeirError): number {
  const { code, line } = describe(error)
  const isNamed = line.startsWith(file)
  process.stderr.write(`weir: ${isNamed ? '' : `${file}: `}${line}\n`)
  return code
}

/** A capture of which nothing could be read is as good as none. */
function warnUnsupported(file: string, capture: Capture): number {
  const { unsupported, unsupportedLinkType, frames } = capture.stats
  if (!unsupported) return EXIT.ok
  const what = `${unsupported} of ${frames} frames have link type ${unsupportedLinkType}, which is not read`
  process.stderr.write(`weir: ${file}: ${what}\n`)
  return unsupported === frames ? EXIT.unreadable : EXIT.ok
}
