import { FORMAT_NAMES, type FormatName } from '../sinks/formats/names.js'
import { History, type Stored, type Top } from '../sinks/history/query.js'
import { type What, WHATS } from '../sinks/history/figures.js'
import { oneOf } from './arguments.js'
import { EXIT } from './exit.js'
import { count, type HistoryOptions, historyOptions } from './historyoptions.js'
import { columnsText } from './columnstext.js'
import { Output } from './output.js'
import { styler } from './style.js'

const USUAL = 50
const USUAL_TOP = 10
const FORMATS = ['table', 'json', ...FORMAT_NAMES] as const

/** What was recorded on this device: the latest, or what there is most of. */
export async function flowsCommand(args: string[]): Promise<number> {
  const options = historyOptions(args, ['top', 'limit', 'format'])
  const format = oneOf('--format', FORMATS, options.own['format']) ?? 'table'
  const what = oneOf('--top', Object.keys(WHATS) as What[], options.own['top'])
  const history = new History(options.path)
  const output = new Output()
  try {
    if (what) showTop(history, what, options, format === 'table', output)
    else await showFlows(history, options, format, output)
  } finally {
    output.flush()
    history.close()
  }
  return EXIT.ok
}

function showTop(
  history: History,
  what: What,
  { filter, own }: HistoryOptions,
  isTable: boolean,
  output: Output,
): void {
  const top = history.top(what, filter, count('--limit', own['limit'], USUAL_TOP))
  output.text(isTable ? topText(what, top) : top.map((row) => `${JSON.stringify(row)}\n`).join(''))
}

function topText(what: What, top: readonly Top[]): string {
  const rows = top.map(({ key, flows, dropped, bytes }) => [
    key,
    String(flows),
    String(dropped),
    String(bytes),
  ])
  return columnsText([what, 'records', 'dropped', 'bytes'], rows, [1, 2, 3])
}

async function showFlows(
  history: History,
  { filter, own }: HistoryOptions,
  format: (typeof FORMATS)[number],
  output: Output,
): Promise<void> {
  const limit = count('--limit', own['limit'], USUAL)
  const stored = [...history.records(filter, limit)].reverse()
  if (format === 'table') output.text(flowsText(stored))
  else await encode(stored, format === 'json' ? 'ndjson' : format, output)
}

async function encode(stored: readonly Stored[], name: FormatName, output: Output): Promise<void> {
  const { FORMATS: encoders } = await import('../sinks/formats/index.js')
  const { head = '', encode } = encoders[name] as { head?: string; encode: (r: never) => string }
  output.text(head)
  for (const { record } of stored) output.text(encode(record as never))
}

function flowsText(stored: readonly Stored[]): string {
  const style = styler(process.stdout.isTTY)
  const rows = stored.map(({ number, record }) => [
    String(number),
    record.start.slice(0, 19).replace('T', ' '),
    record.client.ip ?? '-',
    record.server.ip === null ? '-' : `${record.server.ip}:${String(record.server.port ?? '')}`,
    record.protocol,
    record.host ?? '-',
    record.verdict,
    record.rule ? `${record.rule.text} (${record.rule.list}:${String(record.rule.line)})` : '',
  ])
  const lines = columnsText(
    ['record', 'start (UTC)', 'client', 'server', 'protocol', 'host', 'verdict', 'rule'],
    rows,
    [0],
  ).split('\n')
  return lines
    .map((line, at) => (stored[at - 1]?.record.verdict === 'drop' ? style('red', line) : line))
    .join('\n')
}
