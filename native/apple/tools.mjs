// LLVM's programs, of one version.
import { spawnSync } from 'node:child_process'

/** Newest first; those without a number last. */
const VERSIONS = ['-19', '-18', '-17', '-16', '-15', '-14', '']
const NAMES = ['clang', 'llvm-link', 'opt', 'llvm-libtool-darwin', 'llvm-lipo']

const exists = (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0

/**
 * A function that runs one of them and gives what it prints. An Error says what to install where one is
 * missing, and what the program said where it failed.
 */
export function findTools() {
  const version = VERSIONS.find((one) => NAMES.every((name) => exists(`${name}${one}`)))
  if (version === undefined) throw new Error(missing())
  return { version, run: (name, ...args) => run(`${name}${version}`, args) }
}

function missing() {
  const without = NAMES.filter((name) => !exists(`${name}${VERSIONS[0]}`)).join(', ')
  return `no complete LLVM of one version from 14 on (of 19, these are missing: ${without}).
On Debian and Ubuntu: apt-get install clang-19 lld-19 llvm-19; on macOS: brew install llvm lld`
}

function run(program, args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, ZERO_AR_DATE: '1', LC_ALL: 'C' },
  })
  if (error) throw new Error(`${program}: ${error.message}`)
  if (status !== 0) throw new Error(`${program} ${args.slice(0, 3).join(' ')} …: ${stderr.trim()}`)
  return stdout
}
