import { fstatSync, readSync } from 'node:fs'
import { readBytes, withFile } from '../blocklist/listfile.js'
import type { Mode } from '../engine/engine.js'
import { Ruleset } from '../engine/ruleset.js'
import { WeirError } from '../errors.js'
import { readLists } from './listset.js'

/** No policy is longer, as src/policy/yaml.ts has it; that is loaded for policies only. */
const POLICY_BYTES_MAX = 1 << 18

/** First bytes of a compiled ruleset (native/RULESET.md). */
const MAGIC = [0x89, 0x57, 0x45, 0x49, 0x52, 0x0d, 0x0a, 0x1a]

export interface LoadedRules {
  readonly ruleset: Ruleset
  /** As a policy says; the engine's own when absent. */
  readonly mode?: Mode
}

/**
 * One compiled ruleset, or one policy, or lists that are compiled here and now. With `trust`, paths of public
 * keys, it must be a compiled one that one of them signed.
 */
export async function loadRules(
  paths: readonly string[],
  trust: readonly string[] = [],
): Promise<LoadedRules | null> {
  if (trust.length) return { ruleset: await loadSigned(paths, trust) }
  if (!paths.length) return null
  const policies = paths.filter(isPolicy)
  if (policies.length) {
    if (paths.length === 1) return loadPolicy(paths[0]!)
    throw new WeirError('WEIR_BAD_ARGUMENT', `${policies[0]} is a policy: give it alone`)
  }
  const compiled = paths.filter(isCompiled)
  if (compiled.length) {
    if (paths.length === 1) return { ruleset: Ruleset.open(paths[0]!) }
    throw new WeirError(
      'WEIR_BAD_ARGUMENT',
      `${compiled[0]} is compiled: give it alone, or its lists`,
    )
  }
  const { compile } = await import('../blocklist/compile.js')
  return { ruleset: Ruleset.from(compile(paths.flatMap((path) => readLists(path))).bytes) }
}

/** Read rather than mapped: what was verified is what is used. */
async function loadSigned(paths: readonly string[], trust: readonly string[]): Promise<Ruleset> {
  const [path] = paths
  if (path === undefined || paths.length > 1 || !isCompiled(path)) {
    throw new WeirError('WEIR_BAD_ARGUMENT', '--trust goes with one compiled ruleset as --rules')
  }
  const { readTrustedKey } = await import('./keys.js')
  const { readRuleset } = await import('../blocklist/ruleset/file.js')
  return Ruleset.from(await readRuleset(path, trust.map(readTrustedKey)))
}

/** Without its schedules: what comes of a capture does not hang on when it is looked at. */
async function loadPolicy(path: string): Promise<LoadedRules> {
  const { buildPolicy } = await import('../policy/build.js')
  const { defaultDirectory } = await import('../feeds/store.js')
  const { compiled, plan } = await buildPolicy(path, { store: defaultDirectory(), at: null })
  return { ruleset: Ruleset.from(compiled.bytes), mode: plan.settings }
}

/** By its name; in JSON, by its having profiles. */
export function isPolicy(path: string): boolean {
  if (/\.ya?ml$/i.test(path)) return true
  if (!path.endsWith('.json') || withFile(path, (fd) => fstatSync(fd).size) > POLICY_BYTES_MAX) {
    return false
  }
  return /^\s*\{[^]*"profiles"\s*:/.test(readBytes(path).toString('latin1'))
}

function isCompiled(path: string): boolean {
  const head = new Uint8Array(MAGIC.length)
  return withFile(path, (fd) => {
    try {
      readSync(fd, head, 0, head.length, 0)
    } catch {
      return false // not seekable: no file to map
    }
    return MAGIC.every((byte, i) => head[i] === byte)
  })
}
