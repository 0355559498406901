// Names and addresses as a gate lets them through.
import { createHmac } from 'node:crypto'
import { isIP } from 'node:net'
import { getDomain } from 'tldts-icann'
import type { AddressLevel, NameLevel } from './gates.js'

const HASH_CHARACTERS = 32
const KEY_MIN = 16

export type Key = Uint8Array

/**
 * A name by its level: `hash` is a keyed hash below `.hashed.invalid` (RFC 6761), so that it still is a name; `domain`
 * is the registrable domain by the ICANN section of the public suffix list: names below private suffixes, such as
 * `person.github.io`, show no person.
 */
export function nameBy(level: NameLevel, key: Key): (name: string) => string | null {
  switch (level) {
    case 'full':
      return (name) => name
    case 'domain':
      return registrable
    case 'hash':
      if (key.length < KEY_MIN) throw new RangeError('a key has 16 bytes or more')
      return (name) => {
        const hex = createHmac('sha256', key).update(name.toLowerCase(), 'utf8').digest('hex')
        return `${hex.slice(0, HASH_CHARACTERS)}.hashed.invalid`
      }
    case 'none':
      return () => null
  }
}

function registrable(name: string): string | null {
  if (addressInName(name) !== null) return null
  const domain = getDomain(name, { extractHostname: false, validateHostname: false })
  return domain !== null && `.${name}`.endsWith(`.${domain}`) ? domain : null
}

/** The address that a name spells: of an IP literal, or of a reverse lookup. */
export function addressInName(name: string): string | null {
  const bare = name.replace(/^\[|\]$/g, '')
  if (isIP(bare)) return bare
  return /(^|\.)(in-addr|ip6)\.arpa$/i.test(name) ? name : null
}

/** An address by its level; a prefix is its network's address: /24, or /48. */
export function addressBy(level: AddressLevel): (address: string) => string | null {
  if (level === 'full') return (address) => address
  if (level === 'none') return () => null
  return (address) => {
    if (!address.includes(':')) return address.replace(/\.\d+$/, '.0')
    const [a = 0, b = 0, c = 0] = groups(address)
    return [a, b, c].every((group) => group === 0)
      ? '::'
      : `${[a, b, c].map((group) => group.toString(16)).join(':')}::`.replace(/(:0)+::$/, '::')
  }
}

/** The eight groups of an IPv6 address as RFC 5952 writes it. */
function groups(address: string): number[] {
  const [head = '', tail] = address.split('::')
  const parse = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => parseInt(group, 16))
  const [first, last] = [parse(head), tail === undefined ? [] : parse(tail)]
  const zeros = Array<number>(Math.max(0, 8 - first.length - last.length)).fill(0)
  return [...first, ...zeros, ...last]
}

const LOCAL_V4 =
  /^(10|127|0)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^169\.254\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./
const LOCAL_V6 = /^(f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):|^::1?$/

/** Whether an address is of the device itself or of a private network (RFC 1918, 3927, 4193, 4291, 6598). */
export const isLocal = (address: string): boolean =>
  address.includes(':') ? LOCAL_V6.test(address) : LOCAL_V4.test(address)
