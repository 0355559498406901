// What weir flows, stats and export are asked alike: which store, and which records of it.
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { historyPath } from '../sinks/history/place.js'
import type { Filter } from '../sinks/history/query.js'
import { secondsOf } from './duration.js'
import { UsageError } from './exit.js'

const FILTERS = {
  history: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  host: { type: 'string' },
  client: { type: 'string' },
  protocol: { type: 'string' },
  verdict: { type: 'string' },
} as const

type Options = NonNullable<ParseArgsConfig['options']>

export interface HistoryOptions {
  readonly path: string
  /** It was said which store. */
  readonly isAsked: boolean
  readonly filter: Filter
  /** The command's own options, by name. */
  readonly own: Readonly<Record<string, string | undefined>>
}

type FilterName = Exclude<keyof typeof FILTERS, 'history'>
const ALL = Object.keys(FILTERS).filter((name) => name !== 'history') as FilterName[]

/** Reads the options; `own` are names of those that only this command has, each with a value. */
export function historyOptions(
  args: string[],
  own: readonly string[],
  filters: readonly FilterName[] = ALL,
): HistoryOptions {
  const options: Options = { history: FILTERS.history }
  for (const name of filters) options[name] = FILTERS[name]
  for (const name of own) options[name] = { type: 'string' }
  const values = parse(args, options)
  const now = Date.now()
  return {
    path: values['history'] ?? historyPath(),
    isAsked: values['history'] !== undefined,
    filter: {
      since: moment('--since', values['since'], now),
      until: moment('--until', values['until'], now),
      host: values['host']?.toLowerCase().replace(/\.$/, ''),
      client: values['client'],
      protocol: values['protocol'],
      verdict: values['verdict'],
    },
    own: Object.fromEntries(own.map((name) => [name, values[name]])),
  }
}

function parse(args: string[], options: Options): Record<string, string | undefined> {
  try {
    return parseArgs({ args, options }).values as Record<string, string | undefined>
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** Microseconds since 1970 of a time ago, or of a date in ISO 8601. */
function moment(option: string, text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined
  const seconds = secondsOf(text)
  if (seconds !== undefined) return (now - seconds * 1000) * 1000
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN
  if (Number.isNaN(at)) {
    throw new UsageError(
      `${option} ${text}: a time ago (30m, 2h, 7d) or a date (2026-11-23, 2026-11-23T08:00Z)`,
    )
  }
  return at * 1000
}

/** A whole number of an option, in bounds. */
export function count(option: string, text: string | undefined, usual: number): number {
  if (text === undefined) return usual
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 1 && number <= 1e9) return number
  throw new UsageError(`${option} ${text}: a whole number from 1 on`)
}
