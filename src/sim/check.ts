import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import { PolicyError, type Problem } from '../policy/error.js'
import type { Located } from '../policy/yaml.js'
import {
  ACTIONS,
  CLOSES,
  HOST_SOURCES,
  PROTOCOLS,
  REASONS,
  VERDICTS,
} from '../records/vocabulary.js'
import { PRESETS } from './clients.js'
import type { Step } from './step.js'

type Place = ReturnType<Located['place']>

/** What is wrong with a scenario, gathered. */
export class ScenarioProblems {
  readonly #problems: Problem[] = []

  constructor(private readonly path: string) {}

  add(place: Place, message: string): void {
    this.#problems.push({ ...place, message })
  }

  throwAny(): void {
    if (!this.#problems.length) return
    throw new PolicyError(this.path, this.#problems, 'WEIR_BAD_SCENARIO')
  }
}

let compiled: ValidateFunction | undefined

/** The published schema, compiled when first needed. */
function validator(): ValidateFunction {
  // Rooms are equally deep, in src, in dist, and in the command line that is built into one.
  const file = new URL('../sim/scenario.schema.json', import.meta.url)
  compiled ??= new Ajv2020({ allowUnionTypes: true, ownProperties: true }).compile(
    JSON.parse(readFileSync(file, 'utf8')) as object,
  )
  return compiled
}

/** Throws WEIR_BAD_SCENARIO where `read` is none. */
export function checkScenario(path: string, read: Located): void {
  const problems = new ScenarioProblems(path)
  const validate = validator()
  if (!validate(read.value)) {
    const [first] = validate.errors ?? []
    if (first) problems.add(placeOf(first, read), sentence(first))
  }
  problems.throwAny()
  const { steps } = read.value as { steps: readonly Step[] }
  for (const [i, step] of steps.entries()) {
    checkStep(step, (keys, message) =>
      problems.add(read.place(['steps', `${i}`, ...keys]), message),
    )
  }
  problems.throwAny()
}

function placeOf({ instancePath, params }: ErrorObject, read: Located): Place {
  const keys = instancePath.split('/').slice(1)
  const unknown = (params as Record<string, unknown>)['additionalProperty']
  return typeof unknown === 'string' ? read.place([...keys, unknown], true) : read.place(keys)
}

function sentence({ instancePath, keyword, message, params }: ErrorObject): string {
  const what = instancePath.split('/').slice(1).join('.') || 'the scenario'
  const said = params as Record<string, unknown>
  if (keyword === 'additionalProperties') {
    return `unknown key ${JSON.stringify(String(said['additionalProperty']).slice(0, 64))}`
  }
  if (keyword === 'enum')
    return `${what} is one of ${(said['allowedValues'] as string[]).join(', ')}`
  return `${what} ${message ?? 'is not valid'}`
}

const WORDS: Readonly<Record<string, readonly string[]>> = {
  protocol: PROTOCOLS,
  verdict: VERDICTS,
  action: ACTIONS,
  reason: REASONS,
  hostSource: HOST_SOURCES,
  close: CLOSES,
}

/** What the schema does not say: words of the records' vocabulary, and what goes together. */
function checkStep(step: Step, complain: (keys: string[], message: string) => void): void {
  for (const [field, value] of Object.entries(step.expect.record ?? {})) {
    const words = WORDS[field]
    if (words && value !== null && !words.includes(value)) {
      complain(['expect', 'record', field], `no record has ${field} "${value}"`)
    }
  }
  const scheme = step.target.slice(0, step.target.indexOf(':'))
  for (const client of clientsOf(step)) {
    const schemes: readonly string[] = PRESETS[client].schemes
    if (!schemes.includes(scheme)) {
      complain(['target'], `${client} takes ${schemes.join(' and ')} only`)
    }
  }
  for (const address of step.at ?? []) {
    if (!isIP(address)) complain(['at'], `"${address}" is no address`)
  }
  const isCommand = clientsOf(step).includes('command')
  if (isCommand !== (step.command !== undefined)) {
    complain(['client'], 'the client command and its command go together')
  }
}

export const clientsOf = ({ client }: Step) => (typeof client === 'string' ? [client] : client)
