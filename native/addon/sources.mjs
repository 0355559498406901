// Prints the C files that the addon is made of, for binding.gyp.
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const folders = ['native/core', 'native/core/sniff', 'native/capture', 'native/addon']
const isLinux = process.platform === 'linux'
if (isLinux) folders.push('native/linux')
const LINUX = ['live.c', 'guard.c', 'tap.c', 'crash.c']
const files = folders.flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.c') && (isLinux || !LINUX.includes(name)))
    .sort()
    .map((name) => `${folder}/${name}`),
)
console.log([...files, 'native/crypto/openssl.c'].join('\n'))
