import { isIP } from 'node:net'
import { Ruleset } from '../engine/ruleset.js'
import type { Judge } from '../feeds/sanity.js'

/** The engine's own answer to what a list blocks. */
export const judge: Judge = (bytes, hosts) => {
  const rules = Ruleset.from(bytes)
  try {
    return hosts.filter((host) => {
      const match = isIP(host) ? rules.matchAddress(host) : rules.matchName(host)
      return match?.action === 'block' || match?.action === 'warn'
    })
  } finally {
    rules.close()
  }
}
