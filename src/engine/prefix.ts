import { createRequire } from 'node:module'
import type * as IpNum from 'ip-num'
import { WeirError } from '../errors.js'

/** Loaded when first needed: it takes longer than a small replay. */
const ipNum = (): typeof IpNum => createRequire(import.meta.filename)('ip-num') as typeof IpNum

/** Octets of an address as the core keeps them: IPv4 as ::ffff:a.b.c.d. */
export function addressOctets(text: string): Uint8Array {
  const { IPv4, IPv6 } = ipNum()
  const octets = new Uint8Array(16)
  let value: bigint
  try {
    value = text.includes(':') ? IPv6.fromString(text).getValue() : IPv4.fromString(text).getValue()
  } catch (cause) {
    throw new WeirError('WEIR_BAD_ARGUMENT', `"${text}" is no IP address`, { cause })
  }
  for (let i = 15; i >= 0; i--) {
    octets[i] = Number(value & 255n)
    value >>= 8n
  }
  if (!text.includes(':')) octets.fill(255, 10, 12)
  return octets
}

/** `192.0.2.0/24` or `2001:db8::/32`, or an address alone, as the addon takes it: 17 bytes. */
export function prefixBytes(text: string): Uint8Array {
  const [address = '', bits, ...rest] = text.split('/')
  const width = address.includes(':') ? 128 : 32
  const length = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : NaN
  if (rest.length || !(length <= width)) {
    throw new WeirError('WEIR_BAD_ARGUMENT', `"${text}" is no network in CIDR notation`)
  }
  const bytes = new Uint8Array(17)
  bytes.set(addressOctets(address))
  bytes[16] = length + 128 - width
  return bytes
}
