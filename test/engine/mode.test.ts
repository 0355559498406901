import { expect, it } from 'vitest'
import { compile } from '../../src/blocklist/compile.js'
import { Engine, type Mode, REPLAY_SEED } from '../../src/engine/engine.js'
import { Ruleset } from '../../src/engine/ruleset.js'
import { RecordEncoder } from '../../src/records/encode.js'
import type { TrafficRecord } from '../../src/records/types.js'
import { httpFlow, timeOf } from '../support/packets.js'

const rulesOf = (id: string, text: string): Ruleset => Ruleset.from(compile([{ id, text }]).bytes)

/** The verdict on each packet of a flow to ads.example, `swap` being called before packet 5. */
function run(engine: Engine, swap: () => void): string[] {
  return httpFlow(40_000, 'ads.example').map((packet, i) => {
    if (i === 5) swap()
    const { verdict, reason } = engine.inspect(packet, { time: timeOf(i) })
    return `${verdict} ${reason}`
  })
}

function recordsOf(engine: Engine): TrafficRecord[] {
  engine.finish()
  return engine.records()
}

it('judges a live flow anew: what was blocked passes, and the other way round', () => {
  using blocking = rulesOf('ads', '0.0.0.0 ads.example\n')
  using engine = new Engine({ seed: REPLAY_SEED })
  engine.use(blocking)
  expect(run(engine, () => engine.use(null)).slice(3, 7)).toEqual([
    'drop rule-block',
    'drop flow-decided',
    'pass no-rule',
    'pass no-rule',
  ])
  expect(recordsOf(engine)[0]).toMatchObject({ verdict: 'pass', rule: null })
  using other = new Engine({ seed: REPLAY_SEED })
  expect(run(other, () => other.use(blocking)).slice(4, 7)).toEqual([
    'pass no-rule',
    'drop rule-block',
    'drop flow-decided',
  ])
  expect(recordsOf(other)[0]).toMatchObject({ verdict: 'drop', rule: { list: 'ads', line: 1 } })
})

it.each<[Mode, string, string]>([
  [{ protection: 'audit' }, 'pass', 'audit-mode'],
  [{ protection: 'off' }, 'pass', 'no-rule'],
  [{ protection: 'off', defaultAction: 'block' }, 'pass', 'no-rule'],
  [{}, 'drop', 'rule-block'],
])('%j', (mode, verdict, reason) => {
  using rules = rulesOf('ads', '0.0.0.0 ads.example\n')
  using engine = new Engine({ seed: REPLAY_SEED })
  engine.use(rules, mode)
  run(engine, () => undefined)
  expect(recordsOf(engine)[0]).toMatchObject({ verdict, reason })
})

it('blocks by default what no rule speaks of', () => {
  using rules = rulesOf('other', '0.0.0.0 other.example\n')
  using engine = new Engine({ seed: REPLAY_SEED })
  engine.use(rules, { defaultAction: 'block' })
  run(engine, () => undefined)
  expect(recordsOf(engine)[0]).toMatchObject({
    verdict: 'drop',
    reason: 'default-block',
    rule: null,
  })
})

it('names the rules of then in records of then; and none when they are long gone', () => {
  using engine = new Engine({ seed: REPLAY_SEED })
  const texts: string[] = []
  const encoder = new RecordEncoder(engine.rule)
  const generations = ['one', 'two', 'three', 'four', 'five']
  for (const [i, id] of generations.entries()) {
    const rules = rulesOf(id, `${'# moves the line\n'.repeat(i)}0.0.0.0 ads.example\n`)
    engine.use(rules)
    rules.close() // the engine keeps what its records need
    httpFlow(40_000 + i, 'ads.example').forEach((packet, k) => {
      engine.inspect(packet, { time: timeOf(10 * i + k) })
    })
  }
  engine.finish()
  engine.drain((run) => encoder.encode(run))
  for (const line of Buffer.from(encoder.take()).toString('utf8').trimEnd().split('\n')) {
    const { rule } = JSON.parse(line) as { rule: { list: string; line: number } | null }
    texts.push(rule ? `${rule.list}:${rule.line}` : 'gone')
  }
  expect(texts).toEqual(['gone', 'two:2', 'three:3', 'four:4', 'five:5'])
})
