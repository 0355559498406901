import { parseArgs } from 'node:util'
import { consentDirectory } from '../privacy/place.js'
import { type Listed, listed } from '../privacy/published.js'
import { ConsentStore } from '../privacy/store.js'
import { gatesText, standing } from './consent.js'
import { EXIT, UsageError } from './exit.js'
import { Output } from './output.js'
import { styler } from './style.js'

/** Prints what may be recorded and reported, and what stands now. */
export async function privacyCommand(args: string[]): Promise<number> {
  const { format = 'table', dir = consentDirectory() } = parse(args)
  if (format !== 'table' && format !== 'json') throw new UsageError('--format: one of table, json')
  const store = await ConsentStore.open(dir)
  const output = new Output()
  output.text(format === 'json' ? json(store) : table(store))
  output.flush()
  return EXIT.ok
}

function parse(args: string[]) {
  try {
    const options = { format: { type: 'string' }, dir: { type: 'string' } } as const
    return parseArgs({ args, options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

const json = (store: ConsentStore): string =>
  `${JSON.stringify({ ...standing(store), fields: listed() }, null, 2)}\n`

const WIDTHS = [8, 20, 21, 9, 14, 6, 26, 0]

/** The gates, then the inventory with each field's gate as it stands. */
function table(store: ConsentStore): string {
  const style = styler(process.stdout.isTTY)
  const { values } = store.effective
  const row = (cells: readonly string[]): string =>
    WIDTHS.map((width, i) => cells[i]!.padEnd(width)).join('  ')
  const line = (item: Listed): string =>
    row([
      item.kind,
      item.field,
      item.category,
      item.required ? 'required' : 'optional',
      item.destinations.join(', '),
      item.retention,
      `${item.gate}: ${values[item.gate]}`,
      item.purpose,
    ])
  const heads = ['record', 'field', 'category', '', 'goes to', 'kept', 'gate', 'purpose']
  return [
    gatesText(store),
    'What a record or report may hold; nothing else leaves. A gate is about what goes to the tenant, unless its name begins with device-.',
    '',
    style('bold', row(heads)),
    ...listed().map(line),
    '',
  ].join('\n')
}
