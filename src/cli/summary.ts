import type { Engine } from '../engine/engine.js'
import { FIELD } from '../records/layout.js'
import type { RecordRun } from '../records/ring.js'
import { ACTIONS, PROTOCOLS, RECORD_KINDS, VERDICTS } from '../records/vocabulary.js'
import type { Output } from './output.js'
import type { View } from './view.js'
import { Tally } from './tally.js'

const TOP_HOSTS = 10
/** Hosts counted; beyond it new ones are left out, and that is said. */
const HOSTS_MAX = 200_000

/** Counts by protocol and verdict, top hosts, and counters that are not zero. */
export class SummaryView implements View {
  readonly #output: Output
  readonly #protocols = new Float64Array(PROTOCOLS.length)
  readonly #verdicts = new Float64Array(VERDICTS.length)
  readonly #actions = new Float64Array(ACTIONS.length)
  readonly #hosts = new Tally(HOSTS_MAX)
  #hostsLeftOut = 0
  #dns = 0

  constructor(output: Output) {
    this.#output = output
  }

  visit(run: RecordRun): void {
    for (let i = 0; i < run.count; i++) {
      const at = run.at(i)
      const kind = run.u8(at + FIELD.kind)
      if (kind === RECORD_KINDS.dns) this.#dns++
      if (kind !== RECORD_KINDS.flow) continue
      this.#protocols[run.u8(at + FIELD.protocol)]!++
      this.#verdicts[run.u8(at + FIELD.verdict)]!++
      this.#actions[run.u8(at + FIELD.action)]!++
      const length = run.u8(at + FIELD.nameLen)
      if (length && !this.#hosts.add(run.bytes, at + FIELD.name, length)) this.#hostsLeftOut++
    }
  }

  end(engine: Engine): void {
    const flows = this.#verdicts.reduce((sum, count) => sum + count, 0)
    const hosts = this.#hosts.top(TOP_HOSTS)
    const more = this.#hostsLeftOut ? [['(not counted)', this.#hostsLeftOut] as const] : []
    this.#section(`${flows} flows, ${this.#dns} DNS transactions`, [])
    this.#section('protocols', named(PROTOCOLS, this.#protocols))
    this.#section('verdicts', named(VERDICTS, this.#verdicts))
    this.#section('actions', named(ACTIONS, this.#actions))
    this.#section(`top hosts of ${this.#hosts.size}`, [...hosts, ...more])
    const counters = Object.entries(engine.counters).filter(([, count]) => count > 0)
    this.#section('counters', counters)
  }

  #section(title: string, rows: readonly (readonly [string, number])[]): void {
    const width = Math.max(0, ...rows.map(([, count]) => String(count).length))
    const lines = rows.map(([name, count]) => `  ${String(count).padStart(width)}  ${name}`)
    this.#output.text(`${[title, ...lines].join('\n')}\n`)
  }
}

type Counted = readonly [string, number]

/** Most first, then by name, so that output does not depend on order. */
const byCount = (a: Counted, b: Counted): number => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)

function named(names: readonly string[], counts: Float64Array): Counted[] {
  return names
    .map((name, i): Counted => [name, counts[i]!])
    .filter(([, count]) => count > 0)
    .sort(byCount)
}
