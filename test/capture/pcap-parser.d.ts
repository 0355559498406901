declare module 'pcap-parser' {
  import type { EventEmitter } from 'node:events'
  import type { Readable } from 'node:stream'

  export interface Packet {
    header: {
      timestampSeconds: number
      timestampMicroseconds: number
      capturedLength: number
      originalLength: number
    }
    data: Buffer
  }

  /** Emits 'packet' (Packet), 'end' and 'error'. */
  export function parse(input: string | Readable): EventEmitter
}
