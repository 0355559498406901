import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { parseArgs } from 'node:util'
import type { Bypass } from '../engine/bypasses.js'
import { timeText } from '../records/time.js'
import { askRun, SOCKET } from './askrun.js'
import { duration } from './duration.js'
import { EXIT, UsageError } from './exit.js'
import { Output } from './output.js'

const DEFAULT_TIME = '10m'

type Values = ReturnType<typeof parse>['values']
type Ask = (method: string, query?: Readonly<Record<string, string>>) => Promise<string>

/** `weir bypass list | add HOST... | revoke HOST...`, of a running `weir run`. */
export async function bypassCommand(args: string[]): Promise<number> {
  const { values, positionals } = parse(args)
  const [command, ...hosts] = positionals
  const run = COMMANDS.get(command ?? '')
  if (!run) throw new UsageError('weir bypass list, add or revoke')
  const ask: Ask = (method, query = {}) =>
    askRun(values.socket ?? SOCKET, method, `/bypasses?${new URLSearchParams(query).toString()}`)
  const output = new Output()
  output.text(await run(hosts.map(asciiHost), values, ask))
  output.flush()
  return EXIT.ok
}

function parse(args: string[]) {
  const string = { type: 'string' } as const
  const boolean = { type: 'boolean' } as const
  const options = {
    socket: string,
    for: string,
    client: string,
    over: string,
    below: boolean,
    all: boolean,
    json: boolean,
  }
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** As it is on the wire; what is no name, the run refuses. */
const asciiHost = (host: string): string => (isIP(host) ? host : domainToASCII(host) || host)

const COMMANDS: ReadonlyMap<
  string,
  (hosts: string[], values: Values, ask: Ask) => Promise<string>
> = new Map([
  ['list', list],
  ['add', add],
  ['revoke', revoke],
])

async function list(hosts: string[], { json }: Values, ask: Ask): Promise<string> {
  if (hosts.length) throw new UsageError('weir bypass list takes no host')
  const text = await ask('GET')
  return json ? text : (JSON.parse(text) as Bypass[]).map(lineOf).join('')
}

/** Host, until when, what it lifts, for whom: a tab between them. */
function lineOf({ host, below, client, over, expires }: Bypass): string {
  const name = below ? `*.${host}, ${host}` : host
  const lifts = over === 'warn' ? 'warnings' : 'warnings and blocks'
  return `${name}\tuntil ${timeText(expires)}\t${lifts}\t${client ?? 'everybody'}\n`
}

async function add(hosts: string[], values: Values, ask: Ask): Promise<string> {
  if (!hosts.length) throw new UsageError('weir bypass add HOST...')
  const { for: time = DEFAULT_TIME, client, over, below } = values
  const query = {
    seconds: String(duration('--for', time)),
    ...(below && { below: '1' }),
    ...(client !== undefined && { client }),
    ...(over !== undefined && { over }),
  }
  let text = ''
  for (const host of hosts) {
    const { expires } = JSON.parse(await ask('POST', { host, ...query })) as { expires: number }
    text += `${host} goes on until ${timeText(expires)}\n`
  }
  return text
}

async function revoke(hosts: string[], { all, client }: Values, ask: Ask): Promise<string> {
  if (!hosts.length === !all) throw new UsageError('weir bypass revoke HOST..., or --all')
  const asked = all ? [{ all: '1' }] : hosts.map((host) => ({ host }))
  let count = 0
  for (const query of asked) {
    const answer = await ask('DELETE', { ...query, ...(client !== undefined && { client }) })
    count += (JSON.parse(answer) as { removed: number }).removed
  }
  return `${count} revoked\n`
}
