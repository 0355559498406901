import { addressOctets } from '../engine/prefix.js'

const HEADER = 12
const A = 1
const AAAA = 28
const TTL = 60
/** Beyond it a name is none (RFC 1035 2.3.4). */
const NAME_MAX = 255

/** The answer of a resolver that `lookUp` tells the addresses of a name; undefined for what is no query. */
export function answerDns(
  query: Uint8Array,
  lookUp: (name: string) => readonly string[],
): Buffer | undefined {
  const end = questionEnd(query)
  if (end === undefined || query[2]! & 0x80) return undefined
  const addresses = lookUp(nameOf(query))
  const type = query[end - 4]! * 256 + query[end - 3]!
  const address = addresses.find((one) => (one.includes(':') ? AAAA : A) === type)
  const head = Buffer.from(query.subarray(0, end))
  head[2] = 0x80 | (head[2]! & 1) // a response; recursion desired as it was
  head[3] = 0x80 // recursion available
  head.fill(0, 4, HEADER)
  head[5] = 1
  if (address === undefined) return head
  head[7] = 1
  const octets = addressOctets(address).subarray(type === A ? 12 : 0)
  const record = Buffer.from([0xc0, HEADER, 0, type, 0, 1, 0, 0, 0, TTL, 0, octets.length])
  return Buffer.concat([head, record, octets])
}

/** Behind the one question of a message. */
function questionEnd(message: Uint8Array): number | undefined {
  if (message.length < HEADER || message[4]! * 256 + message[5]! !== 1) return undefined
  for (let at = HEADER; at < HEADER + NAME_MAX;) {
    const length = message[at]
    if (length === undefined || length > 63) return undefined
    if (!length) return at + 5 <= message.length ? at + 5 : undefined
    at += length + 1
  }
  return undefined
}

/** The name of the question, in lower case, without the final dot. */
function nameOf(message: Uint8Array): string {
  const labels: string[] = []
  for (let at = HEADER; message[at]!; at += message[at]! + 1) {
    labels.push(Buffer.from(message.subarray(at + 1, at + 1 + message[at]!)).toString('latin1'))
  }
  return labels.join('.').toLowerCase()
}
