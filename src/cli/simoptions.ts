import { parseArgs } from 'node:util'
import type { Pace } from '../sim/pcap.js'
import { spreadRules } from './arguments.js'
import { UsageError } from './exit.js'
import type { RecordsSetting } from './runoptions.js'

const FORMATS = ['table', 'ndjson', 'none'] as const
const SPEED_MAX = 100

export interface SimOptions {
  /** Names of bundled ones, or files; none: all that are bundled. */
  readonly scenarios: readonly string[]
  readonly list: boolean
  readonly pcap: string | undefined
  readonly pace: Pace
  readonly rules: readonly string[]
  readonly trust: readonly string[]
  readonly home: readonly string[]
  readonly format: (typeof FORMATS)[number]
  readonly records: RecordsSetting | undefined
  /** Clients to run; undefined: all. */
  readonly clients: ReadonlySet<string> | undefined
  /** Whether a scenario may run programs of its own. */
  readonly commands: boolean
}

/** What belongs to a capture, and what to scenarios. */
const OF_PCAP = ['fast', 'speed', 'rules', 'trust', 'home'] as const
const OF_SCENARIOS = ['client', 'commands'] as const

export function readSimOptions(args: string[]): SimOptions {
  const { values, positionals } = parse(args)
  const { pcap } = values
  const stray = (pcap === undefined ? OF_PCAP : OF_SCENARIOS).find((n) => values[n] !== undefined)
  if (stray !== undefined) {
    throw new UsageError(`--${stray} goes ${pcap === undefined ? '' : 'not '}with --pcap`)
  }
  if (pcap !== undefined && positionals.length) {
    throw new UsageError('--pcap FILE takes the place of scenarios')
  }
  const format = FORMATS.find((one) => one === (values.format ?? 'table'))
  if (format === undefined) throw new UsageError(`--format: one of ${FORMATS.join(', ')}`)
  return {
    scenarios: positionals,
    list: values.list ?? false,
    pcap,
    pace: paceOf(values.fast ?? false, values.speed),
    rules: values.rules ?? [],
    trust: values.trust ?? [],
    home: values.home ?? [],
    format,
    records: values.records === undefined ? undefined : { path: values.records, rotation: {} },
    clients: values.client && new Set(values.client),
    commands: values.commands ?? false,
  }
}

function parse(args: string[]) {
  const string = { type: 'string' } as const
  const strings = { type: 'string', multiple: true } as const
  const boolean = { type: 'boolean' } as const
  try {
    return parseArgs({
      args: spreadRules(args),
      allowPositionals: true,
      options: {
        list: boolean,
        pcap: string,
        fast: boolean,
        speed: string,
        rules: strings,
        trust: strings,
        home: strings,
        format: string,
        records: string,
        client: strings,
        commands: boolean,
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function paceOf(fast: boolean, speed: string | undefined): Pace {
  if (speed === undefined) return fast ? 'fast' : 1
  const times = Number(speed)
  if (fast || !(times >= 0.1 && times <= SPEED_MAX)) {
    throw new UsageError(`--speed: a number from 0.1 to ${SPEED_MAX}, and not with --fast`)
  }
  return times
}
