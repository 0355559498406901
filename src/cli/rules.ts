import { readSync } from 'node:fs'
import { Ruleset } from '../engine/ruleset.js'
import { WeirError } from '../errors.js'
import { withFile } from '../blocklist/listfile.js'
import { readLists } from './listset.js'

/** First bytes of a compiled ruleset (native/RULESET.md). */
const MAGIC = [0x89, 0x57, 0x45, 0x49, 0x52, 0x0d, 0x0a, 0x1a]

/** One compiled ruleset, or lists that are compiled here and now. */
export async function loadRules(paths: readonly string[]): Promise<Ruleset | null> {
  if (!paths.length) return null
  const compiled = paths.filter(isCompiled)
  if (compiled.length) {
    if (paths.length === 1) return Ruleset.open(paths[0]!)
    throw new WeirError(
      'WEIR_BAD_ARGUMENT',
      `${compiled[0]} is compiled: give it alone, or its lists`,
    )
  }
  const { compile } = await import('../blocklist/compile.js')
  return Ruleset.from(compile(paths.flatMap((path) => readLists(path))).bytes)
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
