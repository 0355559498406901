import { PRESETS } from '../sim/clients.js'
import { findProgram } from '../sim/programs.js'
import { bundledScenarios, readScenario } from '../sim/scenario.js'
import { Output } from './output.js'

const WIDTH = 12

/** Scenarios that come with Weir, and clients, with what of them is here. */
export function listScenarios(): void {
  const output = new Output()
  output.text('scenarios\n')
  for (const name of bundledScenarios()) {
    const { title, onRequest } = readScenario(name)
    output.text(`  ${name.padEnd(WIDTH)}${title}${onRequest ? ' (when named)' : ''}\n`)
  }
  output.text('clients\n')
  for (const [name, { program, package: from }] of Object.entries(PRESETS)) {
    const path = program && findProgram(program)
    const place = program ? (path ?? `not here; Debian has it in ${from}`) : 'what a step says'
    output.text(`  ${name.padEnd(WIDTH)}${place}\n`)
  }
  output.flush()
}
