import { openSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Engine } from '../engine/engine.js'
import type { Ruleset } from '../engine/ruleset.js'
import { RecordEncoder } from '../records/encode.js'
import type { RecordRun } from '../records/ring.js'
import { type DeviceOptions, Live } from '../tun/live.js'
import { WeirError } from '../errors.js'
import { spreadRules } from './arguments.js'
import { EXIT, UsageError } from './exit.js'
import { Output } from './output.js'
import type { View } from './view.js'

const FORMATS = ['table', 'ndjson', 'none'] as const
type Format = (typeof FORMATS)[number]

interface RunOptions {
  readonly device: DeviceOptions
  readonly rules: readonly string[]
  readonly format: Format
  readonly records: string | undefined
  readonly user: string | undefined
}

/** Addresses that nobody else has: of RFC 2544's benchmark network, and a unique local one (RFC 4193). */
const OWN_ADDRESSES = ['198.18.0.1/30', 'fd77:6569:7200::1/126']

export async function runCommand(args: string[]): Promise<number> {
  const options = readOptions(args)
  const engine = new Engine()
  let rules = await rulesOf(options.rules)
  engine.use(rules)
  const outputs = await outputsOf(options, engine)
  const visit = (run: RecordRun): void => outputs.forEach(({ view }) => view.visit(run))
  const live = new Live(engine, options.device, () => {
    live.drain(visit)
    outputs.forEach(({ output }) => output.flush())
  })
  announce(live, options)
  dropPrivileges(options.user)
  const reload = async (): Promise<void> => {
    rules = await reloaded(options.rules, rules, engine)
  }
  process.on('SIGHUP', () => void reload())
  await signalled('SIGINT', 'SIGTERM')
  const { reads, writes, recordsLost } = live.counters
  live.close(visit)
  outputs.forEach(({ view, output }) => {
    view.end(engine)
    output.flush()
  })
  say(`${reads} packets, ${writes} answered; ${engine.counters.passed} allowed and dropped`)
  if (recordsLost) say(`${recordsLost} records were lost: the output was too slow`)
  engine.close()
  rules?.close()
  return EXIT.ok
}

function readOptions(args: string[]): RunOptions {
  const { values } = parse(args)
  const format = values.format ?? 'table'
  if (!isFormat(format)) throw new UsageError(`--format: one of ${FORMATS.join(', ')}`)
  const mtu = values.mtu === undefined ? 1500 : Number(values.mtu)
  if (!Number.isInteger(mtu) || mtu < 1280 || mtu > 65_535) {
    throw new UsageError('--mtu: a number from 1280 to 65535')
  }
  return {
    device: {
      name: values.device ?? 'weir0',
      mtu,
      addresses: values.address ?? OWN_ADDRESSES,
      routes: values.route ?? [],
    },
    rules: values.rules ?? [],
    format,
    records: values.records,
    user: values.user,
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args: spreadRules(args),
      options: {
        device: { type: 'string' },
        address: { type: 'string', multiple: true },
        route: { type: 'string', multiple: true },
        mtu: { type: 'string' },
        rules: { type: 'string', multiple: true },
        format: { type: 'string' },
        records: { type: 'string' },
        user: { type: 'string' },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

const isFormat = (text: string): text is Format => (FORMATS as readonly string[]).includes(text)

async function rulesOf(paths: readonly string[]): Promise<Ruleset | null> {
  const { loadRules } = await import('./rules.js')
  return loadRules(paths)
}

/** On failure the rules in use stay. */
async function reloaded(
  paths: readonly string[],
  old: Ruleset | null,
  engine: Engine,
): Promise<Ruleset | null> {
  try {
    const rules = await rulesOf(paths)
    engine.use(rules)
    old?.close()
    say('rules reloaded')
    return rules
  } catch (error) {
    if (!(error instanceof WeirError)) throw error
    say(`${error.message}; the rules in use stay`)
    return old
  }
}

interface Sink {
  readonly view: View
  readonly output: Output
}

async function outputsOf(options: RunOptions, engine: Engine): Promise<Sink[]> {
  const sinks: Sink[] = []
  if (options.format === 'table') {
    const output = new Output()
    sinks.push({ output, view: new (await import('./table.js')).TableView(output, engine) })
  }
  if (options.format === 'ndjson') sinks.push(ndjson(new Output(), engine))
  if (options.records) sinks.push(ndjson(new Output(openRecords(options.records)), engine))
  return sinks
}

function ndjson(output: Output, engine: Engine): Sink {
  const encoder = new RecordEncoder(engine.rule)
  const view: View = {
    visit(run) {
      encoder.encode(run)
      output.bytes(encoder.take())
    },
    end() {
      output.bytes(encoder.take())
      return EXIT.ok
    },
  }
  return { view, output }
}

function openRecords(path: string): number {
  try {
    return openSync(path, 'a', 0o600)
  } catch (cause) {
    throw new WeirError('WEIR_CANNOT_WRITE', `${path}: ${(cause as Error).message}`, { cause })
  }
}

function announce(live: Live, { device, rules }: RunOptions): void {
  const routes = device.routes?.length ? device.routes.join(', ') : 'no routes'
  say(`${live.name} is up: ${(device.addresses ?? []).join(', ')}; ${routes}`)
  if (!rules.length) say('no rules: nothing is blocked')
  say('allowed packets are counted and dropped: nothing leaves this host')
}

/** `user` or `user:group`. The device stays open: only making it needs the capability. */
function dropPrivileges(who: string | undefined): void {
  if (who === undefined) return
  const [user = '', group = user] = who.split(':')
  try {
    process.setgroups!([])
    process.setgid!(group)
    process.setuid!(user)
  } catch (cause) {
    throw new WeirError('WEIR_NOT_PERMITTED', `--user ${who}: ${(cause as Error).message}`, {
      cause,
    })
  }
}

const signalled = (...signals: NodeJS.Signals[]): Promise<void> =>
  new Promise((resolve) => signals.forEach((signal) => process.once(signal, () => resolve())))

const say = (text: string): boolean => process.stderr.write(`weir: ${text}\n`)
