import type { GuardOptions } from '../tun/guard.js'
import { UsageError } from './exit.js'
import { runWith } from './run.js'
import { readOptions } from './runoptions.js'

/** Options of `weir run` about a device of its own; and who gives up privileges could not undo the mirror. */
const NOT_HERE = /^--(device|address|route|mtu|hairpin|user)(=|$)/

/** `weir run` for an interface in use, whose traffic goes its way. */
export function guardCommand(args: string[]): Promise<number> {
  const { guard, rest } = takeGuard(args)
  return runWith({ ...readOptions(rest), guard })
}

/** The guard's own options, and the others. */
function takeGuard(args: readonly string[]): { guard: GuardOptions; rest: string[] } {
  const rest: string[] = []
  let name: string | undefined
  let observe = false
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!
    const refused = NOT_HERE.exec(arg)
    if (refused) throw new UsageError(`--${refused[1]}: there is no such option of weir guard`)
    if (arg === '--observe') observe = true
    else if (arg === '--interface') name = args[++at] ?? ''
    else if (arg.startsWith('--interface=')) name = arg.slice(arg.indexOf('=') + 1)
    else rest.push(arg)
  }
  if (!name) throw new UsageError('weir guard needs --interface NAME')
  return { guard: { interface: name, observe }, rest }
}
