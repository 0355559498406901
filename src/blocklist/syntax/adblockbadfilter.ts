import { type AdblockRule, parseRule, trimRule } from './adblockrule.js'
import { type Chunks, eachLine, hasByte } from './lines.js'

const BADFILTER = 'badfilter'
const DOLLAR = 0x24
const WORD = Buffer.from(BADFILTER)

/** Rules with the same text, in whatever case, and the same set of modifiers have the same key. */
function ruleKey({ isException, pattern, modifiers }: AdblockRule): string {
  const set = [...new Set(modifiers)].filter((modifier) => modifier !== BADFILTER).sort()
  return `${isException ? '@@' : ''}${pattern.toLowerCase()}$${set.join(',')}`
}

/** The keys of what the `$badfilter` rules of these Adblock lists take back, in any of them. */
export function cancelledKeys(lists: Iterable<Chunks>): Set<string> {
  const keys = new Set<string>()
  for (const chunks of lists) {
    if (!mentions(chunks)) continue
    eachLine(chunks, (line) => {
      if (!hasByte(line.bytes, line.start, line.end, DOLLAR) || trimRule(line) !== undefined) return
      const rule = parseRule(line.text())
      if (rule.modifiers.includes(BADFILTER)) keys.add(ruleKey(rule))
    })
  }
  return keys
}

/** Few lists have such a rule: they are not taken apart twice for nothing. */
function mentions(chunks: Chunks): boolean {
  let tail = Buffer.alloc(0)
  for (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    if (bytes.includes(WORD)) return true
    const seam = Buffer.concat([tail, bytes.subarray(0, WORD.length)])
    if (seam.includes(WORD)) return true
    const end = bytes.length < WORD.length ? Buffer.concat([tail, bytes]) : bytes
    tail = Buffer.from(end.subarray(-WORD.length))
  }
  return false
}

/** A cheap test on bytes for rules without modifiers, which nearly all are, before a key is made. */
export class Cancelled {
  private readonly marks = new Uint8Array(1024)

  constructor(private readonly keys: ReadonlySet<string>) {
    for (const key of keys) {
      const bytes = Buffer.from(key.slice(0, key.lastIndexOf('$')))
      if (bytes.some((c) => c >= 0x80)) this.marks.fill(1) // lower case may have another length
      this.marks[markOf(bytes, 0, bytes.length)] = 1
    }
  }

  has(rule: AdblockRule): boolean {
    return this.keys.size > 0 && this.keys.has(ruleKey(rule))
  }

  /** Whether a rule with this text, `@@` included, and without modifiers may be taken back. */
  mayHave(bytes: Uint8Array, start: number, end: number): boolean {
    return this.keys.size > 0 && this.marks[markOf(bytes, start, end)] === 1
  }
}

function markOf(bytes: Uint8Array, start: number, end: number): number {
  const middle = bytes[(start + end) >> 1]! | 0x20
  return ((end - start) * 37 + middle * 5 + (bytes[end - 2]! | 0x20)) & 1023
}
