// Addresses as the core keeps them: 16 octets, IPv4 as ::ffff:a.b.c.d.

/** Text of the 16 octets at `at`; IPv6 as RFC 5952 writes it. */
export function addressText(octets: Uint8Array, at: number, isIpv4: boolean): string {
  if (isIpv4) {
    return `${octets[at + 12]}.${octets[at + 13]}.${octets[at + 14]}.${octets[at + 15]}`
  }
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) groups.push((octets[at + i]! << 8) | octets[at + i + 1]!)
  const [from, count] = longestZeroRun(groups)
  const hex = groups.map((group) => group.toString(16))
  if (count < 2) return hex.join(':')
  return `${hex.slice(0, from).join(':')}::${hex.slice(from + count).join(':')}`
}

/** First of the longest runs of zero groups (RFC 5952 4.2.3). */
function longestZeroRun(groups: readonly number[]): [from: number, count: number] {
  let best = 0
  let bestFrom = 0
  let run = 0
  groups.forEach((group, i) => {
    run = group === 0 ? run + 1 : 0
    if (run > best) {
      best = run
      bestFrom = i - run + 1
    }
  })
  return [bestFrom, best]
}
