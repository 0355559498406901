import { readFileSync } from 'node:fs'
import { compile, type CompiledRuleset, type ListSource } from '../../src/blocklist/compile.js'

const lists = new URL('../../fixtures/lists/', import.meta.url)

interface DemoList extends Omit<ListSource, 'text' | 'bytes'> {
  readonly file: string
}

/** The demonstration lists, compiled: what the C tests have as native/test/ruleset_golden.h. */
export function compileDemo(): CompiledRuleset {
  const sources = JSON.parse(readFileSync(new URL('demo.json', lists), 'utf8')) as DemoList[]
  return compile(
    sources.map(({ file, ...list }) => ({ ...list, bytes: readFileSync(new URL(file, lists)) })),
  )
}

/** A C header that holds `bytes`. */
export function asHeader(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += 24) {
    lines.push('  ' + Array.from(bytes.subarray(at, at + 24), (b) => `${b},`).join(''))
  }
  return [
    '/* Made from fixtures/lists by test/blocklist/golden.test.ts with WEIR_GOLDEN=write: do not edit. */',
    '/* clang-format off */',
    'static const unsigned char ruleset_golden[] = {',
    ...lines,
    '};',
    '',
  ].join('\n')
}
