import { readHosts } from './plain.js'
import { ALLOW, type SlowMeaning } from './rules.js'
import { addressText, normalName, readAddress, readNetwork } from './text.js'

export interface AdblockLine {
  readonly meaning: SlowMeaning[]
  /** What the line removes from all Adblock lists. */
  readonly badfilter?: string
}

const NOTHING: AdblockLine = { meaning: [] }

export function readAdblock(line: string): AdblockLine {
  let text = line.trim()
  if (text === '' || text.startsWith('!') || /^\[.*\]$/.test(text)) return NOTHING
  if (/#@?[?$%]*#/.test(text) || text.includes('$$') || text.startsWith('#')) return NOTHING
  text = text.replace(/\s+#.*$/, '')
  if (/^[0-9a-f.:]+\s+\S/i.test(text)) return { meaning: readHosts(text) }
  const isException = text.startsWith('@@')
  const { pattern, modifiers } = split(isException ? text.slice(2) : text)
  const keyOf = (of: readonly string[]): string =>
    `${isException ? '@@' : ''}${pattern.toLowerCase()}$${[...new Set(of)].sort().join(',')}`
  if (modifiers.includes('badfilter')) {
    return { meaning: [], badfilter: keyOf(modifiers.filter((m) => m !== 'badfilter')) }
  }
  const restricted = readModifiers(modifiers)
  const match = readPattern(pattern)
  if (!restricted || !match) return NOTHING
  const exception = isException && ALLOW
  return { meaning: [{ ...exception, match, key: keyOf(modifiers), ...restricted }] }
}

/** Modifiers stand behind the last '$', or behind the slash that ends a regular expression. */
function split(body: string): { pattern: string; modifiers: string[] } {
  const [, expression, behind] = /^(\/.*\/)((?:\$.*)?)$/.exec(body) ?? []
  const dollar = body.lastIndexOf('$')
  let pattern = body
  let list = ''
  if (expression !== undefined) {
    pattern = expression
    list = behind!.slice(1)
  } else if (dollar >= 0) {
    pattern = body.slice(0, dollar)
    list = body.slice(dollar + 1)
  }
  return {
    pattern,
    modifiers: list
      .split(',')
      .map((m) => m.trim())
      .filter((m) => m !== ''),
  }
}

function readModifiers(
  modifiers: readonly string[],
): Pick<SlowMeaning, 'important' | 'denyallow'> | undefined {
  const denyallow: (string | undefined)[] = []
  for (const modifier of modifiers) {
    if (modifier === 'important') continue
    if (!modifier.startsWith('denyallow=')) return undefined
    denyallow.push(...modifier.slice('denyallow='.length).split('|').map(normalName))
  }
  if (denyallow.includes(undefined)) return undefined
  return { important: modifiers.includes('important'), denyallow: denyallow as string[] }
}

function readPattern(text: string): SlowMeaning['match'] | undefined {
  if (/^\/.+\/$/.test(text)) return readExpression(text.slice(1, -1))
  const low = text.toLowerCase()
  const bare = low.replace(/[|^]+$/, '').replace(/^\|{1,2}/, '')
  const isEnded = /[|^]$/.test(low)
  const address = readAddress(bare)
  if (address && (isEnded || bare === low)) return readNetwork(addressText(address))
  if (normalName(bare) === bare) {
    if (isEnded && low.startsWith('||')) return { kind: 'suffix', name: bare }
    if (isEnded && low.startsWith('|')) return { kind: 'exact', name: bare }
    if (bare === low && /\.[^.]*[a-z][^.]*$/.test(bare)) return { kind: 'exact', name: bare }
  }
  return readWildcards(low)
}

function readExpression(source: string): SlowMeaning['match'] | undefined {
  try {
    return { kind: 'pattern', pattern: new RegExp(source, 'i') }
  } catch {
    return undefined
  }
}

/** Anchors and '*', as an expression that is searched in a name. */
function readWildcards(low: string): SlowMeaning['match'] | undefined {
  if (low.length < 3) return undefined
  const [, anchor, behind] = /^(\|\||\|(?:(?:(?:https?|wss?)?:)?\/\/)?|:\/\/|)(.*)$/s.exec(low)!
  const head = anchor === '||' ? '(?:^|\\.)' : anchor === '' ? '' : '^'
  const body = behind!.replace(/[|^]+$/, '')
  const tail = body === behind ? '' : '$'
  if (/[/^|]/.test(body) || /^\**$/.test(body)) return undefined
  const pieces = body.split('*').map((piece) => piece.replace(/[^a-z0-9_]/g, '\\$&'))
  return { kind: 'pattern', pattern: new RegExp(`${head}${pieces.join('.*')}${tail}`) }
}
