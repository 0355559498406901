import { parseArgs, type ParseArgsConfig } from 'node:util'
import { makeEntry, type Said } from '../feeds/add.js'
import { CATALOGUE } from '../feeds/catalogue.js'
import { defaultDirectory, Store } from '../feeds/store.js'
import type { UpdateResult } from '../feeds/update.js'
import { EXIT, UsageError } from './exit.js'
import { catalogueText, resultsText, statusText } from './liststext.js'
import { Output } from './output.js'
import { Progress } from './progress.js'
import { say } from './say.js'

const COMMON = { dir: { type: 'string' }, json: { type: 'boolean' } } as const
const SAID = ['name', 'syntax', 'action', 'category', 'match', 'sha256', 'minisign'] as const

const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  add,
  remove,
  update,
  status,
  catalogue,
  stats,
}

export async function listsCommand(args: string[]): Promise<number> {
  const [name = '', ...rest] = args
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!command) throw new UsageError(`lists is followed by ${Object.keys(COMMANDS).join(', ')}`)
  return command(rest)
}

async function add(args: string[]): Promise<number> {
  const string = { type: 'string' } as const
  const options = Object.fromEntries(SAID.map((name) => [name, string]))
  const { values, positionals } = parse(args, { ...COMMON, ...options })
  const [source, ...others] = positionals
  if (source === undefined || others.length) {
    throw new UsageError('add takes one name of the catalogue, address or path')
  }
  const said = Object.fromEntries(SAID.map((name) => [name, values[name]])) as Said
  const entry = makeEntry(source, said)
  await Store.change(directory(values), (store) => store.add(entry))
  print(`${entry.name}: registered, not fetched yet (weir lists update ${entry.name})\n`)
  return EXIT.ok
}

async function remove(args: string[]): Promise<number> {
  const { values, positionals } = parse(args, COMMON)
  if (!positionals.length) throw new UsageError('remove takes names of lists')
  await Store.change(directory(values), async (store) => {
    for (const name of positionals) store.get(name)
    for (const name of new Set(positionals)) await store.remove(name)
  })
  return EXIT.ok
}

/** What fetches and what judges is loaded for this command only: both take longer than the others. */
async function update(args: string[]): Promise<number> {
  const { values, positionals: names } = parse(args, {
    ...COMMON,
    interface: { type: 'string' },
    confirm: { type: 'string', multiple: true },
  })
  const confirm = (values['confirm'] ?? []) as string[]
  const { confirmHeld, updateLists } = await import('../feeds/update.js')
  const { judge } = await import('./judge.js')
  const { keepResults } = await import('./listactions.js')
  const progress = new Progress('lists')
  let position = 0
  const options = {
    names: names.length ? names : undefined,
    judge,
    by: values['interface'] as string | undefined,
    progress: (bytes: number) => {
      position += bytes
      progress.show({ position, size: undefined })
    },
  }
  const results = await Store.change(directory(values), async (store) => {
    const done: UpdateResult[] = []
    for (const name of confirm) done.push(await confirmHeld(store, name))
    if (names.length || !confirm.length) done.push(...(await updateLists(store, options)))
    const rulesOf = (name: string): number | undefined => store.get(name).good?.rules
    // A record that cannot be kept takes no list back.
    await keepResults(store.directory, done, rulesOf).catch((error: unknown) =>
      say(`${(error as Error).message}: the update is not in its record`),
    )
    return done
  }).finally(() => progress.clear())
  print(values['json'] ? json(results) : resultsText(results))
  const isGood = results.every(({ outcome }) => outcome === 'updated' || outcome === 'unchanged')
  return isGood ? EXIT.ok : EXIT.rules
}

async function status(args: string[]): Promise<number> {
  const { values } = parse(args, COMMON)
  const { lists } = await Store.read(directory(values))
  print(values['json'] ? json(lists) : statusText(lists, new Date()))
  return EXIT.ok
}

/** Compiles every list, which the other commands do not. */
async function stats(args: string[]): Promise<number> {
  const { values, positionals } = parse(args, COMMON)
  const { listStats } = await import('./liststats.js')
  const { statsText } = await import('./liststatstext.js')
  const figures = await listStats(directory(values), positionals)
  print(values['json'] ? json(figures) : statsText(figures))
  return EXIT.ok
}

function catalogue(args: string[]): Promise<number> {
  const { values } = parse(args, COMMON)
  print(values['json'] ? json(CATALOGUE) : catalogueText(CATALOGUE))
  return Promise.resolve(EXIT.ok)
}

const directory = ({ dir }: Record<string, unknown>): string =>
  typeof dir === 'string' ? dir : defaultDirectory()

function parse(args: string[], options: NonNullable<ParseArgsConfig['options']>) {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    return { values: values as Record<string, unknown>, positionals }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

function print(text: string): void {
  const out = new Output()
  out.text(text)
  out.flush()
}
