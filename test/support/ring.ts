import { FIELD, RECORD_SIZE } from '../../src/records/layout.js'
import { LITTLE_ENDIAN, RecordRun } from '../../src/records/ring.js'

export type Fields = Partial<Record<keyof typeof FIELD, number | string | readonly number[]>>

const U16 = new Set([
  'clientPort',
  'serverPort',
  'tlsVersion',
  'qtype',
  'dnsId',
  'rcode',
  'answers',
  'ja4Len',
  'generation',
])
const U32 = new Set(['rule', 'overruled', 'quicVersion', 'ttl'])
const U64 = new Set([
  'flowId',
  'startUs',
  'endUs',
  'packetsUp',
  'packetsDown',
  'bytesUp',
  'bytesDown',
  'categories',
])

/** Ring entries as the core would have written them. Texts set their length fields too. */
export function ringOf(entries: readonly Fields[]): RecordRun {
  const memory = new ArrayBuffer(entries.length * RECORD_SIZE)
  const run = new RecordRun(memory)
  const view = new DataView(memory)
  run.count = entries.length
  entries.forEach((fields, i) => {
    for (const [name, value] of Object.entries(fields) as [keyof typeof FIELD, number | string][]) {
      const at = run.at(i) + FIELD[name]
      if (typeof value === 'string') {
        run.bytes.set(Buffer.from(value, 'latin1'), at)
        if (name === 'ja4') view.setUint16(run.at(i) + FIELD.ja4Len, value.length, LITTLE_ENDIAN)
        else run.bytes[run.at(i) + (name === 'alpn' ? FIELD.alpnLen : FIELD.nameLen)] = value.length
      } else if (typeof value === 'object') run.bytes.set(value, at)
      else if (U16.has(name)) view.setUint16(at, value, LITTLE_ENDIAN)
      else if (U32.has(name)) view.setUint32(at, value, LITTLE_ENDIAN)
      else if (U64.has(name)) view.setBigUint64(at, BigInt(value), LITTLE_ENDIAN)
      else view.setUint8(at, value)
    }
  })
  return run
}

/** 16 octets: IPv4 as the core maps it. */
export const v4 = (...octets: number[]): number[] => [
  ...Array<number>(10).fill(0),
  255,
  255,
  ...octets,
]
