import { expect, it } from 'vitest'
import { OtlpTransport } from '../../src/sinks/otlp.js'
import { SpooledSink } from '../../src/sinks/spoolsink.js'
import { until } from '../support/namespace.js'
import { accept, Collector, say } from './httpcollector.js'
import { numbered, openGate, Scratch, TestConsent, traffic } from './spoolsupport.js'

interface Value {
  readonly stringValue?: string
  readonly intValue?: number | string
}
interface LogsRequest {
  readonly resourceLogs: {
    readonly resource: { readonly attributes: { key: string; value: Value }[] }
    readonly scopeLogs: {
      readonly logRecords: {
        readonly timeUnixNano: string
        readonly severityNumber: number
        readonly eventName: string
        readonly body: Value
        readonly attributes: { key: string; value: Value }[]
      }[]
    }[]
  }[]
}

const gate = await openGate()
const QUICK = {
  consent: new TestConsent(),
  batchMs: 5,
  gatherMs: 1,
  backoff: { firstMs: 5, mostMs: 20, askedMs: 20 },
}
const logsOf = (body: string): LogsRequest['resourceLogs'] =>
  (JSON.parse(body) as LogsRequest).resourceLogs

it('sends records as logs, each with its batch and place, and no resource but itself', async () => {
  using scratch = new Scratch()
  await using collector = await Collector.start()
  const { url } = collector
  const transport = new OtlpTransport({ url, token: 'abc' })
  const sink = await SpooledSink.open(scratch.join('spool'), transport, QUICK)
  const records = [...traffic(gate, 100), numbered(gate, 3)]
  for (const record of records) sink.write(record)
  await until(() => sink.counts.kept === 101)
  await sink.close()
  const sent = collector.requests.flatMap(({ body }) => logsOf(body))
  for (const { resource } of sent) {
    expect(resource.attributes).toEqual([{ key: 'service.name', value: { stringValue: 'weir' } }])
  }
  const logs = sent.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords))
  expect(logs.map(({ body }) => JSON.parse(body.stringValue!) as unknown)).toEqual(records)
  const attributes = logs.map(
    (log) =>
      new Map(log.attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue])),
  )
  const places = attributes.map((map) => `${map.get('weir.batch')}:${map.get('weir.position')}`)
  expect(new Set(places).size).toBe(101)
  records.forEach((record, i) => {
    if (record.type !== 'flow' && record.type !== 'dns') return
    expect(attributes[i]!.get('weir.host')).toBe(record.host ?? undefined)
    expect(logs[i]!.eventName).toBe(`weir.${record.type}`)
    expect(logs[i]!.timeUnixNano.slice(0, 13)).toBe(String(Date.parse(record.end)))
  })
  expect(collector.headers[0]!.authorization).toBe('Bearer abc')
})

it('keeps what is not taken now, and drops what never will be', async () => {
  using scratch = new Scratch()
  await using collector = await Collector.start()
  collector.manners = [say(401), say(400), accept]
  const transport = new OtlpTransport({ url: collector.url })
  const sink = await SpooledSink.open(scratch.join('spool'), transport, QUICK)
  sink.write(numbered(gate, 1))
  await until(() => sink.counts.lost === 1)
  sink.write(numbered(gate, 2))
  await until(() => sink.counts.kept === 1)
  await sink.close()
  expect(sink.counts).toMatchObject({ given: 2, kept: 1, lost: 1, waiting: 0 })
})
