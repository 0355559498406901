import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { SlowList, SlowSyntax } from './rules.js'

/** Real lists, and queries with expected answers, beside the checkout; not part of it. */
const folder = new URL('../../../../shared/blocklists/', import.meta.url)

export const PROFILES = ['small', 'medium', 'large', 'adblock', 'formats', 'ip'] as const
export const hasWorkloads = existsSync(folder)

interface Source {
  readonly file: string
  readonly format: SlowSyntax
  readonly match: 'exact' | 'suffix'
  readonly action: 'block' | 'allow'
  readonly category: string
  readonly apex?: boolean
}

export interface Row {
  readonly query: string
  readonly verdict: string
  readonly categories: string
  readonly decider: string
  readonly audit: string
}

function textOf(file: string): string {
  const bytes = readFileSync(new URL(file, folder))
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}

export function readProfile(name: string): SlowList[] {
  const { sources } = JSON.parse(textOf(`profile-${name}.json`)) as { sources: Source[] }
  return sources.map(({ file, format, ...options }) => ({
    ...options,
    id: file,
    syntax: format,
    text: textOf(file),
  }))
}

export function readWorkload(name: string): Row[] {
  const lines = textOf(`workload-${name}.tsv.gz`)
    .split('\n')
    .filter((l) => l && !l.startsWith('#'))
  return lines.map((line) => {
    const [query, , verdict, categories, decider, audit] = line.split('\t')
    return { query, verdict, categories, decider, audit } as Row
  })
}
