import { WeirError } from '../errors.js'
import { bundledScenarios, readScenario, type Scenario } from '../sim/scenario.js'
import type { SimOptions } from './simoptions.js'

/** The scenarios that are asked for, else those that come with Weir. A scenario's own programs must be allowed. */
export function chosenScenarios({ scenarios, commands }: SimOptions): Scenario[] {
  const all = scenarios.length
    ? scenarios.map(readScenario)
    : bundledScenarios()
        .map(readScenario)
        .filter(({ onRequest }) => !onRequest)
  const own = all.find(({ steps }) => steps.some((step) => step.command))
  if (own && !commands) {
    const text = `${own.name} runs programs of its own: say --commands if you trust it`
    throw new WeirError('WEIR_BAD_SCENARIO', text)
  }
  return all
}
