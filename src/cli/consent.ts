import { parseArgs } from 'node:util'
import { consentDirectory } from '../privacy/place.js'
import { GATE_NAMES, GATES, isGate, type Party } from '../privacy/gates.js'
import type { Purgeable } from '../privacy/consent.js'
import type { ActionRecord } from '../privacy/reports.js'
import { ConsentStore } from '../privacy/store.js'
import { EXIT, UsageError } from './exit.js'
import { Output } from './output.js'
import { styler } from './style.js'

const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  show,
  set,
  withdraw,
  identify,
}

const DIR = { dir: { type: 'string' } } as const
const SPOOL = { spool: { type: 'string' } } as const

export async function consentCommand(args: string[]): Promise<number> {
  const [name = '', ...rest] = args
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!command) throw new UsageError(`consent is followed by ${Object.keys(COMMANDS).join(', ')}`)
  return command(rest)
}

async function show(args: string[]): Promise<number> {
  const { values } = parse(args, 0, { ...DIR, json: { type: 'boolean' } })
  const store = await ConsentStore.open(directory(values))
  print(values['json'] ? `${JSON.stringify(standing(store), null, 2)}\n` : gatesText(store))
  return EXIT.ok
}

async function set(args: string[]): Promise<number> {
  const { values, positionals } = parse(args, 2, { ...DIR, ...SPOOL, as: { type: 'string' } })
  const [gate = '', value = ''] = positionals
  if (!isGate(gate)) throw new UsageError(`there is no gate ${gate}: weir consent show lists them`)
  const change = { gate, value: value === 'default' ? null : value, by: party(values['as']) }
  const store = await ConsentStore.open(directory(values))
  const actions = await store.set(change, await waiting(values))
  print(
    actions.length ? changesText(actions) : `${gate} stands where it did: ${stands(store, gate)}\n`,
  )
  return EXIT.ok
}

/** What waits to be sent: spools that nobody has open (a weir that runs looks after its own), reports and crashes. */
async function waiting(values: Readonly<Record<string, unknown>>): Promise<Purgeable[]> {
  const { SpoolDirectory } = await import('../sinks/spooldirectory.js')
  const { Outbox } = await import('../telemetry/outbox.js')
  const { nativeCrashes } = await import('../telemetry/crashnative.js')
  const { spool } = values
  const spools = typeof spool === 'string' ? new SpoolDirectory(spool) : new SpoolDirectory()
  return [spools, new Outbox(), nativeCrashes()]
}

async function withdraw(args: string[]): Promise<number> {
  const { values } = parse(args, 0, { ...DIR, ...SPOOL })
  const store = await ConsentStore.open(directory(values))
  const actions = await store.withdraw(await waiting(values))
  print(actions.length ? changesText(actions) : 'nothing was reported, and nothing will be\n')
  return EXIT.ok
}

const IDENTIFIERS = [
  'directoryDeviceId',
  'userId',
  'tenantId',
  'organisationId',
  'userPrincipalName',
] as const

/** Identifiers are the administrator's to give. */
async function identify(args: string[]): Promise<number> {
  const { values, positionals } = parse(args, IDENTIFIERS.length, DIR, 0)
  const identifiers = new Map<string, string>()
  for (const text of positionals) {
    const [, name = '', value = ''] = /^(\w+)=([\w.:@-]{1,128})$/.exec(text) ?? []
    if (!(IDENTIFIERS as readonly string[]).includes(name)) {
      throw new UsageError(`identify takes NAME=VALUE of ${IDENTIFIERS.join(', ')}`)
    }
    identifiers.set(name, value)
  }
  const store = await ConsentStore.open(directory(values))
  await store.identify(Object.fromEntries(identifiers))
  print(`${identifiers.size ? [...identifiers.keys()].join(', ') : 'no identifiers'}\n`)
  return EXIT.ok
}

type Options = Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>
type Values = Readonly<Record<string, string | boolean | undefined>>

function parse(args: string[], most: number, options: Options, least = most) {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    if (positionals.length >= least && positionals.length <= most) {
      return { values: values as Values, positionals }
    }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  throw new UsageError(most === 2 ? 'set takes a gate and a value' : 'too many words')
}

const directory = (values: Values): string =>
  typeof values['dir'] === 'string' ? values['dir'] : consentDirectory()

function party(text: Values[string] = 'user'): Party {
  if (text === 'admin' || text === 'user') return text
  throw new UsageError('--as is admin or user')
}

function print(text: string): void {
  const output = new Output()
  output.text(text)
  output.flush()
}

/** For programs. */
export function standing({ effective, consent }: ConsentStore) {
  const gates = GATE_NAMES.map((gate) => {
    const [admin, user] = [consent.admin[gate] ?? null, consent.user[gate] ?? null]
    const { values, opens, purpose } = GATES[gate]
    const value = effective.values[gate]
    return [gate, { value, by: effective.by[gate], admin, user, opens, values, purpose }]
  })
  return {
    revision: effective.revision,
    gates: Object.fromEntries(gates) as object,
    identifiers: consent.identifiers,
  }
}

const stands = ({ effective: { values, by } }: ConsentStore, gate: (typeof GATE_NAMES)[number]) =>
  `${values[gate]} (${by[gate]})`

/** Each gate, where it stands, who set it, and what it is for. */
export function gatesText({ effective: { values, by } }: ConsentStore): string {
  const style = styler(process.stdout.isTTY)
  const row = (cells: readonly string[]): string =>
    [28, 10, 8, 0].map((width, i) => cells[i]!.padEnd(width)).join('  ')
  return [
    style('bold', row(['gate', 'value', 'set by', 'what it decides'])),
    ...GATE_NAMES.map((gate) => row([gate, values[gate], by[gate], GATES[gate].purpose])),
    '',
  ].join('\n')
}

const changesText = (actions: readonly ActionRecord[]): string =>
  actions.map(({ gate, from, to }) => `${gate}: ${from} → ${to}\n`).join('')
