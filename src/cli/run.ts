import { openSync, readFileSync } from 'node:fs'
import type { Answers } from '../engine/answers.js'
import { Engine } from '../engine/engine.js'
import { native } from '../engine/native.js'
import { WeirError } from '../errors.js'
import { FollowedConsent } from '../privacy/follow.js'
import type { ActionRecord } from '../privacy/reports.js'
import { watchNative } from '../telemetry/crashnative.js'
import type { Reporter } from '../telemetry/reporter.js'
import { Device } from '../tun/device.js'
import { Guard, ObservingEngine } from '../tun/guard.js'
import { hairpinOf } from '../tun/hairpin.js'
import { type BlockedCapture, type HairpinOptions, Live } from '../tun/live.js'
import { Manager } from '../tun/notify.js'
import { StatusSource } from '../tun/status.js'
import { StatusServer } from '../tun/statusserver.js'
import { isEnrolled } from './enrolment.js'
import { EXIT } from './exit.js'
import { dropPrivileges } from './privileges.js'
import type { HistoryPlace } from './runhistory.js'
import { actionOf, lifeOf, LossWatch } from './runactions.js'
import { announce } from './runannounce.js'
import { featuresOf } from './runfeatures.js'
import { type PcapOptions, readOptions, type RunOptions } from './runoptions.js'
import type { Prepared } from './runreports.js'
import { engineOf, followRules, type RulesInForce } from './runrules.js'
import { Sinks } from './runsinks.js'
import { say } from './say.js'

/**
 * What needs privileges comes first; then they are dropped; then come rules, which must be readable without them to be
 * followed; and the packet thread is the last, as its filter would not let it change users.
 */
export function runCommand(args: string[]): Promise<number> {
  return runWith(readOptions(args))
}

/** What `weir run` and `weir guard` have in common. */
export async function runWith(options: RunOptions): Promise<number> {
  const server = options.socket === undefined ? null : await StatusServer.listen(options.socket)
  try {
    await run(options, server)
  } finally {
    server?.close()
  }
  return EXIT.ok
}

/** What a run is made of before its packets come. */
interface Made {
  readonly engine: Engine
  readonly answers: Answers
  readonly consent: FollowedConsent
  readonly sinks: Sinks
  readonly out: Prepared | undefined
  readonly capture: BlockedCapture | undefined
  readonly device: Device | Guard
  readonly hairpin: HairpinOptions | undefined
  readonly place: HistoryPlace | undefined
  readonly trouble: AbortController
  readonly unguarded: AbortController
  readonly stopped: Promise<void>
}

/** What is there while packets come. */
interface Running {
  readonly rules: RulesInForce
  readonly live: Live
  readonly losses: LossWatch
  readonly reporter: Reporter | undefined
  readonly unwatch: (() => void) | undefined
}

async function run(options: RunOptions, server: StatusServer | null): Promise<void> {
  await watchNative(native()).catch((error: unknown) => say((error as Error).message))
  const made = await prepare(options)
  dropPrivileges(options.user)
  const running = await begin(options, made)
  try {
    await last(options, made, running, server)
  } finally {
    await undo(made, running)
  }
}

/** With privileges. */
async function prepare(options: RunOptions): Promise<Made> {
  const answers = answersOf(options)
  const made = { ...(await engineOf(options)), ...options.engine }
  const engine = new (options.guard?.observe ? ObservingEngine : Engine)(made)
  const consent = await FollowedConsent.open('device')
  const sinks = await Sinks.open(options, engine, consent)
  const out = await prepareOut(options)
  const capture = options.pcap && openCapture(options.pcap)
  const trouble = new AbortController()
  const unguarded = new AbortController()
  // From here on a signal does not keep what is set up from being undone.
  const stopped = signalled(AbortSignal.any([trouble.signal, unguarded.signal]))
  const { device, hairpin } = openDevice(options)
  const place = await placeOf(options)
  const ways = { consent, sinks, out, capture, place }
  return { engine, answers, ...ways, device, hairpin, trouble, unguarded, stopped }
}

/** Without them. */
async function begin(options: RunOptions, made: Made): Promise<Running> {
  const { engine, consent, sinks, out, answers, device, capture, unguarded } = made
  const told = teller(made)
  sinks.tenant = await out?.open(engine.rule, (action) => act(action, consent, sinks))
  await keep(made.place, engine, consent, sinks)
  engine.onAction = (done) => told(actionOf(done))
  const rules = await followRules(options, engine, answers, told)
  const live = start(made)
  const losses = new LossWatch(live, sinks.slow, told)
  if (capture) live.capture(capture)
  const unwatch =
    device instanceof Guard ? device.watch(live, (e) => unguarded.abort(e)) : undefined
  return { rules, live, losses, unwatch, reporter: await report(options, made, rules) }
}

/** What is done is a record; one that cannot be written ends the run. */
const teller =
  ({ consent, sinks, trouble }: Made) =>
  (action: ActionRecord): void => {
    try {
      act(action, consent, sinks)
      sinks.flush()
    } catch (error) {
      trouble.abort(error)
    }
  }

