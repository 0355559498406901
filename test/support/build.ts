import { execFileSync } from 'node:child_process'

/** Tests of the command run what npm built: it must be built from these sources. */
export default function setup(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' })
}
