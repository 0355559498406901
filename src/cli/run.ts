import { openSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Engine } from '../engine/engine.js'
import type { RecordRun } from '../records/ring.js'
import { Device, type DeviceOptions } from '../tun/device.js'
import { Live } from '../tun/live.js'
import { WeirError } from '../errors.js'
import { spreadRules } from './arguments.js'
import { EXIT, UsageError } from './exit.js'
import { Output } from './output.js'
import type { LoadedRules } from './rules.js'
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
const OWN_ADDRESSES = ['198.18.0.1/15', 'fd77:6569:7200::1/64']

export async function runCommand(args: string[]): Promise<number> {
  const options = readOptions(args)
  const engine = new Engine()
  let rules = await rulesOf(options.rules)
  engine.use(rules?.ruleset ?? null, rules?.mode)
  const sinks = await sinksOf(options, engine)
  const visit = (run: RecordRun): void => sinks.forEach(({ view }) => view.visit(run))
  const device = new Device(options.device)
  const live = new Live(device, engine, () => {
    live.drain(visit)
    sinks.forEach((sink) => sink.flush())
  })
  announce(device.name, options)
  dropPrivileges(options.user)
  const reload = async (): Promise<void> => {
    rules = await reloaded(options.rules, rules, engine)
  }
  process.on('SIGHUP', () => void reload())
  await signalled('SIGINT', 'SIGTERM')
  const { reads, writes, recordsLost } = live.counters
  live.close(visit)
  sinks.forEach((sink) => {
    sink.view.end(engine)
    sink.flush()
  })
  say(`${reads} packets, ${writes} answered; ${engine.counters.passed} allowed and dropped`)
  if (recordsLost) say(`${recordsLost} records were lost: the output was too slow`)
  engine.close()
  rules?.ruleset.close()
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

async function rulesOf(paths: readonly string[]): Promise<LoadedRules | null> {
  const { loadRules } = await import('./rules.js')
  return loadRules(paths)
}

/** On failure the rules in use stay. */
async function reloaded(
  paths: readonly string[],
  old: LoadedRules | null,
  engine: Engine,
): Promise<LoadedRules | null> {
  try {
    const rules = await rulesOf(paths)
    engine.use(rules?.ruleset ?? null, rules?.mode)
    old?.ruleset.close()
    say('rules reloaded')
    return rules
  } catch (error) {
    if (!(error instanceof WeirError)) throw error
    say(`${error.message}; the rules in use stay`)
    return old
  }
}

/** A view that shows what it has when it is told to. */
interface Sink {
  readonly view: View
  flush(): void
}

async function sinksOf(options: RunOptions, engine: Engine): Promise<Sink[]> {
  const sinks: Sink[] = []
  if (options.format === 'table') {
    const output = new Output()
    const { TableView } = await import('./table.js')
    sinks.push({ view: new TableView(output, engine), flush: () => output.flush() })
  }
  if (options.format === 'ndjson') sinks.push(await ndjson(new Output(), engine))
  if (options.records) sinks.push(await ndjson(new Output(openRecords(options.records)), engine))
  return sinks
}

async function ndjson(output: Output, engine: Engine): Promise<Sink> {
  const view = new (await import('./ndjson.js')).NdjsonView(output, engine)
  return { view, flush: () => view.flush() }
}

function openRecords(path: string): number {
  try {
    return openSync(path, 'a', 0o600)
  } catch (cause) {
    throw new WeirError('WEIR_CANNOT_WRITE', `${path}: ${(cause as Error).message}`, { cause })
  }
}

function announce(name: string, { device, rules }: RunOptions): void {
  const routes = device.routes?.length ? device.routes.join(', ') : 'no routes'
  say(`${name} is up: ${(device.addresses ?? []).join(', ')}; ${routes}`)
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
