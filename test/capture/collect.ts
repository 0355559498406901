import type { Readable } from 'node:stream'
import { readCapture } from '../../src/capture/capture.js'

export interface Collected {
  readonly packets: { time: number; wireLength: number; ip: Buffer }[]
  readonly frames: number
  readonly error: unknown
}

/** All IP packets of a capture, copied, and the error that ended it. */
export async function collect(input: string | Readable): Promise<Collected> {
  const packets: Collected['packets'] = []
  let frames = 0
  let error: unknown
  let capture
  try {
    capture = readCapture(input)
    for await (const batch of capture) {
      for (let i = 0; i < batch.count; i++) {
        packets.push({
          time: batch.times[i]!,
          wireLength: batch.wireLengths[i]!,
          ip: Buffer.from(batch.packet(i)),
        })
      }
    }
  } catch (caught) {
    error = caught
  } finally {
    frames = capture?.stats.frames ?? 0
    capture?.close()
  }
  return { packets, frames, error }
}
