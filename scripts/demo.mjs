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
if (!files.length) {
  console.error('no captures in fixtures/captures')
  process.exit(1)
}
mkdirSync(join(root, 'build'), { recursive: true })
run('compile', join(root, 'fixtures/lists/demo.json'), '-o', ruleset)
for (const file of files) run('replay', '--rules', ruleset, file)
run('replay', '--rules', ruleset, '--format', 'summary', ...files)
