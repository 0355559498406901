import type { Endpoint, TrafficRecord } from '../records/types.js'
import type { Sight } from '../tun/sight.js'

const same = (a: Endpoint, b: Endpoint): boolean => a.ip === b.ip && a.port === b.port

/**
 * Milliseconds from the packet of the client that told what a flow is to the answer that refused it, both as they passed
 * the device; undefined where there is no answer. It tells by its payload, or by asking for a connection; what answers is
 * a reset, an ICMP error, or payload where that is what a refusal is made of.
 */
export function answerTime(sights: readonly Sight[], record: TrafficRecord): number | undefined {
  const { client, server } = record
  let told: number | undefined
  for (const sight of sights) {
    if (sight.toReader) {
      const tells = sight.payload > 0 || sight.syn
      if (tells && same(sight.from, client) && same(sight.to, server)) told = sight.time
    } else if (told !== undefined && isAnswer(sight, record)) {
      return (sight.time - told) / 1000
    }
  }
  return undefined
}

function isAnswer(sight: Sight, record: TrafficRecord): boolean {
  const { client, server } = record
  const { about } = sight
  if (about) return same(about.from, client) && same(about.to, server)
  if (!same(sight.from, server) || !same(sight.to, client)) return false
  return sight.rst || (sight.payload > 0 && isToldInWords(record))
}

/** Answers to DNS queries, pages and QUIC closes; elsewhere payload is the server's, who may speak first. */
const isToldInWords = ({ type, transport, protocol }: TrafficRecord): boolean =>
  type === 'dns' || transport === 'udp' || protocol === 'http'
