import { isSink } from './plain.js'
import { ALLOW, type SlowMeaning } from './rules.js'
import { normalName } from './text.js'

/** What stands behind the last slash decides: other than these are rewrites and routes. */
const isException = (directive: string, target: string): boolean =>
  directive === 'server' && target === '#'
const isTaken = (directive: string, target: string): boolean =>
  target === '' || (directive === 'address' && (target === '#' || isSink(target)))

/** `address=/n1/n2/target`, `server=/n/target`, `local=/n/`. */
export function readDnsmasq(line: string): SlowMeaning[] {
  const hasTarget = /^\w+=\/.*#/.test(line) // there '#' may be one
  const text = (hasTarget ? line : line.replace(/#.*/, '')).trim()
  const [, directive, names, target] = /^(address|server|local)=\/(.*)\/([^/]*)$/.exec(text) ?? []
  if (directive === undefined) return []
  const allows = isException(directive, target!.trim())
  if (!allows && !isTaken(directive, target!.trim())) return []
  return names!.split('/').flatMap((name): SlowMeaning[] => {
    const isAnyEnd = name.startsWith('*')
    const end = name.replace(/^\*+/, '').replace(/\.$/, '').toLowerCase()
    const normal = normalName(end.replace(/^\.+/, ''))
    if (normal === undefined) return []
    const match = isAnyEnd
      ? ({ kind: 'ends', text: end } as const)
      : ({ kind: 'suffix', name: normal } as const)
    return [{ group: 'specific', ...(allows && ALLOW), match }]
  })
}
