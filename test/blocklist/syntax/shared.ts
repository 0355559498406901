import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { test } from 'vitest'
import type { Syntax } from '../../../src/blocklist/syntax/syntaxes.js'

/** Public lists and an oracle for them, beside the checkout; they are no part of it. */
export const SHARED = join(import.meta.dirname, '../../../../shared/blocklists')
const isThere = existsSync(SHARED)

export const sharedTest = (name: string, run: () => void): void =>
  isThere ? test(name, run) : test.skip(`${name}: ../shared/blocklists is not there`, run)

const SYNTAX_OF: Readonly<Record<string, Syntax>> = {
  hosts: 'hosts',
  domains: 'domains',
  wildcard: 'wildcard',
  dnsmasq: 'dnsmasq',
  rpz: 'rpz',
  adblock: 'adblock',
  cidr: 'cidr',
  ips: 'cidr',
  indicators: 'indicators',
}

/** By file: the syntax that its name tells. */
export const SHARED_LISTS = new Map(
  (isThere ? readdirSync(SHARED) : ['real lists']).flatMap((file) => {
    const word = file.split(/[.-]/).find((part) => Object.hasOwn(SYNTAX_OF, part))
    const isOther = /^(workload|profile)/.test(file)
    if ((word === undefined || isOther) && isThere) return []
    const format = SYNTAX_OF[word ?? 'domains']!
    return [[file, { format, bytes: () => readShared(file) }] as const]
  }),
)

export function readShared(file: string): Buffer {
  const bytes = readFileSync(join(SHARED, file))
  return file.endsWith('.gz') ? gunzipSync(bytes) : bytes
}
