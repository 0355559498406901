import type { TrafficRecord } from '../records/types.js'
import type { Sight } from '../tun/sight.js'
import { answerTime } from './latency.js'
import type { IpVersion } from './clients.js'
import type { Expectation, RecordFields } from './step.js'

/** From the packet that tells to the answer (milliseconds), where a scenario says nothing else. */
export const WITHIN_MS = 50

/** One client against one target, as it ended. */
export interface Ended {
  readonly expect: Expectation
  readonly version: IpVersion
  /** What the client saw, and all that it said. */
  readonly saw: string
  readonly said: string
  /** Milliseconds since 1970, between which its flows began. */
  readonly from: number
  readonly to: number
  /** What passed the device meanwhile. */
  readonly sights: readonly Sight[]
  /** Packets that passed it unseen. */
  readonly missed: number
}

export interface Judgement {
  /** What is not as expected, a sentence each; none: all is. */
  readonly differences: readonly string[]
  /** Milliseconds to the answer; undefined where nothing was refused. */
  readonly answered?: number
  /** The record that is most as expected. */
  readonly record?: TrafficRecord
}

/** Holds what happened against what was expected. `records` are those of the whole scenario. */
export function judge(ended: Ended, records: readonly TrafficRecord[]): Judgement {
  const { expect, saw, said } = ended
  const differences: string[] = []
  if (saw !== expect.client) differences.push(`the client sees ${saw}`)
  if (expect.says !== undefined && !said.includes(expect.says)) {
    differences.push(`it does not say ${JSON.stringify(expect.says)}`)
  }
  if (!expect.record) return { differences }
  const [record, wrong] = nearest(expect.record, recordsOf(ended, records))
  if (!record) return { differences: [...differences, 'there is no record'] }
  differences.push(...wrong)
  if (record.verdict !== 'drop') return { differences, record }
  const answered = answerTime(ended.sights, record)
  const within = expect.within ?? WITHIN_MS
  if (answered === undefined) {
    const unseen = ended.missed ? `, of which ${ended.missed} packets were not seen` : ''
    return { differences: [...differences, `no answer passed the device${unseen}`], record }
  }
  if (answered > within) differences.push(`answered after ${answered.toFixed(1)} ms`)
  return { differences, record, answered }
}

/** Those that began meanwhile: clients run one after the other. */
function recordsOf({ from, to, version }: Ended, records: readonly TrafficRecord[]) {
  return records.filter(({ start, client }) => {
    const at = Date.parse(start)
    return at >= from && at <= to && client.ip.includes(':') === (version === 6)
  })
}

type Fields = Readonly<Partial<Record<string, unknown>>>

/** The record that is most as expected, and in what it is not. */
function nearest(
  expected: RecordFields,
  records: readonly TrafficRecord[],
): [TrafficRecord | undefined, string[]] {
  let best: TrafficRecord | undefined
  let wrong: string[] = []
  for (const record of records) {
    const fields = record as unknown as Fields
    if (fields['type'] !== (expected['type'] ?? 'flow')) continue
    const these = Object.entries(expected)
      .filter(([name, value]) => (fields[name] ?? null) !== value)
      .map(([name, value]) => `${name} is ${text(fields[name])}, not ${text(value)}`)
    if (best && these.length >= wrong.length) continue
    best = record
    wrong = these
  }
  return [best, wrong]
}

const text = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value ?? null)
