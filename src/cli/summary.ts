import type { Engine } from '../engine/engine.js'
import { type Clearance, ClearedSource } from '../privacy/source.js'
import type { RecordRun } from '../records/ring.js'
import { ACTIONS, PROTOCOLS, VERDICTS } from '../records/vocabulary.js'
import { ClearedTally } from './clearedtally.js'
import { EXIT } from './exit.js'
import type { Output } from './output.js'

import { Tally } from './tally.js'
import type { View } from './view.js'

const TOP_HOSTS = 10
/** Hosts counted; beyond it new ones are left out, and that is said. */
const HOSTS_MAX = 200_000

/** Counts by protocol and verdict, top hosts, and counters that are not zero. */
export class SummaryView implements View {
  readonly #output: Output
  readonly #source: ClearedSource
  readonly #whole: Tally
  readonly #cleared = new ClearedTally(HOSTS_MAX)
  readonly #isOpen: boolean

  constructor(output: Output, engine: Engine, clearance: Clearance) {
    this.#output = output
    this.#whole = new Tally(HOSTS_MAX)
    this.#source = new ClearedSource(clearance, engine.rule)
    this.#isOpen = clearance.gate.isOpen
  }

  visit(run: RecordRun): void {
    const whole = this.#source.whole(run)
    if (whole) this.#whole.add(whole)
    else for (const record of this.#source.records(run)) this.#cleared.add(record)
  }

  end(engine: Engine): number {
    const tally = this.#isOpen ? this.#whole : this.#cleared
    const { flows, dns, hosts, hostsLeftOut, ...by } = tally.figures
    const more = hostsLeftOut ? [['(not counted)', hostsLeftOut] as const] : []
    this.#section(`${flows} flows, ${dns} DNS transactions`, [])
    this.#section('protocols', named(PROTOCOLS, by.protocols))
    this.#section('verdicts', named(VERDICTS, by.verdicts))
    this.#section('actions', named(ACTIONS, by.actions))
    this.#section(`top hosts of ${hosts}`, [...tally.top(TOP_HOSTS), ...more])
    const counters = Object.entries(engine.counters).filter(([, count]) => count > 0)
    this.#section('counters', counters)
    return EXIT.ok
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
