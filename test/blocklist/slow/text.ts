import type { SlowAddress, SlowMatch } from './rules.js'

const NAME = /^(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}$/
const QUAD = /^(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}$/

/** Lower case, one final dot taken off; undefined where that is no name. */
export function normalName(text: string): string | undefined {
  const name = text.trim().toLowerCase().replace(/\.$/, '')
  return name.length <= 253 && NAME.test(name) ? name : undefined
}

/** Any spelling of an address, in brackets and with a zone too; IPv4-mapped ones are IPv4. */
export function readAddress(text: string): SlowAddress | undefined {
  const bare = text
    .trim()
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/%.*$/, '')
  const address = readQuad(bare) ?? readIPv6(bare)
  return address && unmapped(address)
}

function unmapped({ version, value }: SlowAddress): SlowAddress {
  if (version === 6 && value >> 32n === 0xffffn) return { version: 4, value: value & 0xffff_ffffn }
  return { version, value }
}

function readQuad(text: string): SlowAddress | undefined {
  if (!QUAD.test(text)) return undefined
  const octets = text.split('.').map(BigInt)
  if (octets.some((octet) => octet > 255n)) return undefined
  return { version: 4, value: octets.reduce((sum, octet) => sum * 256n + octet, 0n) }
}

function readIPv6(text: string): SlowAddress | undefined {
  const halves = text.split('::').map(readGroups)
  const [left, right] = halves
  if (!left || halves.length > 2 || halves.includes(undefined)) return undefined
  const missing = 8 - left.length - (right?.length ?? 0)
  if (right ? missing < 1 : missing !== 0) return undefined
  const groups = [...left, ...new Array<bigint>(missing).fill(0n), ...(right ?? [])]
  return { version: 6, value: groups.reduce((sum, group) => sum * 65_536n + group, 0n) }
}

/** Groups of four digits between colons; the last may be a dotted quad, which makes two. */
function readGroups(text: string): bigint[] | undefined {
  if (text === '') return []
  const words = text.split(':')
  const groups: bigint[] = []
  for (const [i, word] of words.entries()) {
    const quad = i === words.length - 1 ? readQuad(word) : undefined
    if (quad) groups.push(quad.value >> 16n, quad.value & 0xffffn)
    else if (/^[0-9a-f]{1,4}$/.test(word)) groups.push(BigInt(`0x${word}`))
    else return undefined
  }
  return groups
}

export const widthOf = (version: 4 | 6): number => (version === 4 ? 32 : 128)

/** `address` or `address/bits`, what lies behind the prefix cleared. */
export function readNetwork(text: string): SlowMatch | undefined {
  const [host, length, ...more] = text.trim().split('/')
  const address = readAddress(host!)
  if (!address || more.length) return undefined
  if (length !== undefined && !/^[0-9]{1,3}$/.test(length)) return undefined
  // A mapped network is written with the 96 bits in front of its IPv4 part.
  const mapped = host!.includes(':') && address.version === 4
  const width = widthOf(address.version)
  let bits = length === undefined ? width : Number(length) - (mapped ? 96 : 0)
  let { version, value } = address
  if (bits < 0) {
    bits += 96
    value |= 0xffff_0000_0000n
    version = 6
  }
  if (bits > widthOf(version)) return undefined
  const rest = BigInt(widthOf(version) - bits)
  return { kind: 'network', bits, network: { version, value: (value >> rest) << rest } }
}

/** As RFC 5952 writes it. */
export function addressText({ version, value }: SlowAddress): string {
  const size = version === 4 ? 8n : 16n
  const count = version === 4 ? 4 : 8
  const parts = Array.from({ length: count }, (_, i) => {
    const part = (value >> (size * BigInt(count - 1 - i))) & ((1n << size) - 1n)
    return part.toString(version === 4 ? 10 : 16)
  })
  if (version === 4) return parts.join('.')
  const text = `:${parts.join(':')}:`
  for (let zeros = 8; zeros >= 2; zeros--) {
    const run = `:${'0:'.repeat(zeros)}`
    if (text.includes(run)) return text.replace(run, '::').replace(/^:(?!:)|(?<!:):$/g, '')
  }
  return text.slice(1, -1)
}

/** Whether it ends in the other name behind a dot. */
export const isBelow = (name: string, above: string): boolean =>
  name.endsWith(above) && name[name.length - above.length - 1] === '.'

export const isAtOrBelow = (name: string, above: string): boolean =>
  name === above || isBelow(name, above)
