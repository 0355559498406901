import type { Line } from './lines.js'

const BANG = 0x21
const HASH = 0x23
const DOLLAR = 0x24
const AT = 0x40
const OPEN = 0x5b
const CLOSE = 0x5d
/** What stands between the two '#' of a rule about a page's content: `#@$?#` and the like. */
const MARKS = new Set([DOLLAR, 0x25, 0x3f])

/** What a line is that holds no rule. */
export type NoRule = 'comment' | 'cosmetic'

/** An Adblock rule as written, taken apart. */
export interface AdblockRule {
  readonly isException: boolean
  readonly pattern: string
  readonly modifiers: readonly string[]
}

/** Tells what holds no rule; cuts a comment off from what does. */
export function trimRule(line: Line): NoRule | undefined {
  const { bytes, start } = line
  if (bytes[start] === BANG) return 'comment'
  if (bytes[start] === OPEN && bytes[line.end - 1] === CLOSE) return 'comment'
  if (isCosmetic(line)) return 'cosmetic'
  if (bytes[start] === HASH) return 'comment'
  line.cutField()
  return undefined
}

/** `##`, `#@#`, `#?#`, `#$#`, `#%#` and what they combine to; `$$` filters a page's HTML. */
function isCosmetic({ bytes, start, end }: Line): boolean {
  for (let i = start; i < end; i++) {
    if (bytes[i] === DOLLAR && i + 1 < end && bytes[i + 1] === DOLLAR) return true
    if (bytes[i] !== HASH) continue
    let next = i + 1
    if (bytes[next] === AT) next++
    while (next < end && MARKS.has(bytes[next]!)) next++
    if (next < end && bytes[next] === HASH) return true
  }
  return false
}

/** Only a '$' behind a regular expression's final slash begins its modifiers. */
export function parseRule(text: string): AdblockRule {
  const isException = text.startsWith('@@')
  const body = isException ? text.slice(2) : text
  const slash = body.startsWith('/') ? body.lastIndexOf('/') : 0
  const isRegex = slash > 0 && (slash === body.length - 1 || body[slash + 1] === '$')
  const dollar = isRegex ? slash + 1 : body.lastIndexOf('$')
  const isBare = dollar < 0 || dollar === body.length
  return {
    isException,
    pattern: isBare ? body : body.slice(0, dollar),
    modifiers: isBare ? [] : splitModifiers(body.slice(dollar + 1)),
  }
}

function splitModifiers(text: string): string[] {
  return text
    .split(',')
    .map((modifier) => modifier.trim())
    .filter((modifier) => modifier !== '')
}
