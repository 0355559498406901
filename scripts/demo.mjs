// npm start: compiles the bundled lists, replays the bundled captures, prints flows and a summary.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const weir = join(root, 'dist/cli/weir.js')
const ruleset = join(root, 'build/demo.weir')

function run(...args) {
  const shown = args.map((arg) => (arg.startsWith(root) ? relative(root, arg) : arg))
  console.log(`\n$ weir ${shown.join(' ')}`)
  const { status } = spawnSync(process.execPath, [weir, ...args], { stdio: 'inherit' })
  if (status) process.exit(status)
}

function lists() {
  const folder = join(root, 'fixtures/lists')
  const names = existsSync(folder) ? readdirSync(folder).sort() : []
  return names.filter((name) => name.startsWith('demo-')).map((name) => join(folder, name))
}

function captures() {
  const folder = join(root, 'fixtures/captures')
  const cases = existsSync(folder) ? readdirSync(folder).sort() : []
  return cases.flatMap((name) =>
    readdirSync(join(folder, name))
      .filter((file) => /^input\.(pcap|pcapng)(\.gz|\.zst)?$/.test(file))
      .map((file) => join(folder, name, file)),
  )
}

const files = captures()
const sources = lists()
if (!files.length) {
  console.error('no captures in fixtures/captures')
  process.exit(1)
}
const rules = []
if (sources.length) {
  mkdirSync(join(root, 'build'), { recursive: true })
  run('compile', ...sources, '-o', ruleset)
  rules.push('--rules', ruleset)
}
for (const file of files) run('replay', ...rules, file)
run('replay', ...rules, '--format', 'summary', ...files)
