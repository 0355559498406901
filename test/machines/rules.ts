import type { ListSource } from '../../src/blocklist/compile.js'

const NAMES = 4000
const NETWORKS = 1000

/** Numbers that repeat (a linear congruential generator). */
function* numbers(): Generator<number, never> {
  for (let state = 1; ; state = (state * 1_103_515_245 + 12_345) % 2 ** 31) yield state >>> 8
}

const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => `${line(i)}\n`).join('')

const indicators = [
  {
    indicatorType: 'DomainName',
    indicatorValue: 'bad.test',
    action: 'Block',
    title: 'Bad',
    severity: 'High',
  },
  {
    indicatorType: 'IpAddress',
    indicatorValue: '203.0.113.9',
    action: 'Warn',
    title: 'Odd',
    severity: 'Low',
  },
  {
    indicatorType: 'Url',
    indicatorValue: 'https://good.bad.test/',
    action: 'Allowed',
    title: 'Good',
  },
]

/** Lists that fill every section of a compiled ruleset. */
export function manyRules(): ListSource[] {
  const random = numbers()
  const next = (below: number): number => random.next().value % below
  const label = (): string => (next(2 ** 23) * 0x1000 + next(0x1000)).toString(36)
  const names = lines(NAMES, () => `${label()}.${next(3) ? `${next(300)}.` : ''}example.test`)
  const networks = lines(NETWORKS, (i) => {
    if (i % 2) return `${next(224)}.${next(256)}.${next(256)}.0/${16 + next(9)}`
    const group = (): string => next(0x10000).toString(16)
    return `2001:db8:${group()}:${group()}::/${[48, 64, 65, 96, 128][next(5)]!}`
  })
  return [
    { id: 'names', text: names, syntax: 'domains', category: 'names' },
    {
      id: 'below',
      text: lines(300, (i) => `${i}.example.test`),
      syntax: 'domains',
      match: 'suffix',
      category: 'below',
    },
    {
      id: 'allowed',
      text: lines(50, (i) => `${i * 6}.example.test`),
      syntax: 'domains',
      match: 'suffix',
      action: 'allow',
    },
    { id: 'networks', text: networks, syntax: 'cidr', category: 'networks' },
    {
      id: 'patterns',
      text: '||ads*.example^\n/^track[0-9]+\\.(a|b)/\n-banner-\n||shop.test^$denyallow=pay.shop.test\n@@||ads.ok.example^\n',
      syntax: 'adblock',
      category: 'ads',
    },
    // Names that patterns match.
    {
      id: 'seen',
      text: 'ads1.example\ntrack12.a.test\nbig-banner-1.test\npay.shop.test\n',
      syntax: 'domains',
      action: 'audit',
    },
    {
      id: 'specific',
      text: 'address=/deep.test/\nserver=/not.deep.test/\naddress=/*mirror.test/\n',
      syntax: 'dnsmasq',
    },
    { id: 'own', text: JSON.stringify({ value: indicators }), syntax: 'indicators' },
  ]
}
