import type { Endpoint, TrafficRecord } from '../records/types.js'
import type { Sight } from '../tun/tap.js'

const same = (a: Endpoint, b: Endpoint): boolean => a.ip === b.ip && a.port === b.port

/**
 * Milliseconds from the packet of the client that told what a flow is to the answer that refused it, both as they passed
 * the device; undefined where there is no answer. It tells by its payload, or by asking for a connection; what answers is
 * a reset, payload, or an ICMP error. Until a flow is refused its server has said nothing: clients speak first.
 */
export function answerTime(sights: readonly Sight[], record: TrafficRecord): number | undefined {
  const { client, server } = record
  let told: number | undefined
  for (const sight of sights) {
    if (sight.toReader) {
      const tells = sight.payload > 0 || sight.syn
      if (tells && same(sight.from, client) && same(sight.to, server)) told = sight.time
    } else if (told !== undefined && isAnswer(sight, client, server)) {
      return (sight.time - told) / 1000
    }
  }
  return undefined
}

function isAnswer(sight: Sight, client: Endpoint, server: Endpoint): boolean {
  const { about } = sight
  if (about) return same(about.from, client) && same(about.to, server)
  if (!same(sight.from, server) || !same(sight.to, client)) return false
  return sight.rst || sight.payload > 0
}
