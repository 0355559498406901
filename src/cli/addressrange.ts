/** Addresses of one version as numbers: 32 bits of IPv4, 128 of IPv6. */
export type Bits = 32 | 128

/** The first address of a network in CIDR notation, and the one behind its last; undefined where it is none. */
export function rangeOf(network: string): { bits: Bits; start: bigint; end: bigint } | undefined {
  const slash = network.lastIndexOf('/')
  const text = network.slice(0, slash)
  const bits = text.includes(':') ? 128 : 32
  const length = Number(network.slice(slash + 1))
  if (slash < 1 || !(length >= 0 && length <= bits)) return undefined
  const start = bits === 32 ? ofIPv4(text) : ofIPv6(text)
  return { bits, start, end: start + (1n << BigInt(bits - length)) }
}

function ofIPv4(text: string): bigint {
  return BigInt(text.split('.').reduce((value, octet) => value * 256 + Number(octet), 0))
}

function ofIPv6(text: string): bigint {
  const [head = '', tail] = text.split('::')
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const front = groups(head)
  const back = groups(tail ?? '')
  const zeros = Math.max(0, 8 - front.length - back.length)
  const all = [...front, ...Array<string>(zeros).fill('0'), ...back]
  return BigInt(`0x${all.map((group) => group.padStart(4, '0')).join('')}`)
}

/** An address as the engine reads it; of IPv6 every group, so that it is no text for people. */
export function addressAt(bits: Bits, value: bigint): string {
  if (bits === 32) {
    const n = Number(value)
    return `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`
  }
  const hex = value.toString(16).padStart(32, '0')
  return hex.replace(/(.{4})(?=.)/g, '$1:')
}

/** The networks that make up [start, end), the fewest, in order. */
export function* networksOf(
  bits: Bits,
  start: bigint,
  end: bigint,
): Generator<string, void, undefined> {
  while (start < end) {
    let size = 0
    while (size < bits) {
      const next = 1n << BigInt(size + 1)
      if (start % next !== 0n || start + next > end) break
      size++
    }
    yield `${canonical(bits, start)}/${bits - size}`
    start += 1n << BigInt(size)
  }
}

/** RFC 5952, as the URL standard writes it, too. */
function canonical(bits: Bits, value: bigint): string {
  const text = addressAt(bits, value)
  return bits === 32 ? text : new URL(`http://[${text}]`).hostname.slice(1, -1)
}
