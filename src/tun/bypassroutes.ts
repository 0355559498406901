import type { Bypasses } from '../engine/bypasses.js'
import { WeirError } from '../errors.js'
import type { Answer } from './statusserver.js'

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
    if (error instanceof WeirError) return refusal(400, error.message)
    throw error
  }
  return refusal(405, 'only GET, POST and DELETE')
}

function add(bypasses: Bypasses, query: URLSearchParams): Answer {
  const seconds = Number(query.get('seconds') ?? NaN)
  const over = OVER.find((word) => word === (query.get('over') ?? 'block'))
  if (!(seconds > 0 && seconds <= SECONDS_MAX)) return refusal(400, 'seconds: 30 days at most')
  if (!over) return refusal(400, `over: ${OVER.join(' or ')}`)
  const expires = Math.round((Date.now() + seconds * 1000) * 1000)
  const below = query.get('below') === '1'
  bypasses.add(query.get('host') ?? '', { below, client: query.get('client'), over, expires })
  return json({ expires })
}

function remove(bypasses: Bypasses, query: URLSearchParams): Answer {
  const host = query.get('host')
  if (host === null && query.get('all') !== '1') return refusal(400, 'host, or all=1')
  const client = query.get('client') ?? undefined
  return json({ removed: host === null ? bypasses.clear() : bypasses.remove(host, client) })
}

const json = (value: unknown): Answer => ({
  type: 'application/json',
  text: `${JSON.stringify(value)}\n`,
})

const refusal = (status: number, why: string): Answer => ({
  status,
  type: 'text/plain',
  text: `${why}\n`,
})
