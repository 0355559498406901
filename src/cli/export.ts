import { closeSync, openSync } from 'node:fs'
import type { ClearedRecord } from '../privacy/gate.js'
import { FORMAT_NAMES, type FormatName } from '../sinks/formats/names.js'
import type { ActionFilter } from '../sinks/history/actions.js'
import { History } from '../sinks/history/query.js'
import { oneOf } from './arguments.js'
import { EXIT, UsageError } from './exit.js'
import { historyOptions } from './historyoptions.js'
import { Output } from './output.js'
import { WeirError } from '../errors.js'

const FORMATS = [...FORMAT_NAMES, 'parquet'] as const

/** All records that match, the oldest first, in one of the formats. */
export async function exportCommand(args: string[]): Promise<number> {
  const { path, isAsked, filter, own } = historyOptions(args, ['format', 'output', 'with'])
  const isWithActions = oneOf('--with', ['actions'], own['with']) !== undefined
  const format = oneOf('--format', FORMATS, own['format']) ?? 'ndjson'
  if (format === 'parquet' && own['output'] === undefined) {
    throw new UsageError('--format parquet goes with --output FILE')
  }
  const history = new History(path)
  const fd = own['output'] === undefined ? undefined : openOutput(own['output'])
  try {
    // What the store holds passed the device's gate when it was written.
    const traffic = function* (): Generator<ClearedRecord> {
      for (const { record } of history.records(filter)) yield record
    }
    const records = isWithActions ? await withActions(traffic, path, isAsked, filter) : traffic
    if (format === 'parquet') await writeParquet(records(), own['output']!)
    else await writeText(records(), format, new Output(fd))
  } finally {
    if (fd !== undefined) closeSync(fd)
    history.close()
  }
  return EXIT.ok
}

/** Actions in their place among what was seen; the gate to the device has cleared both when they were kept. */
async function withActions(
  traffic: () => Generator<ClearedRecord>,
  path: string,
  isAsked: boolean,
  filter: ActionFilter,
): Promise<() => Generator<ClearedRecord>> {
  const { allActions, storedActions } = await import('./actions.js')
  const actions = isAsked ? storedActions(path, filter) : await allActions(path, filter)
  return function* () {
    let next = 0
    for (const record of traffic()) {
      const at = 'start' in record ? Date.parse(record.start) : 0
      for (; next < actions.length && Date.parse(actions[next]!.time) <= at; next++) {
        yield actions[next]!
      }
      yield record
    }
    yield* actions.slice(next)
  }
}

function openOutput(path: string): number {
  try {
    return openSync(path, 'w', 0o600)
  } catch (cause) {
    throw new WeirError('WEIR_CANNOT_WRITE', `${path}: ${(cause as Error).message}`, { cause })
  }
}

async function writeText(
  records: Iterable<ClearedRecord>,
  name: FormatName,
  output: Output,
): Promise<void> {
  const { FORMATS: encoders } = await import('../sinks/formats/index.js')
  const format: { head?: string; encode: (record: ClearedRecord) => string } = encoders[name]
  output.text(format.head ?? '')
  for (const record of records) output.text(format.encode(record))
  output.flush()
}

async function writeParquet(records: Iterable<ClearedRecord>, path: string): Promise<void> {
  const { fileWriter } = await import('hyparquet-writer')
  const { ParquetEncoder } = await import('../sinks/formats/parquet.js')
  const encoder = new ParquetEncoder(fileWriter(path))
  for (const record of records) if (encoder.add(record)) await encoder.flush()
  await encoder.finish()
}
