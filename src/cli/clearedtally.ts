import type { ClearedRecord } from '../privacy/gate.js'
import { ACTIONS, PROTOCOLS, VERDICTS } from '../records/vocabulary.js'
import type { TallyFigures } from './tally.js'

/** As Tally, from cleared records: where the gate closes something. */
export class ClearedTally {
  readonly #hosts = new Map<string, number>()
  #flows = 0
  #dns = 0
  #leftOut = 0
  readonly #protocols = new Float64Array(PROTOCOLS.length)
  readonly #verdicts = new Float64Array(VERDICTS.length)
  readonly #actions = new Float64Array(ACTIONS.length)

  constructor(private readonly maxHosts: number) {}

  add(record: ClearedRecord): void {
    if (record.type === 'dns') this.#dns++
    if (record.type !== 'flow') return
    this.#flows++
    this.#protocols[PROTOCOLS.indexOf(record.protocol)]!++
    this.#verdicts[VERDICTS.indexOf(record.verdict)]!++
    this.#actions[ACTIONS.indexOf(record.action)]!++
    if (record.host === null) return
    const before = this.#hosts.get(record.host)
    if (before === undefined && this.#hosts.size === this.maxHosts) this.#leftOut++
    else this.#hosts.set(record.host, (before ?? 0) + 1)
  }

  get figures(): TallyFigures {
    return {
      flows: this.#flows,
      dns: this.#dns,
      hosts: this.#hosts.size,
      hostsLeftOut: this.#leftOut,
      protocols: this.#protocols,
      verdicts: this.#verdicts,
      actions: this.#actions,
    }
  }

  /** The `n` most frequent hosts; of equal ones, those that sort first. */
  top(n: number): [host: string, flows: number][] {
    return [...this.#hosts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, n)
  }
}
