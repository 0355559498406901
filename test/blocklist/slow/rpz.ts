import { ALLOW, type SlowMeaning } from './rules.js'
import { normalName, readNetwork } from './text.js'

const TYPES = ['CNAME', 'A', 'AAAA', 'TXT']

/** One line of a zone behind its SOA record. */
export function readRpzRecord(line: string): SlowMeaning[] {
  const text = line.replace(/;.*/, '').trimEnd()
  if (text === '' || /^[\s$@]/.test(text)) return []
  const [first, ...others] = text.split(/\s+/)
  const [type, data] = others.filter((field) => !/^(?:[0-9]+[smhdw]?|in)$/i.test(field))
  if (data === undefined || !TYPES.includes(type!.toUpperCase())) return []
  return readRecord(first!.toLowerCase(), type!.toUpperCase(), data.toLowerCase())
}

function readRecord(owner: string, type: string, data: string): SlowMeaning[] {
  if (type === 'CNAME' && data === 'rpz-tcp-only.') return []
  const passes = data === 'rpz-passthru.' || data.replace(/\.+$/, '') === owner
  const exception = type === 'CNAME' && passes && ALLOW
  if (owner.endsWith('.rpz-ip')) {
    const match = readNetwork(triggerNetwork(owner.slice(0, -'.rpz-ip'.length)))
    return match ? [{ ...exception, match }] : []
  }
  if (owner.includes('.rpz-')) return []
  const isWild = owner.startsWith('*.')
  const name = normalName(isWild ? owner.slice(2) : owner)
  if (name === undefined) return []
  return [{ group: 'specific', ...exception, match: { kind: isWild ? 'below' : 'exact', name } }]
}

/** `24.0.2.0.192` is 192.0.2.0/24; `48.zz.1.db8.2001` is 2001:db8:1::/48. */
function triggerNetwork(trigger: string): string {
  const [bits, ...words] = trigger.split('.')
  if (!words.includes('zz') && words.length <= 4) return `${words.reverse().join('.')}/${bits}`
  const text = words
    .reverse()
    .join(':')
    .replace(/(^|:)zz(:|$)/, '::')
  return `${text}/${bits}`
}

/** The lines of a zone, those of its SOA record, which parentheses hold together, left empty. */
export function withoutSoa(lines: readonly string[]): string[] {
  let inside = false
  return lines.map((line) => {
    const text = line.replace(/;.*/, '')
    if (inside) {
      inside = !text.includes(')')
      return ''
    }
    inside = /^[\s$@]/.test(text) && text.includes('(') && !text.includes(')')
    return line
  })
}
