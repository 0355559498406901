// npm run bench [name...]: runs bench/*.bench.ts one after the other, each in its own process.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('.', import.meta.url))
const wanted = process.argv.slice(2)
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.bench.ts'))
  .filter((name) => !wanted.length || wanted.some((text) => name.includes(text)))
  .sort()
if (!files.length) {
  console.error('no such benchmark')
  process.exit(1)
}
for (const name of files) {
  console.log(`\n== ${name}`)
  const args = ['--loader', 'ts-node/esm/transpile-only', '--no-warnings', join(folder, name)]
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status) process.exit(status)
}
