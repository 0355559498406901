import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const native = join(root, 'native')
const cache = join(root, 'bench/.cache')

/** As binding.gyp compiles the core. */
const FLAGS = ['-std=c11', '-O3', '-D_GNU_SOURCE', '-w']

const cFiles = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.c'))
    .map((name) => join(folder, name))

function compile(args: readonly string[]): void {
  mkdirSync(cache, { recursive: true })
  execFileSync(process.env['CC'] ?? 'cc', [...FLAGS, ...args], { stdio: 'inherit' })
}

/** Compiles bench/native/<name>.c with the core, and with what lies in other folders of it; its path. */
export function buildNative(name: string, more: readonly string[] = []): string {
  const program = join(cache, name)
  const folders = ['include', 'core', 'crypto', 'test', ...more].map(
    (folder) => `-I${join(native, folder)}`,
  )
  const sources = ['core', 'core/sniff', 'crypto', ...more]
    .map((folder) => join(native, folder))
    .flatMap(cFiles)
  const own = [`-I${join(root, 'bench/native')}`, join(root, 'bench/native', `${name}.c`)]
  compile([
    ...folders,
    ...own,
    ...sources.filter((f) => !f.endsWith('commoncrypto.c')),
    '-lcrypto',
    '-pthread',
    '-o',
    program,
  ])
  return program
}

/** Compiles bench/native/<name>.c, which needs nothing else, to `program`. */
export function buildPlain(name: string, program = join(cache, name)): string {
  compile([
    `-I${join(root, 'bench/native')}`,
    join(root, 'bench/native', `${name}.c`),
    '-o',
    program,
  ])
  return program
}

/** Compiles bench/native/<name>.c with the core, and gives the lines that it prints. */
export function runNative(name: string): string[] {
  return execFileSync(buildNative(name), { encoding: 'utf8' }).trim().split('\n')
}

/** Compiles bench/native/<name>.c as an addon; undefined where this Node has no headers beside it. */
export function buildAddon(name: string): string | undefined {
  const headers = join(process.execPath, '../../include/node')
  if (!existsSync(join(headers, 'node_api.h'))) return undefined
  const addon = join(cache, `${name}.node`)
  const source = join(root, 'bench/native', `${name}.c`)
  const isMac = process.platform === 'darwin'
  const link = isMac ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared']
  compile(['-fPIC', '-pthread', `-I${headers}`, ...link, source, '-o', addon])
  return addon
}
