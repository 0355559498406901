// What tsc leaves to do: the schema beside its types, and the command's execute bit.
import { chmodSync, copyFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
copyFileSync(at('src/records/schema.json'), at('dist/records/schema.json'))
chmodSync(at('dist/cli/weir.js'), 0o755)
