// Prints 1 where the compiler can optimise across files and link that: a tenth less CPU in replay.
import { spawnSync } from 'node:child_process'

const compiler = process.env.CC ?? 'cc'
const args = ['-flto=auto', '-shared', '-o', '/dev/null', '-x', 'c', '/dev/null']
const { status } = spawnSync(compiler, args, { stdio: 'ignore' })
console.log(status === 0 ? 1 : 0)
