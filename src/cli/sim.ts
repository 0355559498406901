import { describe, EXIT } from './exit.js'
import { ReaderGone } from './output.js'
import { say } from './say.js'
import { readSimOptions, type SimOptions } from './simoptions.js'
import type { Inside } from '../sim/namespace.js'

/** Outside: what needs no namespace, then all over again inside of one. */
export async function simCommand(args: string[]): Promise<number> {
  const options = readSimOptions(args)
  if (options.list) {
    const { listScenarios } = await import('./simlist.js')
    listScenarios()
    return EXIT.ok
  }
  const { inside, runInside } = await import('../sim/namespace.js')
  const here = inside()
  if (here) return simInside(options, here)
  if (options.pcap === undefined) (await import('./simchoice.js')).chosenScenarios(options)
  return runInside(['sim', ...args])
}

/** What goes wrong ends it, whatever still runs here. */
async function simInside(options: SimOptions, here: Inside): Promise<number> {
  try {
    if (options.pcap !== undefined) {
      const { simPcap } = await import('./simpcap.js')
      return await simPcap(options.pcap, options, here)
    }
    const { simScenarios } = await import('./simscenarios.js')
    return await simScenarios(options, here)
  } catch (error) {
    if (error instanceof ReaderGone) return EXIT.ok
    const { code, line } = describe(error)
    say(line)
    return code
  }
}
