import type { Chunks } from '../../../src/blocklist/syntax/lines.js'
import type { ReadOptions } from '../../../src/blocklist/syntax/reading.js'
import { RANKS } from '../../../src/blocklist/rank.js'
import {
  NETWORK_WORDS,
  RULE,
  RULE_WORDS,
  RuleStore,
  SPECIFIC,
} from '../../../src/blocklist/rules.js'
import { readList, type Syntax } from '../../../src/blocklist/syntax/syntaxes.js'

const SCOPES = ['', 'exact', 'below', 'suffix']

export const OPTIONS: ReadOptions = {
  action: 'block',
  important: false,
  match: 'exact',
  apex: false,
  at: 0,
  cancelled: new Set(),
  budget: { steps: 50_000_000 },
}

export function readInto(
  store: RuleStore,
  syntax: Syntax,
  list: string | Uint8Array | Chunks,
  options: Partial<ReadOptions> = {},
): void {
  const isWhole = typeof list === 'string' || list instanceof Uint8Array
  const chunks = isWhole ? [Buffer.from(list as string)] : list
  store.begin({ id: 'list', category: '' })
  readList(chunks, syntax, store, { ...OPTIONS, budget: { steps: 50_000_000 }, ...options })
}

/** What a list became: `line: rank scope name` for each rule, `line: reason` for each refusal. */
export function read(
  syntax: Syntax,
  list: string | Uint8Array | Chunks,
  options: Partial<ReadOptions> = {},
): { rules: string[]; refused: string[]; store: RuleStore } {
  const store = new RuleStore()
  readInto(store, syntax, list, options)
  const rules = [...names(store), ...networks(store), ...patterns(store)]
  return { rules, refused: problems(store), store }
}

function rankText(kind: number): string {
  const { action, of } = RANKS[(kind >> 4) & 15]!
  const ofText = of === 'list' ? '' : `${of} `
  return `${ofText}${action}${kind & SPECIFIC ? ' specific' : ''}`
}

function names(store: RuleStore): string[] {
  const found: string[] = []
  const { words } = store.records
  for (let i = 0; i < store.names; i++) {
    const record = i * RULE_WORDS
    const at = words[record + RULE.at]!
    const meta = words[record + RULE.meta]!
    const name = Buffer.from(store.pool.bytes.subarray(at, at + ((meta >> 8) & 0xff))).toString()
    const excepts = store.excepts.get(i)
    const but = excepts ? ` but ${excepts.join(' ')}` : ''
    found.push(
      `${words[record + RULE.line]}: ${rankText(meta & 0xff)} ${SCOPES[meta & 3]} ${name}${but}`,
    )
  }
  return found
}

function networks(store: RuleStore): string[] {
  const found: string[] = []
  const { words } = store.networks
  for (let i = 0; i < store.networkCount; i++) {
    const at = i * NETWORK_WORDS
    const head = words[at + 4]!
    const address = ((head >> 8) & 0xff) === 4 ? v4(words[at + 3]!) : v6(words.subarray(at, at + 4))
    found.push(`${words[at + 5]}: ${rankText(head >>> 16)} ${address}/${head & 0xff}`)
  }
  return found
}

const v4 = (word: number): string => [24, 16, 8, 0].map((by) => (word >>> by) & 255).join('.')
const v6 = (words: Uint32Array): string =>
  [...words]
    .flatMap((word) => [word >>> 16, word & 0xffff].map((group) => group.toString(16)))
    .join(':')

function patterns(store: RuleStore): string[] {
  return store.patterns.map(({ line, kind, source, excepts }) => {
    const but = excepts.length > 0 ? ` but ${excepts.join(' ')}` : ''
    return `${line}: ${rankText(kind)} pattern ${source}${but}`
  })
}

/** `line: reason` for each refusal. */
export function problems(store: RuleStore): string[] {
  const found: string[] = []
  const { words, length } = store.problems
  for (let i = 0; i < length; i += 3) found.push(`${words[i]}: ${store.reasons[words[i + 2]!]}`)
  return found
}
