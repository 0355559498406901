import type { ListOptions } from './entry.js'

/** A public list that can be added by its name. Nothing of it is fetched unless somebody asks. */
export interface CatalogueEntry extends ListOptions {
  readonly name: string
  readonly title: string
  readonly address: string
  /** Of the list's data; an SPDX identifier where there is one. */
  readonly licence: string
  readonly homepage: string
}

const GITHUB = 'https://github.com'
const RAW = 'https://raw.githubusercontent.com'

type Row = readonly [name: string, title: string, path: string]

/** Lists of one publisher: what differs is a name, a title and the end of the address. */
function family(
  common: Omit<CatalogueEntry, 'name' | 'title' | 'address'>,
  base: string,
  rows: readonly Row[],
): CatalogueEntry[] {
  return rows.map(([name, title, path]) => ({ name, title, address: base + path, ...common }))
}

const HAGEZI = { licence: 'GPL-3.0', homepage: `${GITHUB}/hagezi/dns-blocklists` }
const HAGEZI_BASE = `${RAW}/hagezi/dns-blocklists/main/adblock/`
const OISD = { licence: 'GPL-3.0', homepage: 'https://oisd.nl', syntax: 'adblock' } as const
const PROJECT = {
  licence: 'Unlicense',
  homepage: `${GITHUB}/blocklistproject/Lists`,
  syntax: 'hosts',
} as const
const PROJECT_BASE = 'https://blocklistproject.github.io/Lists/'
const UT1 = {
  licence: 'CC-BY-SA-4.0',
  homepage: 'https://dsi.ut-capitole.fr/blacklists/index_en.php',
  syntax: 'domains',
  match: 'suffix',
} as const
const UT1_BASE = `${RAW}/olbat/ut1-blacklists/master/blacklists/`
const ABUSE_CH = { licence: 'CC0-1.0', syntax: 'hosts', category: 'malware' } as const
const DROP = {
  licence: 'free of charge, with attribution (Spamhaus DROP terms of use)',
  homepage: 'https://www.spamhaus.org/blocklists/do-not-route-or-peer/',
  syntax: 'cidr',
  category: 'hijacked',
} as const
const X4BNET = { licence: 'MIT', homepage: `${GITHUB}/X4BNet/lists_vpn`, syntax: 'cidr' } as const

const SINGLE: readonly CatalogueEntry[] = [
  {
    name: 'stevenblack',
    title: 'StevenBlack, unified hosts: advertising and malware',
    address: `${RAW}/StevenBlack/hosts/master/hosts`,
    licence: 'MIT',
    homepage: `${GITHUB}/StevenBlack/hosts`,
    syntax: 'hosts',
    category: 'ads',
  },
  {
    name: 'adguard-dns',
    title: 'AdGuard DNS filter: advertising and tracking',
    address: 'https://adguardteam.github.io/AdGuardSDNSFilter/Filters/filter.txt',
    licence: 'GPL-3.0',
    homepage: `${GITHUB}/AdguardTeam/AdGuardSDNSFilter`,
    syntax: 'adblock',
    category: 'ads',
  },
  {
    name: '1hosts-lite',
    title: '1Hosts Lite: advertising and tracking',
    address: `${RAW}/badmojr/1Hosts/master/Lite/adblock.txt`,
    licence: 'MPL-2.0',
    homepage: `${GITHUB}/badmojr/1Hosts`,
    syntax: 'adblock',
    category: 'ads',
  },
  {
    name: 'adaway',
    title: 'AdAway: advertising on mobile devices',
    address: 'https://adaway.org/hosts.txt',
    licence: 'CC-BY-3.0',
    homepage: 'https://adaway.org',
    syntax: 'hosts',
    category: 'ads',
  },
  {
    name: 'peter-lowe',
    title: "Peter Lowe's list of ad and tracking servers",
    address:
      'https://pgl.yoyo.org/adservers/serverlist.php?hostformat=hosts&showintro=0&mimetype=plaintext',
    licence: 'McRae General Public License',
    homepage: 'https://pgl.yoyo.org/adservers/',
    syntax: 'hosts',
    category: 'ads',
  },
  {
    name: 'someonewhocares',
    title: "Dan Pollock's hosts file: advertising, tracking, shock sites",
    address: 'https://someonewhocares.org/hosts/zero/hosts',
    licence: 'non-commercial use, with attribution',
    homepage: 'https://someonewhocares.org/hosts/',
    syntax: 'hosts',
    category: 'ads',
  },
  {
    name: 'windows-spy',
    title: 'WindowsSpyBlocker: telemetry of Windows',
    address: `${RAW}/crazy-max/WindowsSpyBlocker/master/data/hosts/spy.txt`,
    licence: 'MIT',
    homepage: `${GITHUB}/crazy-max/WindowsSpyBlocker`,
    syntax: 'hosts',
    category: 'tracking',
  },
  {
    name: 'nocoin',
    title: 'NoCoin: miners in the browser',
    address: `${RAW}/hoshsadiq/adblock-nocoin-list/master/hosts.txt`,
    licence: 'MIT',
    homepage: `${GITHUB}/hoshsadiq/adblock-nocoin-list`,
    syntax: 'hosts',
    category: 'cryptomining',
  },
  {
    name: 'urlhaus',
    title: 'URLhaus (abuse.ch): hosts that spread malware now',
    address: 'https://urlhaus.abuse.ch/downloads/hostfile/',
    homepage: 'https://urlhaus.abuse.ch',
    ...ABUSE_CH,
  },
  {
    name: 'threatfox',
    title: 'ThreatFox (abuse.ch): hosts of command and control, and of payloads',
    address: 'https://threatfox.abuse.ch/downloads/hostfile/',
    homepage: 'https://threatfox.abuse.ch',
    ...ABUSE_CH,
  },
  {
    name: 'shadowwhisperer-malware',
    title: 'ShadowWhisperer: malware',
    address: `${RAW}/ShadowWhisperer/BlockLists/master/RAW/Malware`,
    licence: 'Unlicense',
    homepage: `${GITHUB}/ShadowWhisperer/BlockLists`,
    syntax: 'domains',
    category: 'malware',
  },
  {
    name: 'phishing-army',
    title: 'Phishing Army',
    address: 'https://phishing.army/download/phishing_army_blocklist.txt',
    licence: 'CC-BY-NC-4.0',
    homepage: 'https://phishing.army',
    syntax: 'domains',
    category: 'phishing',
  },
  {
    name: 'cert-pl',
    title: 'CERT Polska: warning list of dangerous sites',
    address: 'https://hole.cert.pl/domains/v2/domains.txt',
    licence: 'free for everyone to use (CERT Polska)',
    homepage: 'https://cert.pl/lista-ostrzezen/',
    syntax: 'domains',
    category: 'phishing',
  },
  {
    name: 'kadhosts',
    title: 'KADhosts: fraud and scams',
    address: `${RAW}/PolishFiltersTeam/KADhosts/master/KADhosts.txt`,
    licence: 'CC-BY-SA-4.0',
    homepage: 'https://kadantiscam.netlify.app',
    syntax: 'hosts',
    category: 'fraud',
  },
  {
    name: 'ipsum-3',
    title: 'IPsum: addresses that at least three other lists have',
    address: `${RAW}/stamparm/ipsum/master/levels/3.txt`,
    licence: 'Unlicense',
    homepage: `${GITHUB}/stamparm/ipsum`,
    syntax: 'cidr',
    category: 'attacks',
  },
  {
    name: 'firehol-level1',
    title:
      'FireHOL level 1: networks of attackers, and those that nobody should come from (10.0.0.0/8 …)',
    address: 'https://iplists.firehol.org/files/firehol_level1.netset',
    licence: 'those of the lists that it is made of',
    homepage: 'https://iplists.firehol.org',
    syntax: 'cidr',
    category: 'attacks',
  },
]

