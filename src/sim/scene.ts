import { setTimeout as sleep } from 'node:timers/promises'
import { Engine } from '../engine/engine.js'
import { Ruleset } from '../engine/ruleset.js'
import { RecordDecoder } from '../records/decode.js'
import type { RecordRun } from '../records/ring.js'
import type { TrafficRecord } from '../records/types.js'
import { Device } from '../tun/device.js'
import { hairpinOf } from '../tun/hairpin.js'
import { Live } from '../tun/live.js'
import type { Sight } from '../tun/sight.js'
import { Tap } from '../tun/tap.js'
import type { Identity } from './certificate.js'
import { type ClientName, type IpVersion, outcomeOf, PRESETS, type Target } from './clients.js'
import type { NameFiles } from './files.js'
import type { Http3 } from './http3.js'
import type { Ended } from './judge.js'
import { Origin } from './origin.js'
import { findProgram, runClient } from './programs.js'
import type { Scenario } from './scenario.js'
import type { Step } from './step.js'

const ADDRESSES = ['198.18.0.1/15', 'fd77:6569:7200::1/64']
const EVERYTHING = ['0.0.0.0/0', '::/0']
/** Nobody has them (RFC 5737, RFC 3849): of what no step names, and of every resolver. */
const ELSEWHERE = ['198.51.100.254', '2001:db8::fffe'] as const
const RESOLVERS = ['198.51.100.53', '2001:db8::53'] as const
const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, ssh: 22, dns: 53 }
/** How often what passed is fetched, so that none is missed, and how long after a client its last packets pass. */
const WATCH_MS = 10
const REST_MS = 10

/** What scenes share. */
export interface Stage {
  readonly folder: string
  readonly names: NameFiles
  readonly identity: Identity
  readonly http3: Http3 | undefined
}

/** A device with an engine and an origin behind it, for one scenario. */
export class Scene {
  readonly engine = new Engine({
    maxFlows: 4096,
    tcpCloseSeconds: 1, // what has ended is seen soon
    udpIdleSeconds: 10,
  })
  readonly records: TrafficRecord[] = []
  /** Sees records as they come. */
  show: (run: RecordRun) => void = () => {}
  readonly #ruleset: Ruleset
  readonly #device: Device
  readonly #tap: Tap
  readonly #decoder = new RecordDecoder(this.engine.rule)
  readonly #hosts: readonly string[]
  #live: Live | undefined
  #origin: Origin | undefined

  private constructor(
    scenario: Scenario,
    private readonly stage: Stage,
  ) {
    this.#hosts = [...new Set(scenario.steps.map(({ target }) => new URL(target).hostname))]
    this.#ruleset = Ruleset.from(scenario.rules)
    this.engine.use(this.#ruleset, scenario.mode)
    this.engine.answerWith(scenario.answers)
    this.#device = new Device({ name: 'weir0', addresses: ADDRESSES, routes: EVERYTHING })
    this.#tap = new Tap(this.#device, { watches: true })
  }

  static async open(scenario: Scenario, stage: Stage): Promise<Scene> {
    const scene = new Scene(scenario, stage)
    await scene.#start()
    return scene
  }

  /** Runs one client to its end. */
  async run(name: ClientName, step: Step, version: IpVersion): Promise<Ended> {
    const target = this.#targetOf(step, version)
    const { lookup = 'hosts' } = step
    this.stage.names.point(
      lookup === 'hosts' ? [[target.host, target.address]] : [],
      RESOLVERS[version === 4 ? 0 : 1],
    )
    this.#origin?.know(target.host, step.at ?? this.#serverOf(target.host))
    const [path, args] = commandOf(name, target)
    const sights: Sight[] = []
    const watch = setInterval(() => sights.push(...this.#tap.sights()), WATCH_MS)
    const from = Date.now()
    const end = await runClient(path, args, this.stage.folder)
    await sleep(REST_MS)
    clearInterval(watch)
    sights.push(...this.#tap.sights())
    const missed = this.#tap.missed()
    const to = Date.now()
    await sleep(2) // the next one begins in a millisecond of its own
    const saw = outcomeOf(name, end)
    return { expect: step.expect, version, saw, said: end.text, from, to, sights, missed }
  }

  /** Ends all flows; what they leave is in `records`. */
  close(): void {
    this.#live?.close(this.#visit)
    this.#origin?.close()
    this.#tap.close()
    this.#device.close()
    this.engine.close()
    this.#ruleset.close()
  }

  async #start(): Promise<void> {
    const { own } = hairpinOf(this.#device, {})
    const { identity, http3 } = this.stage
    const { origin, ...ports } = await Origin.listen(own, identity, ELSEWHERE, http3)
    this.#origin = origin
    const onRecords = (): void => live.drain(this.#visit)
    const live = new Live(this.#device, this.engine, onRecords, {
      hairpin: hairpinOf(this.#device, ports),
    })
    this.#live = live
    origin.attach(live)
  }

  readonly #visit = (run: RecordRun): void => {
    for (const record of this.#decoder.decode(run)) this.records.push(record)
    this.show(run)
  }

  /** Each name has addresses of its own: what DNS says of one is true of no other. */
  #serverOf(host: string): readonly [string, string] {
    const number = 80 + this.#hosts.indexOf(host)
    return [`198.51.100.${number}`, `2001:db8::${number}`]
  }

  #targetOf(step: Step, version: IpVersion): Target {
    const { protocol, hostname, port, pathname } = new URL(step.target)
    const scheme = protocol.slice(0, -1)
    const place = version === 4 ? 0 : 1
    const own = step.at?.find((address) => address.includes(':') === (version === 6))
    return {
      url: step.target,
      host: hostname,
      port: port ? Number(port) : PORTS[scheme]!,
      path: pathname || '/',
      version,
      address: own ?? (scheme === 'dns' ? RESOLVERS : this.#serverOf(hostname))[place],
      type: step.type ?? 'A',
      tcp: step.tcp ?? false,
      command: step.command ?? [],
      folder: this.stage.folder,
    }
  }
}

/** Where the program is, and its arguments. */
function commandOf(name: ClientName, target: Target): [path: string, args: readonly string[]] {
  const { program, args } = PRESETS[name]
  const words = args(target)
  const [file = '', ...rest] = program ? [program, ...words] : words
  return [findProgram(file) ?? file, rest]
}
