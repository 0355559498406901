import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const BUILT = 'dist/cli/weir.js'
const SOURCES = [
  'src',
  'package.json',
  'rolldown.config.mjs',
  'tsconfig.json',
  'tsconfig.build.json',
]

/**
 * Tests of the command run what npm built: it must be built from these sources. What is built already stays: others may
 * be running it.
 */
export default function setup(): void {
  if (isCurrent()) return
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' })
}

function isCurrent(): boolean {
  const built = statSync(BUILT, { throwIfNoEntry: false })?.mtimeMs ?? 0
  return SOURCES.every((path) => newest(path) < built)
}

function newest(path: string): number {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}
