import { describe, expectTypeOf, it } from 'vitest'
import type { Capture, PacketBatch, WeirError } from '../src/index.js'
import {
  type DnsRecord,
  encode,
  Engine,
  type FlowRecord,
  readCapture,
  replay,
  Ruleset,
  type TrafficRecord,
} from '../src/index.js'

describe('public types', () => {
  it('records are told apart by their type', () => {
    const record = {} as TrafficRecord
    if (record.type === 'flow') expectTypeOf(record).toEqualTypeOf<FlowRecord>()
    else expectTypeOf(record).toEqualTypeOf<DnsRecord>()
    expectTypeOf(record.verdict).toEqualTypeOf<'drop' | 'pass'>()
    expectTypeOf<FlowRecord['host']>().toEqualTypeOf<string | null>()
    expectTypeOf<FlowRecord>().not.toHaveProperty('payload')
    // @ts-expect-error records are not written to
    record.verdict = 'pass'
  })

  it('replay gives batches of records', () => {
    expectTypeOf(replay).parameter(1).toEqualTypeOf<Engine>()
    expectTypeOf(replay).returns.toEqualTypeOf<
      AsyncGenerator<readonly TrafficRecord[], void, undefined>
    >()
    expectTypeOf(readCapture).returns.toEqualTypeOf<Capture>()
    expectTypeOf<Capture>().toExtend<AsyncIterable<PacketBatch>>()
  })

  it('what holds memory can be disposed of', () => {
    expectTypeOf<Engine>().toExtend<Disposable>()
    expectTypeOf<Ruleset>().toExtend<Disposable>()
    expectTypeOf<Capture>().toExtend<Disposable>()
  })

  it('errors have codes', () => {
    expectTypeOf<WeirError['code']>().toExtend<`WEIR_${string}`>()
    expectTypeOf(encode).returns.toBeString()
    // @ts-expect-error rulesets are opened, not constructed
    new Ruleset('x')
    // @ts-expect-error no such option
    new Engine({ maxFlow: 1 })
  })
})
