import { describe, expectTypeOf, it } from 'vitest'
import type { ClearedRecord, ClearedRun, Gate } from '../../src/privacy/gate.js'
import type { Inventory } from '../../src/privacy/inventory.js'
import type {
  ActionRecord,
  CrashReport,
  DeviceReport,
  FeedbackReport,
  PathsOf,
  Unlisted,
} from '../../src/privacy/reports.js'
import type { RecordRun } from '../../src/records/ring.js'
import type { DnsRecord, FlowRecord } from '../../src/records/types.js'

declare const gate: Gate<'tenant'>
declare const flow: FlowRecord
declare const run: RecordRun
declare const cleared: ClearedRecord<'device'>
declare function send(record: ClearedRecord<'tenant'>): void
declare function keep(record: ClearedRecord): void
declare function fast(run: ClearedRun): void

describe('the inventory', () => {
  it('lists each field of flow and DNS records, and no other', () => {
    expectTypeOf<Unlisted>().toBeNever()
    expectTypeOf<PathsOf<FlowRecord> | 'withheld'>().toEqualTypeOf<
      keyof Inventory['flow'] | 'type'
    >()
    expectTypeOf<PathsOf<DnsRecord> | 'withheld'>().toEqualTypeOf<keyof Inventory['dns'] | 'type'>()
  })

  it('gives reports their types', () => {
    expectTypeOf<CrashReport['frames']>().toEqualTypeOf<readonly string[]>()
    expectTypeOf<FeedbackReport['feedback']>().toEqualTypeOf<'smile' | 'frown' | 'idea'>()
    expectTypeOf<FeedbackReport['email']>().toEqualTypeOf<string | undefined>()
    expectTypeOf<DeviceReport['cpuCores']>().toEqualTypeOf<number>()
    expectTypeOf<ActionRecord>().not.toHaveProperty('url')
    // @ts-expect-error the inventory has no such field
    gate.clear({ type: 'memory', time: '', resident: 1, peak: 1, pressure: 'none', url: 'x' })
    // @ts-expect-error nor such a kind of record
    gate.clear({ type: 'history', time: '' })
  })
})

describe('sinks', () => {
  it('take what is cleared, for their destination', () => {
    // @ts-expect-error not cleared
    keep(flow)
    // @ts-expect-error cleared for the device
    send(cleared)
    // @ts-expect-error not cleared
    fast(run)
    // @ts-expect-error may be nothing at all
    send(gate.clear(flow))
    const record = gate.clear(flow)
    if (record) [send, keep].forEach((sink) => sink(record))
    // @ts-expect-error the brand has no name to make it with
    keep({ ...flow, CLEARED: 'device' })
  })
})