/** Until a signal, or trouble. */
async function last(
  options: RunOptions,
  made: Made,
  { rules, live, losses, reporter }: Running,
  server: StatusServer | null,
): Promise<void> {
  const { engine, device, consent, sinks, trouble, unguarded } = made
  const told = teller(made)
  const figures = () => sinks.figures()
  const status = new StatusSource(device.name, engine, live, () => rules.size, figures)
  server?.attach(status, live, engine.bypasses)
  process.on('SIGHUP', () => void rules.reload())
  announce(device, options, made.hairpin)
  sinks.follow(status, (error) => trouble.abort(error))
  record(consent, sinks)
  told(lifeOf('started'))
  const manager = new Manager()
  manager.ready(() => status.read())
  await made.stopped
  manager.stopping()
  server?.close()
  trouble.signal.throwIfAborted()
  losses.tell()
  told(lifeOf('stopped'))
  await reporter?.close()
  await end(live, engine, sinks)
  unguarded.signal.throwIfAborted()
}

async function undo({ consent, sinks }: Made, running: Running): Promise<void> {
  const { rules, live, losses, reporter, unwatch } = running
  unwatch?.()
  losses.close()
  live.close(() => {})
  await sinks.close()
  consent.close()
  await reporter?.close()
  await sinks.tenant?.close()
  await rules.close()
}

function openDevice(options: RunOptions): { device: Device | Guard; hairpin?: HairpinOptions } {
  if (options.guard) return { device: new Guard(options.guard) }
  const device = new Device(options.device)
  return options.hairpin ? { device, hairpin: hairpinOf(device, options.hairpin) } : { device }
}

/** Ways out of the device are loaded where there may be any. */
async function prepareOut(options: RunOptions): Promise<Prepared | undefined> {
  if (!options.sinks && !isEnrolled()) return undefined
  return (await import('./runreports.js')).prepareReports(options)
}

/** What Weir says of itself, to whom the run reports. */
async function report(
  options: RunOptions,
  { engine, sinks, out }: Made,
  rules: RulesInForce,
): Promise<Reporter | undefined> {
  const { tenant } = sinks
  if (!out || !tenant) return undefined
  const { startReporter } = await import('./runreports.js')
  const features = () => featuresOf(options, rules)
  return startReporter(out, tenant, { options, engine, features })
}

/** What was done is a record, here and, as its own gate lets it, at the tenant. */
function act(action: ActionRecord, consent: FollowedConsent, sinks: Sinks): void {
  const cleared = consent.gate.clear(action)
  if (cleared) sinks.report(cleared)
  sinks.tenant?.report(action)
}

/** The local store is loaded where there is to be one. */
async function placeOf({ history, user }: RunOptions): Promise<HistoryPlace | undefined> {
  return history && (await import('./runhistory.js')).historyPlace(history, user)
}

async function keep(
  place: HistoryPlace | undefined,
  engine: Engine,
  consent: FollowedConsent,
  sinks: Sinks,
): Promise<void> {
  if (!place) return
  const { RunHistory } = await import('./runhistory.js')
  const history = await RunHistory.open(place, engine, consent)
  if (history) sinks.add(history)
}

/** A change of consent is itself a record. */
function record(consent: FollowedConsent, sinks: Sinks): void {
  consent.tell = {
    changed(actions) {
      for (const action of actions) {
        say(`${action.gate} is ${action.to} now`)
        act(action, consent, sinks)
      }
      sinks.flush()
    },
    failed: ({ message }) => say(`${message}; what is recorded stays as it was`),
  }
}

/** Records that cannot be written end the run. */
function start({ device, engine, sinks, hairpin, trouble }: Made): Live {
  const onRecords = (): void => {
    try {
      live.drain(sinks.visit)
      sinks.flush()
    } catch (error) {
      trouble.abort(error)
    }
  }
  const live = new Live(device, engine, onRecords, hairpin ? { hairpin } : {})
  if (!live.counters.confined) say('no seccomp here: the packet thread is not confined')
  return live
}

async function end(live: Live, engine: Engine, sinks: Sinks): Promise<void> {
  const { reads, writes, turned, recordsLost, notCaptured } = live.counters
  live.close(sinks.visit)
  sinks.end(engine)
  await sinks.close()
  say(`${reads} packets: ${writes} answered${turned ? `, ${turned} to the listener and back` : ''}`)
  if (recordsLost) say(`${recordsLost} records were lost: the output was too slow`)
  if (notCaptured) say(`${notCaptured} blocked packets found no room in the capture; --pcap-size`)
  engine.close()
}

/** For its owner alone: it says who was where. */
function openCapture({ path, payload, maxBytes }: PcapOptions): BlockedCapture {
  try {
    return { fd: openSync(path, 'w', 0o600), payload, maxBytes }
  } catch (cause) {
    throw new WeirError('WEIR_CANNOT_WRITE', `${path}: ${(cause as Error).message}`, { cause })
  }
}

/** Without what was not asked for, so that a policy can say it. */
function answersOf({ dns, page, warnPage }: RunOptions): Answers {
  return {
    ...(dns && { dns }),
    ...(page !== undefined && { page: readPage(page) }),
    ...(warnPage !== undefined && { warnPage: readPage(warnPage) }),
  }
}

function readPage(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new WeirError('WEIR_CANNOT_READ', `${path}: ${(cause as Error).message}`, { cause })
  }
}

const signalled = (trouble: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
    trouble.addEventListener('abort', () => resolve())
  })
