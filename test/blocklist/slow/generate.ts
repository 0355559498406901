import type { Random } from './random.js'
import type { SlowAddress, SlowList, SlowSyntax } from './rules.js'
import { addressText, widthOf } from './text.js'

/** Few labels, of lengths around the hash's eight-byte words, so that names meet. */
const LABELS = [
  'a',
  'b',
  'ab',
  'ba',
  'x-y',
  '_srv',
  'xn--bcher-kva',
  'seven77',
  'eight888',
  'nine99999',
  'fifteen-letters',
  'sixteen-letters-',
  'seventeen-letters',
  'l'.repeat(63),
]

export function randomName(random: Random): string {
  const most = random.once(40) ? 127 : 5
  const labels = most > 5 ? LABELS.slice(0, 2) : LABELS
  return random.times(1 + random.below(most), () => random.pick(labels)).join('.')
}

/** As lists and people write it. */
function spelt(random: Random, name: string): string {
  if (random.once(4)) return name.toUpperCase()
  return random.once(4) ? `${name}.` : name
}

const listedName = (random: Random): string => spelt(random, randomName(random))

export function randomAddress(random: Random): SlowAddress {
  const version = random.pick([4, 6] as const)
  let value = version === 4 ? 0x0a00_0000n : 0x2001_0db8n << 96n
  const places = version === 4 ? [0, 1, 8, 9, 15, 16, 17, 31] : [0, 1, 40, 63, 64, 65, 80, 127]
  for (const place of places) if (random.once(3)) value ^= 1n << BigInt(place)
  return { version, value }
}

/** As people and programs write it. */
export function speltAddress(random: Random, address: SlowAddress): string {
  const { version, value } = address
  const text = addressText(address)
  if (version === 4) return random.once(5) ? `::ffff:${text}` : text
  const groups = Array.from({ length: 8 }, (_, i) => (value >> BigInt(112 - 16 * i)) & 0xffffn)
  const long = groups.map((group) => group.toString(16).padStart(4, '0')).join(':')
  return random.pick([text, text, text.toUpperCase(), long])
}

function randomNetwork(random: Random): string {
  const address = randomAddress(random)
  const width = widthOf(address.version)
  if (random.once(4)) return speltAddress(random, address)
  const bits = random.once(6) ? random.below(width + 1) : width - random.below(width / 2 + 2)
  const text = speltAddress(random, address)
  const isMapped = address.version === 4 && text.includes(':')
  return `${text}/${isMapped ? bits + 96 : bits}`
}

/** What every reader must pass over. */
const GARBAGE = [
  '',
  '  ',
  '# a comment',
  '!',
  ';',
  '.',
  '*',
  '*.',
  '||^',
  '||',
  '@@',
  '|',
  '/',
  '//',
  '$important',
  '-.-..-',
  'bad..name',
  'a b c',
  'a.b/path',
  'b^a',
  `${'l'.repeat(64)}.a`,
  Array.from({ length: 64 }, () => 'aaa').join('.'),
  '192.0.2.256',
  '010.0.0.1',
  '10.0.0.1/33',
  '2001:db8::/129',
  ':::',
  'a##.b',
  '[a]',
  'address=/a/b',
  'address=//0.0.0.0',
  '0.0.0.0',
  'a CNAME',
  '0.0.0.0 localhost',
]

/** Characters and pieces of a pattern, those of names above all. */
function randomWildcard(random: Random): string {
  const pieces = random.times(1 + random.below(3), () => randomPiece(random))
  const head = random.pick(['', '', '|', '||', '://', '|http://', '|https://', '.', '*'])
  return head + pieces.join('*') + random.pick(['', '', '^', '|', '^|', '*', '.'])
}

function randomPiece(random: Random): string {
  const name = randomName(random)
  const start = random.below(name.length)
  return name.slice(start, start + 1 + random.below(9))
}

/** Of the kinds that no engine reads differently, and that no name makes JavaScript try without end. */
export function randomExpression(random: Random): string {
  const atom = (): string => {
    const literal = randomPiece(random).replace(/\W/g, '\\$&')
    const set = random.pick(['.', '[a-f]', '[^0-9]', '\\d', '\\w', '[a8.-]', '\\.', 'A', '\\D'])
    const repeated = random.pick(['', '?', '+', '*', '{2}', '{1,3}', '{2,}', '+?'])
    return random.once(2) ? literal : set + repeated
  }
  const part = (): string => {
    if (!random.once(5)) return atom()
    return `(${random.pick(['', '?:'])}${atom()}|${atom()})${random.pick(['', '?', '{0,2}'])}`
  }
  const head = random.pick(['', '', '^', '(^|\\.)', '\\b'])
  const tail = random.pick(['', '', '$', '\\.', '\\b', '\\B'])
  return head + random.times(1 + random.below(3), part).join('') + tail
}

