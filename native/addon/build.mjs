// Builds the addon with the node-gyp that npm brings, against this Node's own
// headers where it has them, so that nothing needs to be downloaded.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const prefix = join(dirname(process.execPath), '..')
const local = existsSync(join(prefix, 'include', 'node', 'node_api.h'))
const args = ['configure', 'build', '--loglevel=warn', ...(local ? [`--nodedir=${prefix}`] : [])]

// npm puts its node-gyp on PATH while it runs scripts.
const run = spawnSync('node-gyp', args, { cwd: root, stdio: 'inherit' })
if (run.error) {
  console.error(`weir: cannot run node-gyp (${run.error.message}); run this with npm`)
  process.exit(1)
}
process.exit(run.status ?? 1)
