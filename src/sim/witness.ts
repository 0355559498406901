import { readFileSync } from 'node:fs'
import { Engine } from '../engine/engine.js'
import { native } from '../engine/native.js'
import { Device } from '../tun/device.js'
import { Live } from '../tun/live.js'
import { quietDevices } from './quiet.js'

const NAME = 'out0'
/** What the interface has a way to, without any route through the inspected device (RFC 5737). */
const ADDRESS = '203.0.113.2/24'
const OWN = ['lo', 'weir0']

/** Another interface, up and with a neighbourhood: what should leave the host would leave by it. */
export class Witness {
  readonly #device: Device
  readonly #live: Live
  readonly #engine: Engine

  /** Before the inspected device, which has IPv6. */
  constructor() {
    native().linkUp('lo') // for what is on this host
    quietDevices(true)
    this.#device = new Device({ name: NAME, addresses: [ADDRESS], offloads: false })
    quietDevices(false)
    this.#engine = new Engine({ maxFlows: 16, maxRecords: 256, maxHints: 0 })
    // Somebody must take the packets: those that nobody takes are not counted as sent.
    this.#live = new Live(this.#device, this.#engine, () => this.#live.drain(() => {}), {
      observe: true,
    })
  }

  /** Packets that every interface but the inspected one and the loopback has sent, as the kernel counts them. */
  sent(): Map<string, number> {
    const counts = new Map<string, number>()
    for (const line of readFileSync('/proc/self/net/dev', 'utf8').split('\n').slice(2)) {
      const [name = '', figures = ''] = line.split(':')
      if (!figures || OWN.includes(name.trim())) continue
      counts.set(name.trim(), Number(figures.trim().split(/\s+/)[9]))
    }
    return counts
  }

  close(): void {
    this.#live.close(() => {})
    this.#engine.close()
  }
}
