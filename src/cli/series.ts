import { History, type Step } from '../sinks/history/query.js'
import { oneOf } from './arguments.js'
import { secondsOf } from './duration.js'
import { EXIT, UsageError } from './exit.js'
import { historyOptions } from './historyoptions.js'
import { Output } from './output.js'
import { styler } from './style.js'

const SECOND = 1_000_000
/** Lines of a plot, about; and the steps that are round. */
const LINES = 24
const ROUND = [1, 10, 60, 600, 3600, 10_800, 21_600, 86_400, 604_800]
/** More steps than this are no plot. */
const STEPS_MAX = 10_000
const BAR = 40

/** How much there was over time. */
export function seriesCommand(args: string[]): Promise<number> {
  const { path, filter, own } = historyOptions(args, ['every', 'format'])
  const format = oneOf('--format', ['text', 'ndjson'] as const, own['format']) ?? 'text'
  const history = new History(path)
  const output = new Output()
  try {
    const span = history.span()
    if (!span) {
      output.text('no records\n')
    } else {
      const from = Math.max(span.first, filter.since ?? 0)
      const to = Math.min(span.last, filter.until ?? span.last)
      const step = stepOf(own['every'], Math.max(0, to - from))
      const steps = history.series(filter, step)
      output.text(format === 'text' ? plot(steps, step) : lines(steps))
    }
  } finally {
    output.flush()
    history.close()
  }
  return Promise.resolve(EXIT.ok)
}

/** Microseconds: what was asked for, or the round step that gives a screenful. */
function stepOf(every: string | undefined, span: number): number {
  if (every === undefined) {
    const fitting = ROUND.find((seconds) => span / (seconds * SECOND) <= LINES)
    return (fitting ?? 604_800) * SECOND
  }
  const seconds = secondsOf(every)
  if (!seconds) throw new UsageError(`--every ${every}: such as 10s, 5m, 1h or 1d`)
  if (span / (seconds * SECOND) > STEPS_MAX) {
    throw new UsageError(
      `--every ${every}: more than ${String(STEPS_MAX)} steps; take a longer one`,
    )
  }
  return seconds * SECOND
}

const at = (start: number): string =>
  new Date(start / 1000).toISOString().slice(0, 19).replace('T', ' ')

const lines = (steps: readonly Step[]): string =>
  steps
    .map(
      ({ start, ...figures }) =>
        `${JSON.stringify({ start: new Date(start / 1000).toISOString(), ...figures })}\n`,
    )
    .join('')

/** A bar for each step, the empty ones between them too: what was dropped first, then the rest. */
function plot(steps: readonly Step[], step: number): string {
  const first = steps[0]
  const last = steps.at(-1)
  if (!first || !last) return 'no records\n'
  const style = styler(process.stdout.isTTY)
  const byStart = new Map(steps.map((one) => [one.start, one]))
  const most = steps.reduce((max, { flows }) => Math.max(max, flows), 1)
  const width = String(most).length
  let text = style(
    'bold',
    `${'from (UTC)'.padEnd(19)}  ${'records'.padStart(Math.max(7, width))}  dropped\n`,
  )
  for (let start = first.start; start <= last.start; start += step) {
    const { flows, dropped } = byStart.get(start) ?? { flows: 0, dropped: 0 }
    const whole = Math.ceil((flows / most) * BAR)
    const red = Math.ceil((dropped / most) * BAR)
    const bar = style('red', '█'.repeat(red)) + '▒'.repeat(Math.max(0, whole - red))
    text += `${at(start)}  ${String(flows).padStart(Math.max(7, width))}  ${String(dropped).padStart(7)}  ${bar}\n`
  }
  return text
}
