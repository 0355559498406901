import { readCapture } from '../capture/capture.js'
import type { PacketBatch } from '../engine/batch.js'
import { Engine, REPLAY_SEED } from '../engine/engine.js'
import { deviceGate } from '../privacy/device.js'
import { ClearedEncoder } from '../privacy/ndjson.js'
import type { Clearance } from '../privacy/source.js'
import type { RecordRun } from '../records/ring.js'
import { endWithOutside, type Inside } from '../sim/namespace.js'
import { type PcapOutcome, PcapThroughDevice } from '../sim/pcap.js'
import { compare } from './expect.js'
import { EXIT } from './exit.js'
import { loadRules } from './rules.js'
import { Sinks } from './runsinks.js'
import { say } from './say.js'
import type { SimOptions } from './simoptions.js'

const SHOWN = 20
const TIMES = /"(?:start|end)":"[^"]*",/g

/** A capture through a device, and beside it as `weir replay` does it: 1 where records differ in more than their times. */
export async function simPcap(path: string, options: SimOptions, here: Inside): Promise<number> {
  endWithOutside(here)
  const capture = readCapture(path)
  const rules = await loadRules(options.rules, options.trust)
  const clearance = { gate: await deviceGate() }
  const device = new PcapThroughDevice(options)
  const beside = new Beside(options.home, clearance)
  for (const engine of [device.engine, beside.engine]) {
    engine.use(rules && rules.ruleset, rules?.mode)
  }
  const sinks = await Sinks.open(options, device.engine, clearance)
  const encoder = new ClearedEncoder(clearance, device.engine.rule)
  const visit = (run: RecordRun): void => {
    encoder.encode(run)
    sinks.visit(run)
    sinks.flush()
  }
  try {
    const outcome = await device.run(capture, visit, beside.inspect)
    sinks.end(device.engine)
    return report(options.pace, outcome, beside.end(), untimed(encoder))
  } finally {
    device.close()
    capture.close()
  }
}

/** The replay beside it. */
class Beside {
  readonly engine: Engine
  readonly #encoder: ClearedEncoder

  constructor(home: readonly string[], clearance: Clearance) {
    this.engine = new Engine({ home, seed: REPLAY_SEED })
    this.#encoder = new ClearedEncoder(clearance, this.engine.rule)
  }

  readonly inspect = (batch: PacketBatch): void => {
    for (let at = 0; at < batch.count;) {
      at = this.engine.inspectBatch(batch, at)
      this.#drain()
    }
  }

  end(): string {
    for (let done = false; !done;) {
      done = this.engine.finish()
      this.#drain()
    }
    return untimed(this.#encoder)
  }

  #drain(): void {
    this.engine.drain((run) => this.#encoder.encode(run))
  }
}

/** Without times; in an order that does not hang on when flows were found to be idle. */
const untimed = (encoder: ClearedEncoder): string =>
  Buffer.from(encoder.take())
    .toString('utf8')
    .replaceAll(TIMES, '')
    .split(/(?<=\n)/)
    .sort()
    .join('')

function report(
  pace: SimOptions['pace'],
  { packets, cut, recordsLost }: PcapOutcome,
  replayed: string,
  live: string,
): number {
  const records = live.split('\n').length - 1
  say(`${packets} packets through the device, ${records} records`)
  if (cut)
    say(`${cut} packets are cut short in the capture: they were left out, here and in the replay`)
  if (recordsLost) say(`${recordsLost} records were lost: the output was too slow`)
  if (replayed === live && records) {
    say('the records are those of weir replay, apart from their times')
    return EXIT.ok
  }
  if (!records) say('no records: there is nothing to compare')
  const differences = replayed === live ? [] : compare(replayed, live)
  for (const line of differences.slice(0, SHOWN)) say(line)
  if (differences.length > SHOWN) say(`… and ${differences.length - SHOWN} more`)
  say(`${differences.length} differences from weir replay`)
  if (pace === 'fast') say('with --fast no flow falls idle: --speed N shrinks idle times alike')
  return EXIT.differs
}
