import { openSync, readFileSync } from 'node:fs'
import type { Answers } from '../engine/answers.js'
import { Engine } from '../engine/engine.js'
import { native } from '../engine/native.js'
import { WeirError } from '../errors.js'
import { FollowedConsent } from '../privacy/follow.js'
import type { ActionRecord } from '../privacy/reports.js'
import { watchNative } from '../telemetry/crashnative.js'
import { Device } from '../tun/device.js'
import { Guard, ObservingEngine } from '../tun/guard.js'
import { hairpinOf } from '../tun/hairpin.js'
import { type BlockedCapture, type HairpinOptions, Live, type LiveDevice } from '../tun/live.js'
import { Manager } from '../tun/notify.js'
import { StatusSource } from '../tun/status.js'
import { StatusServer } from '../tun/statusserver.js'
import { EXIT } from './exit.js'
import { dropPrivileges } from './privileges.js'
import type { HistoryPlace } from './runhistory.js'
import { actionOf, lifeOf, LossWatch } from './runactions.js'
import { type PcapOptions, readOptions, type RunOptions } from './runoptions.js'
import { engineOf, followRules } from './runrules.js'
import { Sinks } from './runsinks.js'
import { say } from './say.js'
import type { SinkOptions } from './tenantsinks.js'

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

async function run(options: RunOptions, server: StatusServer | null): Promise<void> {
  await watchNative(native()).catch((error: unknown) => say((error as Error).message))
  const answers = answersOf(options)
  const made = { ...(await engineOf(options)), ...options.engine }
  const engine = new (options.guard?.observe ? ObservingEngine : Engine)(made)
  const consent = await FollowedConsent.open('device')
  const sinks = await Sinks.open(options, engine, consent)
  const openTenant = options.sinks && (await prepare(options.sinks))
  const capture = options.pcap && openCapture(options.pcap)
  const trouble = new AbortController()
  const unguarded = new AbortController()
  // From here on a signal does not keep what is set up from being undone.
  const stopped = signalled(AbortSignal.any([trouble.signal, unguarded.signal]))
  const { device, hairpin } = openDevice(options)
  const place = await placeOf(options)
  dropPrivileges(options.user)
  sinks.tenant = await openTenant?.(engine.rule, (action) => act(action, consent, sinks))
  await keep(place, engine, consent, sinks)
  const told = (action: ActionRecord): void => {
    try {
      act(action, consent, sinks)
      sinks.flush()
    } catch (error) {
      trouble.abort(error)
    }
  }
  engine.onAction = (done) => told(actionOf(done))
  const rules = await followRules(options, engine, answers, told)
  const live = start(device, engine, sinks, hairpin, trouble)
  const losses = new LossWatch(live, sinks.slow, told)
  if (capture) live.capture(capture)
  const unwatch = device instanceof Guard && device.watch(live, (e) => unguarded.abort(e))
  try {
    const figures = () => sinks.slow.map(({ name, counts }) => [name, counts] as const)
    const status = new StatusSource(device.name, engine, live, () => rules.size, figures)
    server?.attach(status, live, engine.bypasses)
    process.on('SIGHUP', () => void rules.reload())
    announce(device, options, hairpin)
    sinks.follow(status, (error) => trouble.abort(error))
    record(consent, sinks)
    told(lifeOf('started'))
    const manager = new Manager()
    manager.ready(() => status.read())
    await stopped
    manager.stopping()
    server?.close()
    trouble.signal.throwIfAborted()
    losses.tell()
    told(lifeOf('stopped'))
    await end(live, engine, sinks)
    unguarded.signal.throwIfAborted()
  } finally {
    if (unwatch) unwatch()
    losses.close()
    live.close(() => {})
    await sinks.close()
    consent.close()
    await sinks.tenant?.close()
    await rules.close()
  }
}

function openDevice(options: RunOptions): { device: Device | Guard; hairpin?: HairpinOptions } {
  if (options.guard) return { device: new Guard(options.guard) }
  const device = new Device(options.device)
  return options.hairpin ? { device, hairpin: hairpinOf(device, options.hairpin) } : { device }
}

async function prepare(options: SinkOptions) {
  return (await import('./tenantsinks.js')).prepareTenantSinks(options)
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
function start(
  device: LiveDevice,
  engine: Engine,
  sinks: Sinks,
  hairpin: HairpinOptions | undefined,
  trouble: AbortController,
): Live {
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

function announce(
  on: Device | Guard,
  options: RunOptions,
  hairpin: HairpinOptions | undefined,
): void {
  if (!options.rules.length) say('no rules: nothing is blocked')
  if (on instanceof Guard) announceGuard(on, options)
  else announceDevice(on, options, hairpin)
}

function announceDevice(
  { name }: Device,
  { device }: RunOptions,
  hairpin: HairpinOptions | undefined,
): void {
  const routes = device.routes?.length ? device.routes.join(', ') : 'no routes'
  const { own = [], tcpPort, udpPort } = hairpin ?? {}
  const ports = [tcpPort && `${tcpPort}/tcp`, udpPort && `${udpPort}/udp`].filter(Boolean)
  say(
    hairpin
      ? `allowed flows go to ${own.join(' and ')}, ${ports.join(' and ')}: nothing leaves this host`
      : 'allowed packets are counted and dropped: nothing leaves this host',
  )
  say(`${name} is up: ${(device.addresses ?? []).join(', ')}; ${routes}`)
}

function announceGuard(device: Guard, { guard }: RunOptions): void {
  say(
    guard?.observe
      ? 'observing: nothing is answered'
      : "answers go to this host's own clients: traffic goes its way, and nothing else leaves",
  )
  say(`${device.interface} is guarded: ${device.name} sees copies`)
}

const signalled = (trouble: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
    trouble.addEventListener('abort', () => resolve())
  })
