import type { Engine } from '../engine/engine.js'
import type { ClearedFlow } from '../privacy/reports.js'
import { type Clearance, ClearedSource } from '../privacy/source.js'
import type { RecordRun } from '../records/ring.js'
import { EXIT } from './exit.js'
import type { Output } from './output.js'
import type { View } from './view.js'
import { styler } from './style.js'

/** Columns with their widths; the last takes what is left. */
const WIDTHS = { id: 6, client: 24, server: 24, protocol: 16, host: 40, verdict: 7 }
const HOST_MIN = 24
const RULE_MIN = 16

/** One line a flow, as flows end. */
export class TableView implements View {
  readonly #output: Output
  readonly #source: ClearedSource
  /** Characters of a line; 0: no limit, for output is no terminal. */
  readonly #columns = process.stdout.isTTY ? process.stdout.columns : 0
  readonly #style = styler(process.stdout.isTTY)
  readonly #host: number
  #flows = 0

  constructor(output: Output, engine: Engine, clearance: Clearance) {
    this.#output = output
    this.#source = new ClearedSource(clearance, engine.rule)
    const others = WIDTHS.id + WIDTHS.client + WIDTHS.server + WIDTHS.protocol + WIDTHS.verdict + 12
    const left = this.#columns - others - RULE_MIN
    this.#host = this.#columns ? Math.max(HOST_MIN, Math.min(WIDTHS.host, left)) : WIDTHS.host
  }

  visit(run: RecordRun): void {
    for (const record of this.#source.records(run)) {
      if (record.type !== 'flow') continue
      if (!this.#flows++) this.#heading()
      this.#output.text(`${this.#row(record)}\n`)
    }
  }

  end(): number {
    if (!this.#flows) this.#output.text('no flows\n')
    return EXIT.ok
  }

  #heading(): void {
    const cells = ['flow', 'client', 'server', 'protocol', 'host', 'verdict', 'rule'] as const
    const [id, ...rest] = cells
    const text = this.#line([id.padStart(WIDTHS.id), ...rest])
    this.#output.text(`${this.#style('bold', text)}\n`)
  }

  #row(flow: ClearedFlow): string {
    const line = this.#line([
      String(flow.id).padStart(WIDTHS.id),
      endpointText(flow.client),
      endpointText(flow.server),
      protocolText(flow),
      hostText(flow),
      flow.verdict,
      ruleText(flow),
    ])
    if (flow.verdict === 'drop') return this.#style('red', line)
    return flow.action === 'warn' ? this.#style('yellow', line) : line
  }

  #line(cells: readonly string[]): string {
    const [id = '', client = '', server = '', protocol = '', host = '', verdict = '', rule = ''] =
      cells
    const line = [
      id,
      this.#cell(client, WIDTHS.client),
      this.#cell(server, WIDTHS.server),
      this.#cell(protocol, WIDTHS.protocol),
      this.#cell(host, this.#host),
      this.#cell(verdict, WIDTHS.verdict),
      this.#columns ? plain(rule) : rule,
    ].join('  ')
    return this.#columns ? cut(line, this.#columns).trimEnd() : line.trimEnd()
  }

  #cell(text: string, width: number): string {
    return (this.#columns ? cut(plain(text), width) : text).padEnd(width)
  }
}

export const protocolText = ({ via, protocol }: ClearedFlow): string =>
  via ? `${via}/${protocol}` : protocol

/** `~`: what DNS gave the address for; `(ech)`: the name that covers the true one. */
export const hostText = ({ host, hostSource, nameIsOuter }: ClearedFlow): string =>
  host ? (hostSource === 'dns-hint' ? '~' : nameIsOuter ? '(ech) ' : '') + host : '-'

export const ruleText = ({ rule }: Pick<ClearedFlow, 'rule'>): string =>
  rule ? `${rule.text} (${rule.list}:${rule.line})` : ''

/** A list's text may hold anything, escape sequences among it: a terminal is shown what has a width. */
export const plain = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?')

export const cut = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text

export const endpointText = ({ ip, port }: ClearedFlow['client']): string => {
  if (ip === null) return port ? `-:${port}` : '-'
  const address = ip.includes(':') && port ? `[${ip}]` : ip
  return port ? `${address}:${port}` : address
}
