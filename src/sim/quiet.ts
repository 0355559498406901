import { writeFileSync } from 'node:fs'
import { WeirError } from '../errors.js'

/**
 * Devices that come after this call, in this namespace, are without IPv6 of their own: the kernel sends nothing through
 * them that nobody asked for.
 */
export function quietDevices(name = 'default'): void {
  const path = `/proc/sys/net/ipv6/conf/${name}/disable_ipv6`
  try {
    writeFileSync(path, '1')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return // a kernel without IPv6 says nothing either
    const text = `${path} cannot be written (${message}): run weir sim where /proc/sys is writable`
    throw new WeirError('WEIR_NOT_PERMITTED', text, { cause })
  }
}
