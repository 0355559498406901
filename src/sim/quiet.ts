import { writeFileSync } from 'node:fs'
import { WeirError } from '../errors.js'

const SWITCH = '/proc/sys/net/ipv6/conf/default/disable_ipv6'

/**
 * Whether devices that come after this call, in this namespace, are without IPv6 of their own: the kernel sends nothing
 * through such that nobody asked for.
 */
export function quietDevices(on: boolean): void {
  try {
    writeFileSync(SWITCH, on ? '1' : '0')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return // a kernel without IPv6 says nothing either
    const text = `${SWITCH} cannot be written (${message}): run weir sim where /proc/sys is writable`
    throw new WeirError('WEIR_NOT_PERMITTED', text, { cause })
  }
}