function randomModifiers(random: Random): string {
  const modifiers: string[] = []
  if (random.once(4)) modifiers.push('important')
  if (random.once(5)) {
    const names = random.times(1 + random.below(2), () => randomName(random))
    modifiers.push(`denyallow=${names.join('|')}`)
  }
  if (random.once(12)) modifiers.push('badfilter')
  if (random.once(20)) modifiers.push(random.pick(['third-party', 'client=a', 'dnstype=A', '']))
  if (random.once(2)) modifiers.reverse()
  return modifiers.length ? `$${modifiers.join(',')}` : ''
}

function adblockPattern(random: Random): string {
  const name = listedName(random)
  switch (random.below(8)) {
    case 0:
      return `|${name}^`
    case 1:
      return name
    case 2:
      return randomWildcard(random)
    case 3:
      return `/${randomExpression(random)}/`
    case 4:
      return random
        .pick(['||@^', '@', '|@|', '||@'])
        .replace('@', addressText(randomAddress(random)))
    default:
      return random.pick(['||@^', '||@^', '||@|', '||@^|', '||@']).replace('@', name)
  }
}

const SINKS = ['0.0.0.0', '127.0.0.1', '::', '::1', '127.9.0.2']

/** One line of each syntax. */
const LINES: Record<SlowSyntax, (random: Random) => string> = {
  domains: (random) => {
    const text = random.once(8) ? speltAddress(random, randomAddress(random)) : listedName(random)
    return random.once(4) ? `  ${text}\t # why` : text
  },
  hosts: (random) => {
    const address = random.once(6) ? '10.0.0.1' : random.pick(SINKS)
    const names = random.times(1 + random.below(3), () => listedName(random))
    return `${address} ${names.join(random.pick([' ', '\t', '  ']))}${random.pick(['', ' # why'])}`
  },
  wildcard: (random) => (random.once(3) ? '' : '*.') + listedName(random),
  dnsmasq: (random) => {
    const names = random.times(1 + random.below(2), () => {
      const name = listedName(random)
      return random.once(5) ? `*${randomPiece(random)}` : random.pick([name, name, `.${name}`])
    })
    const target = random.pick(['', '', '#', '0.0.0.0', '::', '127.0.0.1', '10.0.0.1'])
    return `${random.pick(['address', 'server', 'local'])}=/${names.join('/')}/${target}`
  },
  rpz: (random) => {
    const owner = random.once(6) ? rpzAddress(random) : random.pick(['', '*.']) + listedName(random)
    const data = random.pick([
      '.',
      '.',
      '*.',
      'rpz-drop.',
      'rpz-passthru.',
      'rpz-tcp-only.',
      'x.y.',
    ])
    const record = random.once(8) ? 'A 192.0.2.1' : `CNAME ${data}`
    return `${owner} ${random.pick(['', 'IN ', '300 IN ', '2h '])}${record}`
  },
  adblock: (random) => {
    if (random.once(12)) return `0.0.0.0 ${listedName(random)}`
    return random.pick(['', '', '@@']) + adblockPattern(random) + randomModifiers(random)
  },
  ip: (random) => randomNetwork(random) + random.pick(['', '', '\t7', ' # why', ';']),
  indicators: (random) => {
    const kind = random.pick(['domain', 'host', 'ip'])
    const value = kind === 'ip' ? randomNetwork(random) : listedName(random)
    return [random.pick(['allow', 'warn', 'block', 'audit']), kind, value, 'a title'].join('\t')
  },
}

function rpzAddress(random: Random): string {
  const address = randomAddress(random)
  const width = widthOf(address.version)
  const bits = 1 + random.below(width)
  const value = (address.value >> BigInt(width - bits)) << BigInt(width - bits)
  const text = addressText({ ...address, value })
  if (address.version === 4) return `${bits}.${text.split('.').reverse().join('.')}.rpz-ip`
  const words = text.replace('::', ':zz:').replace(/^:|:$/g, '').split(':')
  return `${bits}.${words.reverse().join('.')}.rpz-ip`
}

export const GENERATED = Object.keys(LINES) as SlowSyntax[]

/** A random list in one of the syntaxes. */
export function randomList(random: Random, order: number): SlowList {
  const syntax = random.pick(GENERATED)
  const isOwn = syntax === 'indicators'
  const size = random.once(20) ? 200 : 16
  const lines = random.times(random.below(size), () => {
    return random.once(10) && !isOwn ? random.pick(GARBAGE) : LINES[syntax](random)
  })
  return {
    id: `list-${order}`,
    syntax,
    text: lines.join(random.pick(['\n', '\n', '\r\n'])) + random.pick(['', '\n']),
    action: isOwn ? 'block' : random.pick(['allow', 'block', 'block', 'block', 'warn', 'audit']),
    important: !isOwn && random.once(6),
    match: random.pick(['exact', 'suffix']),
    apex: random.once(2),
    category: random.pick(['', 'ads', 'malware', 'phishing']),
  }
}
