// Which changes of the header an embedder's old binary would notice.

/** Structs that say their size, and so may grow at their end. */
const GROWING = ['weir_config', 'weir_counters']

/** Names that are no promise: the number itself, and how many there are of what may be appended. */
const isFree = (line) => / WEIR_ABI | WEIR_PROTOCOL_COUNT /.test(line)

const rows = (dump) => dump.split('\n').filter((line) => line && !line.startsWith('#'))
const numberOf = (dump) => / WEIR_ABI (\d+)/.exec(dump)?.[1]

function isGrowth(line, after) {
  const [, name, size, align] = /^struct (\w+) size (\d+) align (\d+)$/.exec(line) ?? []
  if (!GROWING.includes(name)) return false
  const [, now] = new RegExp(`^struct ${name} size (\\d+) align ${align}$`, 'm').exec(after) ?? []
  return Number(now) >= Number(size)
}

/**
 * What was promised and is so no more, while WEIR_ABI is the same; nothing when the number was raised or
 * all changes are additions.
 */
export function brokenPromises(before, after) {
  if (numberOf(before) !== numberOf(after)) return []
  const kept = new Set(rows(after))
  return rows(before).filter((line) => !kept.has(line) && !isFree(line) && !isGrowth(line, after))
}
