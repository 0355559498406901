import { native } from './native.js'

const AT_ONCE = 256
const LINE_FEED = 10
/** Bytes that a host takes, most often: where it is more the buffer grows. */
const USUAL = 32
/** UTF-8 of a UTF-16 code unit. */
const MOST_BYTES = 3

/** A line for each host; what no host has must not make two of one. */
export function hostLines(hosts: readonly string[]): Uint8Array {
  const lines = plainLines(hosts)
  if (lines !== undefined && native().countLines(lines) === hosts.length) return lines
  return Buffer.from(hosts.map((host) => `${host.replaceAll('\n', ' ')}\n`).join(''))
}

/** Undefined where they are not all of ASCII, or one begins with a line feed. */
function plainLines(hosts: readonly string[]): Uint8Array | undefined {
  let lines = Buffer.allocUnsafe((hosts.length + AT_ONCE) * USUAL)
  let at = 0
  for (let from = 0; from < hosts.length; from += AT_ONCE) {
    const some = hosts.length > AT_ONCE ? hosts.slice(from, from + AT_ONCE) : hosts
    const length = fetch(some)
    if (length === Infinity) return undefined
    if (at + length * MOST_BYTES > lines.length) {
      lines = Buffer.concat([lines.subarray(0, at)], 2 * lines.length + length * MOST_BYTES)
    }
    if (lines.write(some.join('\n'), at) !== length - 1) return undefined
    at += length
    lines[at - 1] = LINE_FEED
  }
  return lines.subarray(0, at)
}

/**
 * Their length as lines; infinite where one begins with a line feed. Strings that were cut out of a file lie anywhere, and so do the texts they are part
 * of: a look at each first makes the processor wait for many at once instead of one after the other.
 */
function fetch(hosts: readonly string[]): number {
  let length = hosts.length
  for (const host of hosts) length += host.length
  for (const host of hosts) if (host.charCodeAt(0) === LINE_FEED) length = Infinity
  return length
}
