import { readdirSync, readFileSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile } from '../blocklist/compile.js'
import type { Answers } from '../engine/answers.js'
import type { Mode } from '../engine/engine.js'
import { WeirError } from '../errors.js'
import { kindOfOwn, ownSource } from '../policy/own.js'
import type { OwnRule } from '../policy/policy.js'
import { type Located, POLICY_BYTES_MAX, readYaml } from '../policy/yaml.js'
import { checkScenario, ScenarioProblems } from './check.js'
import type { Step } from './step.js'

const ACTIONS = ['allow', 'warn', 'block', 'audit'] as const

interface Written {
  readonly title: string
  readonly onRequest?: boolean
  readonly rules?: Readonly<Partial<Record<(typeof ACTIONS)[number], readonly string[]>>> & {
    readonly default?: Mode['defaultAction']
  }
  readonly dns?: Answers['dns']
  readonly steps: readonly Step[]
}

/** What `weir sim` does, and what must come of it. */
export interface Scenario {
  /** Of its file, without the ending. */
  readonly name: string
  readonly title: string
  /** Bundled, but not run unless it is named. */
  readonly onRequest: boolean
  /** A compiled ruleset. */
  readonly rules: Uint8Array
  readonly mode: Mode
  readonly answers: Answers
  readonly steps: readonly Step[]
}

// Rooms are equally deep, in src, in dist, and in the command line that is built into one.
const BUNDLED = new URL('../sim/scenarios/', import.meta.url)
const ENDING = '.yaml'

/** Names of the scenarios that come with Weir. */
export function bundledScenarios(): string[] {
  return readdirSync(BUNDLED)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => basename(file, ENDING))
    .sort()
}

/** A bundled scenario by its name, else a file. Throws WEIR_BAD_SCENARIO with the places at fault. */
export function readScenario(nameOrPath: string): Scenario {
  const isBundled = bundledScenarios().includes(nameOrPath)
  const path = isBundled ? fileURLToPath(new URL(nameOrPath + ENDING, BUNDLED)) : nameOrPath
  return parseScenario(path, readBytes(path))
}

function readBytes(path: string): Uint8Array {
  try {
    const bytes = readFileSync(path)
    return bytes.subarray(0, POLICY_BYTES_MAX + 1)
  } catch (cause) {
    const hint = `there is ${bundledScenarios().join(', ')}, and what you write yourself`
    const { message } = cause as Error
    throw new WeirError('WEIR_CANNOT_READ', `${path}: ${message}; ${hint}`, { cause })
  }
}

/** `path` is for messages, and gives the name. */
export function parseScenario(path: string, text: string | Uint8Array): Scenario {
  const read = readLocated(path, typeof text === 'string' ? Buffer.from(text) : text)
  checkScenario(path, read)
  const written = read.value as Written
  const name = basename(path, extname(path))
  return {
    name,
    title: written.title,
    onRequest: written.onRequest ?? false,
    rules: compile([ownSource(name, rulesOf(path, written, read))]).bytes,
    mode: { defaultAction: written.rules?.default ?? 'allow' },
    answers: written.dns ? { dns: written.dns } : {},
    steps: written.steps,
  }
}

/** YAML or JSON, bounded as policies are. */
function readLocated(path: string, bytes: Uint8Array): Located {
  try {
    return readYaml(path, bytes)
  } catch (cause) {
    if (!(cause instanceof WeirError)) throw cause
    throw new WeirError('WEIR_BAD_SCENARIO', cause.message, { cause })
  }
}

function rulesOf(path: string, written: Written, read: Located): OwnRule[] {
  const problems = new ScenarioProblems(path)
  const rules = ACTIONS.flatMap((action) =>
    (written.rules?.[action] ?? []).map((text, i): OwnRule => {
      const place = read.place(['rules', action, `${i}`])
      const kind = kindOfOwn(text)
      if (!kind) problems.add(place, `"${text}" is neither a name nor an address or network`)
      return { text, action, isNetwork: kind === 'network', place }
    }),
  )
  problems.throwAny()
  return rules
}
