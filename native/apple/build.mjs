// Builds the core for Apple's systems, on Linux or macOS and without Apple's SDK:
//   npm run build:apple [-- --out FOLDER] [--only SLICE]
// FOLDER (native/build/apple) gets weir.xcframework. The same sources give the same bytes.
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { checkFramework } from './check.mjs'
import { writeFramework } from './framework.mjs'
import { exportedFunctions } from './header.mjs'
import { buildLibrary } from './library.mjs'
import { SLICES } from './slices.mjs'
import { findTools } from './tools.mjs'

const here = fileURLToPath(new URL('..', import.meta.url))

/** The functions of both headers that the library is for. */
export function functionsOf(tools, native) {
  const includes = ['include', 'crypto', 'apple/freestanding'].map((room) => join(native, room))
  return exportedFunctions(tools, join(native, 'crypto/crypto.h'), includes)
}

/** Builds `slices` of the sources in `native` below `out`, and gives the framework's folder. */
export function build(tools, native, out, slices) {
  const framework = join(out, 'weir.xcframework'),
    work = join(out, 'objects')
  const functions = functionsOf(tools, native)
  rmSync(framework, { recursive: true, force: true })
  const built = slices.map((slice) => ({
    slice,
    libraries: slice.targets.map(({ triple }) =>
      buildLibrary(tools, native, triple, functions, join(work, triple)),
    ),
  }))
  writeFramework(tools, native, framework, built)
  rmSync(work, { recursive: true })
  return framework
}

/** A line an architecture, of bytes. */
export function sizeTable(checked) {
  const row = (...cells) =>
    cells
      .map((cell, i) => (i < 2 ? String(cell).padEnd(i ? 8 : 28) : String(cell).padStart(9)))
      .join('')
  return [
    row('slice', 'arch', 'text', 'code', 'constant', 'data', 'bss'),
    ...checked.map((one) =>
      row(one.slice, one.architecture, one.text, one.code, one.constant, one.data, one.bss),
    ),
  ].join('\n')
}

function main() {
  const { values } = parseArgs({ options: { out: { type: 'string' }, only: { type: 'string' } } })
  const slices = SLICES.filter(({ id }) => !values.only || id === values.only)
  if (!slices.length) throw new Error(`--only: one of ${SLICES.map(({ id }) => id).join(', ')}`)
  const tools = findTools()
  const framework = build(tools, here, resolve(values.out ?? join(here, 'build/apple')), slices)
  const checked = checkFramework(tools, framework, slices, functionsOf(tools, here))
  console.log(`${framework}\n${sizeTable(checked)}`)
  const problems = checked.flatMap((one) =>
    one.problems.map((problem) => `${one.slice} ${one.architecture} ${problem}`),
  )
  if (problems.length) throw new Error(problems.join('\n'))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main()
  } catch (error) {
    console.error(`build:apple: ${error.message}`)
    process.exitCode = 1
  }
}
