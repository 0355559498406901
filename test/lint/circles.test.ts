import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, it } from 'vitest'

/** Of each file below a folder, those that it imports, types too. */
function importsOf(folder: string): Map<string, string[]> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return new Map(
    files
      .filter((file) => file.endsWith('.ts'))
      .map((file) => [file, importsIn(folder, join(folder, file))]),
  )
}

function importsIn(folder: string, path: string): string[] {
  return ts
    .preProcessFile(readFileSync(path, 'utf8'))
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => relative(folder, resolve(dirname(path), name)).replace(/\.js$/, '.ts'))
}

/** Files that import themselves by way of others, as the ways they do. */
function circles(imports: Map<string, string[]>): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (file: string, way: readonly string[]): void => {
    const from = way.indexOf(file)
    if (from >= 0) found.push([...way.slice(from), file].join(' > '))
    if (from >= 0 || done.has(file)) return
    for (const next of imports.get(file) ?? []) visit(next, [...way, file])
    done.add(file)
  }
  for (const file of imports.keys()) visit(file, [])
  return found
}

it('no file imports itself by way of others', () => {
  const imports = importsOf(fileURLToPath(new URL('../../src/', import.meta.url)))
  expect(imports.get('cli/replay.ts')).toContain('engine/engine.ts')
  expect(circles(imports)).toEqual([])
})

it('a circle is found, of types alone too', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-circles-'))
  try {
    writeFileSync(join(folder, 'a.ts'), "import { b } from './b.js'\nexport const a = b\n")
    writeFileSync(join(folder, 'b.ts'), "export { c as b } from './c.js'\n")
    writeFileSync(join(folder, 'c.ts'), "import type { A } from './a.js'\nexport const c = 1\n")
    expect(circles(importsOf(folder))).toEqual([expect.stringMatching(/^(\w)\.ts > .* > \1\.ts$/)])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
