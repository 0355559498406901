import type { SlowAction, SlowList, SlowMatch, SlowMeaning } from './rules.js'
import { normalName, readAddress, readNetwork } from './text.js'

const OWN_NAMES = [
  'localhost',
  'localhost.localdomain',
  'local',
  'broadcasthost',
  'ip6-localhost',
  'ip6-loopback',
  'ip6-localnet',
  'ip6-mcastprefix',
  'ip6-allnodes',
  'ip6-allrouters',
  'ip6-allhosts',
]

export const isSink = (address: string): boolean =>
  /^(?:0\.0\.0\.0|::|::1|127\.[0-9]+\.[0-9]+\.[0-9]+)$/.test(address) &&
  readAddress(address) !== undefined

function nameMeaning(text: string, kind: 'exact' | 'suffix' | 'below'): SlowMeaning[] {
  const name = normalName(text)
  if (name === undefined || readAddress(name) || OWN_NAMES.includes(name)) return []
  return [{ match: { kind, name } }]
}

function networkMeaning(text: string): SlowMeaning[] {
  const match = readNetwork(text)
  return match ? [{ match }] : []
}

/** One name a line, or an address. */
export function readDomains(line: string, list: SlowList): SlowMeaning[] {
  const text = line.replace(/#.*/, '').trim()
  return readAddress(text) ? networkMeaning(text) : nameMeaning(text, list.match ?? 'exact')
}

/** `address name...`; only what points nowhere blocks. */
export function readHosts(line: string): SlowMeaning[] {
  const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
  return isSink(address!.toLowerCase()) ? names.flatMap((name) => nameMeaning(name, 'exact')) : []
}

/** `*.name`, or a name as in `readDomains`. */
export function readWildcard(line: string, list: SlowList): SlowMeaning[] {
  const text = line.replace(/#.*/, '').trim()
  if (/^[!;]/.test(text)) return []
  if (text.startsWith('*.')) return nameMeaning(text.slice(2), list.apex ? 'suffix' : 'below')
  return nameMeaning(text, list.match ?? 'exact')
}

/** One address or network a line; what stands behind it does not matter. */
export function readIp(line: string): SlowMeaning[] {
  return networkMeaning(
    line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/)[0]!,
  )
}

const categoryOf = ({ category }: SlowList): string =>
  category === undefined || category === '' ? 'indicator' : category

/** action, kind, value, title with tabs between them. */
export function readIndicator(line: string, list: SlowList): SlowMeaning[] {
  if (line.startsWith('#') || line.trim() === '') return []
  const [action, kind, value] = line.split('\t')
  const match = kind === 'ip' ? readNetwork(value!) : indicatedName(kind!, value!)
  if (!match) return []
  return [
    {
      group: 'indicator',
      category: categoryOf(list),
      action: action as SlowAction,
      match,
    },
  ]
}

function indicatedName(kind: string, value: string): SlowMatch | undefined {
  const name = normalName(value)
  return name === undefined ? undefined : { kind: kind === 'domain' ? 'suffix' : 'exact', name }
}
