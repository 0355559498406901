// What a run says of itself when it is up.
import type { Device } from '../tun/device.js'
import { Guard } from '../tun/guard.js'
import type { HairpinOptions } from '../tun/live.js'
import type { RunOptions } from './runoptions.js'
import { say } from './say.js'

export function announce(
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