/**
 * Well-known public lists. Each has been looked up in what its publisher, or several of its users, write of it:
 * where a list moves, its entry here is what is wrong.
 */
export const CATALOGUE: readonly CatalogueEntry[] = [
  ...SINGLE,
  ...family({ ...HAGEZI, syntax: 'adblock', category: 'ads' }, HAGEZI_BASE, [
    ['hagezi-light', 'HaGeZi Multi Light: advertising and tracking, careful', 'light.txt'],
    ['hagezi-normal', 'HaGeZi Multi Normal: advertising, tracking, phishing, malware', 'multi.txt'],
    ['hagezi-pro', 'HaGeZi Multi Pro: the same, and more of it', 'pro.txt'],
  ]),
  ...family({ ...HAGEZI, syntax: 'adblock', category: 'malware' }, HAGEZI_BASE, [
    ['hagezi-tif', 'HaGeZi Threat Intelligence Feeds: malware, phishing, scams', 'tif.txt'],
    ['hagezi-fake', 'HaGeZi Fake: shops and traps', 'fake.txt'],
  ]),
  ...family({ ...OISD, category: 'ads' }, 'https://', [
    ['oisd-small', 'OISD small: advertising', 'small.oisd.nl/'],
    ['oisd-big', 'OISD big: advertising, tracking, phishing, malware', 'big.oisd.nl/'],
  ]),
  ...family({ ...PROJECT, category: 'malware' }, PROJECT_BASE, [
    ['blp-malware', 'The Block List Project: malware', 'malware.txt'],
    ['blp-ransomware', 'The Block List Project: ransomware', 'ransomware.txt'],
  ]),
  ...family({ ...PROJECT, category: 'phishing' }, PROJECT_BASE, [
    ['blp-phishing', 'The Block List Project: phishing', 'phishing.txt'],
  ]),
  ...family({ ...PROJECT, category: 'fraud' }, PROJECT_BASE, [
    ['blp-scam', 'The Block List Project: scams', 'scam.txt'],
  ]),
  ...family({ ...UT1, category: 'gambling' }, UT1_BASE, [
    ['ut1-gambling', 'Université Toulouse Capitole: gambling', 'gambling/domains'],
  ]),
  ...family({ ...UT1, category: 'games' }, UT1_BASE, [
    ['ut1-games', 'Université Toulouse Capitole: games', 'games/domains'],
  ]),
  ...family({ ...UT1, category: 'proxy' }, UT1_BASE, [
    [
      'ut1-proxy',
      'Université Toulouse Capitole: sites that get around filters',
      'redirector/domains',
    ],
  ]),
  ...family(DROP, 'https://www.spamhaus.org/drop/', [
    ['spamhaus-drop', "Spamhaus DROP: don't route or peer, IPv4", 'drop.txt'],
    ['spamhaus-drop-v6', "Spamhaus DROP: don't route or peer, IPv6", 'dropv6.txt'],
  ]),
  ...family({ ...X4BNET, category: 'vpn' }, `${RAW}/X4BNet/lists_vpn/main/output/`, [
    ['x4bnet-vpn', 'X4BNet: networks of VPN providers, IPv4', 'vpn/ipv4.txt'],
  ]),
]

/** The entry of that name. */
export function findInCatalogue(name: string): CatalogueEntry | undefined {
  return CATALOGUE.find((entry) => entry.name === name)
}
