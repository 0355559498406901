import type { Readable } from 'node:stream'
import type { PacketBatch } from '../engine/batch.js'
import type { Engine } from '../engine/engine.js'
import type { TrafficRecord } from '../records/types.js'
import type { WeirError } from '../errors.js'
import { isDamage, readCapture } from './capture.js'

/**
 * Feeds one source after the other to `engine`, in the order given, then ends every flow; gives
 * records in batches, as they come. A path, `-`, a stream, or batches of packets of your own. When
 * a capture is damaged, all records up to the damage come first; then it throws.
 */
export async function* replay(
  source: string | Readable | AsyncIterable<PacketBatch>,
  engine: Engine,
): AsyncGenerator<readonly TrafficRecord[], void, undefined> {
  const isOwn = typeof source === 'string' || 'pipe' in source
  const capture = isOwn ? readCapture(source) : source
  let damage: WeirError | undefined
  try {
    for await (const batch of capture) yield* judged(engine, batch)
  } catch (error) {
    if (!isDamage(error)) throw error
    damage = error
  } finally {
    if (isOwn && 'close' in capture) (capture as { close(): void }).close()
  }
  for (let done = false; !done;) {
    done = engine.finish()
    const records = engine.records()
    if (records.length) yield records
  }
  if (damage) throw damage
}

function* judged(engine: Engine, batch: PacketBatch): Generator<readonly TrafficRecord[]> {
  for (let at = 0; at < batch.count;) {
    at = engine.inspectBatch(batch, at)
    const records = engine.records()
    if (records.length) yield records
  }
}
