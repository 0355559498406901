import type { Bypasses } from '../engine/bypasses.js'
import { WeirError } from '../errors.js'
import { type Answer, json, line } from './statusanswer.js'

const SECONDS_MAX = 30 * 86_400
const OVER = ['warn', 'block'] as const

/**
 * `GET /bypasses`: those that are live. `POST /bypasses?host=example.org&seconds=600`, with `below=1`, `client=192.0.2.1` and
 * `over=warn` where they are meant, makes one. `DELETE /bypasses?host=example.org`, or `all=1`, says how many went.
 */
export function answerBypasses(bypasses: Bypasses, method: string, query: URLSearchParams): Answer {
  try {
    if (method === 'GET') return json(bypasses.list())
    if (method === 'POST') return add(bypasses, query)
    if (method === 'DELETE') return remove(bypasses, query)
  } catch (error) {
    if (error instanceof WeirError) return line(error.message, 400)
    throw error
  }
  return line('only GET, POST and DELETE', 405)
}

function add(bypasses: Bypasses, query: URLSearchParams): Answer {
  const seconds = Number(query.get('seconds') ?? NaN)
  const over = OVER.find((word) => word === (query.get('over') ?? 'block'))
  if (!(seconds > 0 && seconds <= SECONDS_MAX)) return line('seconds: 30 days at most', 400)
  if (!over) return line(`over: ${OVER.join(' or ')}`, 400)
  const expires = Math.round((Date.now() + seconds * 1000) * 1000)
  const below = query.get('below') === '1'
  bypasses.add(query.get('host') ?? '', { below, client: query.get('client'), over, expires })
  return json({ expires })
}

function remove(bypasses: Bypasses, query: URLSearchParams): Answer {
  const host = query.get('host')
  if (host === null && query.get('all') !== '1') return line('host, or all=1', 400)
  const client = query.get('client') ?? undefined
  return json({ removed: host === null ? bypasses.clear() : bypasses.remove(host, client) })
}
