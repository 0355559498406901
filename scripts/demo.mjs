// npm start: compiles the bundled lists, replays the bundled captures, prints flows and a summary.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const ruleset = 'build/demo.weir'

/** Runs the command from the project's root; `shown` stands for arguments too long to print. */
function run(args, shown = args) {
  console.log(`\n$ weir ${shown.join(' ')}`)
  const command = [`${root}/dist/cli/weir.js`, ...args]
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit', cwd: root })
  if (status) process.exit(status)
}

const files = readdirSync(`${root}/fixtures/captures`)
  .sort()
  .map((name) => `fixtures/captures/${name}/input.pcap`)
mkdirSync(`${root}/build`, { recursive: true })
run(['compile', 'fixtures/lists/demo.json', '-o', ruleset])
for (const file of files) run(['replay', file, '--rules', ruleset])
const all = (captures) => ['replay', ...captures, '--rules', ruleset, '--format', 'summary']
run(all(files), all(['fixtures/captures/*/input.pcap']))
