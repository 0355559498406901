import { UsageError } from './exit.js'
import { fs } from './fs.js'

/** First four bytes of what `readCapture` opens: pcap, pcapng, gzip, zstd, as hexadecimal. */
const CAPTURE =
  /^(a1b2c3d4|d4c3b2a1|a1b23c4d|4d3cb2a1|a1b2cd34|34cdb2a1|0a0d0d0a|1f8b....|28b52ffd)$/

/**
 * `--rules one two` as a shell's `--rules lists/*` gives it: what follows is a list as well, up to
 * the next option or the first file that begins like a capture. Gzip may hold either, and counts
 * as a capture; a compressed list takes a `--rules` of its own.
 */
export function spreadRules(args: readonly string[]): string[] {
  const spread: string[] = []
  let isOpen = false
  for (const [i, arg] of args.entries()) {
    if (args[i - 1] === '--rules') {
      isOpen = true
    } else if (arg.startsWith('-') || isCapture(arg)) {
      isOpen = false
    } else if (isOpen) {
      spread.push('--rules')
    }
    spread.push(arg)
  }
  return spread
}

/** A word that must be one of those; undefined when the option is not there. */
export function oneOf<T extends string>(
  name: string,
  words: readonly T[],
  text: string | undefined,
) {
  if (text === undefined) return undefined
  const word = words.find((one) => one === text)
  if (word === undefined) throw new UsageError(`${name}: one of ${words.join(', ')}`)
  return word
}

function isCapture(path: string): boolean {
  const head = Buffer.alloc(4)
  try {
    const fd = fs.openSync(path, 'r')
    try {
      fs.readSync(fd, head, 0, head.length, 0)
    } finally {
      fs.closeSync(fd)
    }
  } catch {
    return true // whoever opens it says what is wrong
  }
  return CAPTURE.test(head.toString('hex'))
}
