import type { Status } from './status.js'

/** The content type of Prometheus' text format. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** A status as Prometheus reads it (text format 0.0.4). */
export function metricsText(status: Status): string {
  const { engine, loop, memory } = status
  const lines = [
    ...Object.entries(engine).flatMap(([name, n]) => metric('counter', `engine_${name}`, n)),
    ...Object.entries(loop).flatMap(([name, n]) => metric('counter', `loop_${name}`, n)),
    ...sinkMetrics(status),
    ...metric('gauge', 'flows', status.flows),
    ...metric('gauge', 'rules', status.rules),
    ...metric('gauge', 'rules_generation', status.generation),
    ...metric('gauge', 'confined', Number(status.confined)),
    ...metric('gauge', 'memory_resident_bytes', memory.resident),
    ...metric('gauge', 'memory_engine_bytes', memory.engine),
    ...metric('gauge', 'start_time_seconds', Date.parse(status.since) / 1000),
  ]
  return `${lines.join('\n')}\n`
}

function sinkMetrics({ sinks }: Status): string[] {
  const all = Object.entries(sinks)
  return (['given', 'kept', 'lost', 'waiting'] as const).flatMap((what) => {
    if (!all.length) return []
    const [type, end] = what === 'waiting' ? ['gauge', ''] : ['counter', '_total']
    const name = `weir_sink_records_${what}${end}`
    const values = all.map(([sink, counts]) => `${name}{sink="${escaped(sink)}"} ${counts[what]}`)
    return [`# TYPE ${name} ${type}`, ...values]
  })
}

const escaped = (label: string): string => label.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')

function metric(type: 'counter' | 'gauge', name: string, value: number): string[] {
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  const full = `weir_${snake}${type === 'counter' ? '_total' : ''}`
  return [`# TYPE ${full} ${type}`, `${full} ${value}`]
}
