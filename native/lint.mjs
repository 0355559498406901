// Lint for C: formatting, and includes that go down only (DESIGN, Layout). --fix formats.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const native = fileURLToPath(new URL('.', import.meta.url))

/** Folders of native, and those that they may include from besides native/include. */
const MAY_INCLUDE = {
  include: [],
  core: ['core'],
  crypto: ['crypto'],
  capture: ['capture', 'core'],
  addon: ['addon', 'linux', 'crypto', 'capture', 'core'],
  linux: ['linux', 'core', 'crypto', 'capture'],
  apple: ['apple', 'crypto'],
  test: ['test', 'core', 'crypto', 'capture', 'linux'],
  example: ['crypto'],
  fuzz: ['fuzz', 'core', 'crypto', 'capture'],
  wasm: ['wasm', 'test', 'core', 'crypto', 'capture'],
}
/** All that the core may take from outside: freestanding headers and string.h. */
const CORE_HEADERS = ['stdbool.h', 'stddef.h', 'stdint.h', 'stdalign.h', 'limits.h', 'string.h']

const sources = readdirSync(native, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.[ch]$/.test(entry.name))
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  .filter((path) => !/(^|\/)\.?build\//.test(relative(native, path)))
  .sort()

function roomsWith(name) {
  const rooms = ['include', ...Object.keys(MAY_INCLUDE)]
  return rooms.filter((room) => existsSync(join(native, room, name)))
}

function includeProblem(room, path, [, open, name]) {
  if (open === '<') {
    const isPure = room === 'core' || room === 'include'
    return isPure && !CORE_HEADERS.includes(name) ? `the core includes <${name}>` : undefined
  }
  const found = roomsWith(name)
  if (existsSync(join(dirname(path), name))) return undefined
  if (found.includes('include')) return undefined
  const allowed = MAY_INCLUDE[room]
  if (!allowed) return `native/${room} is not in the layout; see native/lint.mjs`
  if (found.some((from) => allowed.includes(from))) return undefined
  return `native/${room} includes "${name}" of native/${found[0] ?? '?'}`
}

function includeProblems(path) {
  const [room] = relative(native, path).split('/')
  const includes = readFileSync(path, 'utf8').matchAll(/^#include ([<"])([^>"]+)[>"]/gm)
  return [...includes]
    .map((include) => includeProblem(room, path, include))
    .filter(Boolean)
    .map((problem) => `${relative(native, path)}: ${problem}`)
}

const problems = sources.flatMap(includeProblems)
for (const problem of problems) console.error(problem)

const mode = process.argv.includes('--fix') ? ['-i'] : ['--dry-run', '--Werror']
const format = spawnSync('clang-format', [...mode, ...sources], { stdio: 'inherit' })
if (format.error) {
  console.error(`clang-format cannot be run: ${format.error.message}`)
  process.exit(1)
}
process.exit(problems.length || format.status ? 1 : 0)
