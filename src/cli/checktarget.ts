import { isIP } from 'node:net'
import { toAscii } from '../blocklist/idn.js'

/** What is asked of the rules. */
export interface Target {
  /** A name or an address; empty where the query is neither. */
  readonly host: string
  /** What became of the query; empty where it is taken as it is. */
  readonly note: string
}

/** Longer ones are no URLs that anybody types, and take time. */
const QUERY_MAX = 16_384
const NAME = /^(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?$/i
const NAME_MAX = 253
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i
const NETWORK = /^[0-9a-f.:]+\/\d{1,3}$/i
const WITH_PORT = /^([^:]+|\[[^\]]*\]):\d{1,5}$/
const NO_HOST: Target = { host: '', note: 'no name or address' }

/** A name of letters, digits, hyphens, underscores and dots, or an address with or without brackets and zone. */
export function isHost(text: string): boolean {
  if (NAME.test(text)) return text.length <= NAME_MAX + Number(text.endsWith('.'))
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
  return isIP(bare) !== 0
}

/** The host that `query`, as people and logs write it, is about. */
export function targetOf(query: string): Target {
  const text = query.trim()
  if (text === '') return { host: '', note: 'empty' }
  if (text.length > QUERY_MAX) return { host: '', note: 'too long for a name, an address or a URL' }
  if (NETWORK.test(text)) return { host: '', note: 'a network: ask for an address in it' }
  if (SCHEME.test(text)) return ofUrl(text)
  if (/[/?#]/.test(text)) return ofUrl(`http://${text.replace(/^\/+/, '')}`)
  if (isHost(text)) return { host: text, note: '' }
  const port = WITH_PORT.exec(text)
  if (port) return withNote(ofName(port[1]!), 'by its host; the port does not count')
  return ofName(text)
}

/** As a browser takes it apart: credentials, port and path go. */
function ofUrl(text: string): Target {
  let url: URL
  try {
    url = new URL(text.replace(SCHEME, 'http://'))
  } catch {
    return { host: '', note: 'no URL with a host' }
  }
  const hasMore = url.pathname !== '/' || url.search !== '' || url.hash !== ''
  const note = hasMore ? 'by its host; the path does not count' : 'by its host'
  return withNote(ofName(url.hostname), note)
}

function withNote(target: Target, note: string): Target {
  return target.host === '' ? target : { host: target.host, note }
}

/** International names become A-labels (RFC 5890). */
function ofName(text: string): Target {
  if (isHost(text)) return { host: text, note: '' }
  const bytes = toAscii(Buffer.from(text))
  const host = bytes === undefined ? '' : Buffer.from(bytes).toString('latin1')
  if (host === text || !isHost(host)) return NO_HOST
  return { host, note: `asked as ${host}` }
}
