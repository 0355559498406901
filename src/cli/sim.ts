import { EXIT } from './exit.js'
import { readSimOptions } from './simoptions.js'

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
  if (!here) {
    if (options.pcap === undefined) (await import('./simchoice.js')).chosenScenarios(options)
    return runInside(['sim', ...args])
  }
  if (options.pcap !== undefined) {
    const { simPcap } = await import('./simpcap.js')
    return simPcap(options.pcap, options)
  }
  const { simScenarios } = await import('./simscenarios.js')
  return simScenarios(options, here)
}
