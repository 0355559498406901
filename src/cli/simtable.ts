import type { ClientName, IpVersion } from '../sim/clients.js'
import type { Judgement } from '../sim/judge.js'
import type { Scenario } from '../sim/scenario.js'
import type { Step } from '../sim/step.js'
import type { Output } from './output.js'
import { styler } from './style.js'

/** One client against one target. */
export interface Run {
  readonly scenario: Scenario
  readonly client: ClientName
  readonly step: Step
  readonly version: IpVersion
}

/** What came of it; or why it was left out. */
export type Row = Run &
  ({ readonly judgement: Judgement; readonly saw: string } | { readonly leftOut: string })

type Cells = readonly [what: string, expected: string, happened: string, answered: string]

const HEADING: Cells = ['', 'expected', 'happened', 'answered']

/** What was expected and what happened: all that ran, all that was left out, and what left the host. */
export class SimTable {
  readonly #rows: Row[] = []
  readonly #style = styler(process.stdout.isTTY)

  constructor(private readonly output: Output) {}

  begin({ name, title }: Scenario): void {
    this.output.text(`${this.#style('bold', name)}: ${title}\n`)
    this.output.flush()
  }

  add(rows: readonly Row[]): void {
    this.#rows.push(...rows)
  }

  /** Whether all was as expected, and something was. */
  end(sent: ReadonlyMap<string, number>): boolean {
    const lines = this.#rows.map(cellsOf)
    const widths = [0, 1, 2].map((i) =>
      Math.max(...[HEADING, ...lines].map((row) => row[i]!.length)),
    )
    const put = (cells: Cells): string =>
      cells
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd()
    this.output.text(`\n${this.#style('bold', put(HEADING))}\n`)
    for (const [i, row] of this.#rows.entries()) {
      const differs = 'judgement' in row && row.judgement.differences.length > 0
      const line = put(lines[i]!)
      this.output.text(`${differs ? this.#style('red', line) : line}\n`)
    }
    const isSilent = this.#egress(sent)
    return this.#sum() && isSilent
  }

  #egress(sent: ReadonlyMap<string, number>): boolean {
    const others = [...sent].filter(([, count]) => count > 0)
    const happened = others.map(([name, count]) => `${name}: ${count} packets`).join(', ')
    const names = [...sent.keys()].join(', ')
    this.output.text(`nothing leaves by ${names}: ${happened || 'nothing did'}\n`)
    return !others.length && sent.size > 0
  }

  #sum(): boolean {
    const ran = this.#rows.filter((row) => 'judgement' in row)
    const wrong = ran.filter((row) => row.judgement.differences.length)
    for (const row of wrong) {
      const { scenario, judgement } = row
      this.output.text(
        this.#style(
          'red',
          `${scenario.name}: ${whatOf(row)}: ${judgement.differences.join('; ')}\n`,
        ),
      )
    }
    const leftOut = this.#rows.length - ran.length
    const counts = `${ran.length - wrong.length} as expected, ${wrong.length} not, ${leftOut} left out`
    this.output.text(ran.length ? `${counts}\n` : `${counts}: nothing was tried\n`)
    this.output.flush()
    return ran.length > 0 && !wrong.length
  }
}

const whatOf = ({ client, step, version }: Row): string => {
  const { target, type, tcp, at } = step
  const place = at?.find((address) => address.includes(':') === (version === 6))
  const more = [type, tcp && 'TCP', place && `at ${place}`].filter(Boolean).join(' ')
  return `${client} ${target}${more && ` ${more}`} IPv${version}`
}

function cellsOf(row: Row): Cells {
  const { client, record } = row.step.expect
  const expected = summary(client, record ?? {})
  if ('leftOut' in row) return [whatOf(row), expected, `left out: ${row.leftOut}`, '']
  const { answered, record: found } = row.judgement
  const fields = found as unknown as Readonly<Partial<Record<string, unknown>>> | undefined
  const seen = Object.fromEntries(Object.keys(record ?? {}).map((name) => [name, fields?.[name]]))
  const time = answered === undefined ? '' : `${answered.toFixed(1)} ms`
  return [whatOf(row), expected, summary(row.saw, seen), time]
}

const summary = (saw: string, fields: Readonly<Record<string, unknown>>): string =>
  [
    saw,
    ...Object.entries(fields).flatMap(([name, value]) => (name === 'type' ? [] : [word(value)])),
  ].join(' ')

const word = (value: unknown): string => (typeof value === 'string' ? value : '-')
