import { readFileSync } from 'node:fs'

/** Another engine, loaded with a list that blocks names and all below them. */
export interface Peer {
  readonly name: string
  readonly load: (listed: readonly string[]) => Promise<(name: string) => boolean>
}

function versionOf(name: string): string {
  const manifest = new URL(`node_modules/${name}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}

/** Their types are not asked for: they are installed only where this is run. */
const load = async <T>(name: string): Promise<T> => (await import(name)) as T
const asFilters = (names: readonly string[]): string => names.map((name) => `||${name}^`).join('\n')

interface AdGuard {
  StringRuleList: new (id: number, text: string, ignoreCosmetic: boolean) => object
  RuleStorage: new (lists: object[]) => object
  DnsEngine: new (storage: object) => { match(name: string): { basicRule: object | null } }
}

interface Ghostery {
  FiltersEngine: {
    parse(text: string, config: object): { match(request: object): { match: boolean } }
  }
  Request: { fromRawDetails(details: object): object }
}

interface UBlock {
  StaticNetFilteringEngine: {
    create(): Promise<{
      useLists(lists: { raw: string }[]): Promise<void>
      matchRequest(request: object): number
    }>
  }
}

const ADGUARD = '@adguard/tsurlfilter'
const GHOSTERY = '@ghostery/adblocker'
const UBLOCK = '@gorhill/ubo-core'

export const peers = (): Peer[] => [
  {
    name: `AdGuard tsurlfilter ${versionOf(ADGUARD)}, DnsEngine`,
    async load(listed) {
      const { StringRuleList, RuleStorage, DnsEngine } = await load<AdGuard>(`${ADGUARD}/umd`)
      const list = new StringRuleList(1, asFilters(listed), true)
      const engine = new DnsEngine(new RuleStorage([list]))
      return (name) => engine.match(name).basicRule !== null
    },
  },
  {
    name: `Ghostery adblocker ${versionOf(GHOSTERY)}`,
    async load(listed) {
      const { FiltersEngine, Request } = await load<Ghostery>(GHOSTERY)
      const engine = FiltersEngine.parse(asFilters(listed), { loadCosmeticFilters: false })
      const rest = { type: 'script', sourceUrl: 'https://site.example/' }
      return (name) =>
        engine.match(Request.fromRawDetails({ ...rest, url: `https://${name}/` })).match
    },
  },
  {
    name: `uBlock Origin core ${versionOf(UBLOCK)}`,
    async load(listed) {
      const { StaticNetFilteringEngine } = await load<UBlock>(UBLOCK)
      const engine = await StaticNetFilteringEngine.create()
      await engine.useLists([{ raw: asFilters(listed) }])
      const rest = { type: 'script', originURL: 'https://site.example/' }
      return (name) => engine.matchRequest({ ...rest, url: `https://${name}/` }) === 1
    },
  },
]
