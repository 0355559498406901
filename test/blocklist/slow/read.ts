import { readAdblock } from './adblock.js'
import { readDnsmasq } from './dnsmasq.js'
import { readDomains, readHosts, readIndicator, readIp, readWildcard } from './plain.js'
import { readRpzRecord, withoutSoa } from './rpz.js'
import { DEFAULTS, type SlowList, type SlowMeaning, type SlowRule } from './rules.js'

/** All rules of all lists, those that a $badfilter names taken out. */
export function readLists(lists: readonly SlowList[]): SlowRule[] {
  const badfilters = new Set<string>()
  const rules = lists.flatMap((list, order) =>
    linesOf(list).flatMap((text, i) =>
      readLine(text, list, badfilters).map((meaning): SlowRule => {
        const place = { list: order, line: i + 1 }
        const action = meaning.action ?? list.action ?? DEFAULTS.action
        const important = [meaning.important, list.important].includes(true)
        const category = list.category ?? DEFAULTS.category
        return { ...DEFAULTS, category, ...meaning, ...place, action, important }
      }),
    ),
  )
  return rules.filter((rule) => rule.key === '' || !badfilters.has(rule.key))
}

function linesOf({ text, syntax }: SlowList): string[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
  return syntax === 'rpz' ? withoutSoa(lines) : lines
}

function readLine(text: string, list: SlowList, badfilters: Set<string>): SlowMeaning[] {
  switch (list.syntax) {
    case 'domains':
      return readDomains(text, list)
    case 'hosts':
      return readHosts(text)
    case 'wildcard':
      return readWildcard(text, list)
    case 'dnsmasq':
      return readDnsmasq(text)
    case 'rpz':
      return readRpzRecord(text)
    case 'ip':
      return readIp(text)
    case 'indicators':
      return readIndicator(text, list)
    case 'adblock': {
      const { meaning, badfilter } = readAdblock(text)
      if (badfilter !== undefined) badfilters.add(badfilter)
      return meaning
    }
  }
}
