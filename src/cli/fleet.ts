import { parseArgs } from 'node:util'
import { initFleet } from '../sinks/clickhousefleet.js'
import { hasTtl } from '../sinks/clickhouseschema.js'
import { EXIT, UsageError } from './exit.js'
import { Output } from './output.js'
import { clickHouseUrl, readAccess } from './sinkurl.js'

/** The inventory says how long flows and lookups are kept at most. */
const DAYS_MAX = 30

export async function fleetCommand(args: string[]): Promise<number> {
  const [name, ...rest] = args
  if (name !== 'init') throw new UsageError('fleet is followed by init')
  const { url, values } = parse(rest)
  const { token: password, tls } = readAccess({ ...values, token: values['password-file'] })
  const options = { url: clickHouseUrl(url), password, tls, cluster: values.cluster }
  const made = await initFleet({ ...options, days: daysOf(values.days) })
  const output = new Output()
  const { major, minor } = made.version
  if (values.print) output.text(`${made.statements.join(';\n')};\n`)
  output.text(`${made.database} is set up, on ClickHouse ${major}.${minor}\n`)
  for (const dropped of made.dropped) output.text(`dropped what is too old: ${dropped}\n`)
  if (!hasTtl(made.version)) {
    output.text('this server forgets nothing by itself: run this once a day\n')
  }
  output.flush()
  return EXIT.ok
}

function parse(args: string[]) {
  const string = { type: 'string' } as const
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        cluster: string,
        days: string,
        'password-file': string,
        ca: string,
        cert: string,
        key: string,
        print: { type: 'boolean' },
      },
    })
    const [url = ''] = positionals
    if (positionals.length !== 1) throw new Error('fleet init takes one clickhouse:// address')
    return { url, values }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function daysOf(text = String(DAYS_MAX)): number {
  const days = Number(text)
  if (/^\d{1,3}$/.test(text) && days >= 1 && days <= DAYS_MAX) return days
  throw new UsageError(`--days: from 1 to ${DAYS_MAX}`)
}
