import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Capture, readCapture } from '../../src/capture/capture.js'
import { Engine, REPLAY_SEED } from '../../src/engine/engine.js'
import { RecordEncoder } from '../../src/records/encode.js'
import { httpFlow, pcap } from '../support/packets.js'

const folder = mkdtempSync(join(tmpdir(), 'weir-'))
const at = (name: string): string => join(folder, name)
const FLOWS = 3000
const capture = pcap(
  Array.from({ length: FLOWS }, (_, i) => httpFlow(1024 + i, `host-${i}.example`)).flat(),
)

beforeAll(() => {
  writeFileSync(at('whole.pcap'), capture)
  writeFileSync(at('cut.pcap'), capture.subarray(0, capture.length - 30))
  writeFileSync(at('none.pcap'), 'this is no capture, but a text of some length\n')
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The records of a capture as text, and what was thrown. */
async function fed(source: Capture, maxRecords: number): Promise<[string, unknown]> {
  using reading = source
  using engine = new Engine({ seed: REPLAY_SEED, maxRecords })
  const encoder = new RecordEncoder(engine.rule)
  let error: unknown
  try {
    await reading.feed(engine, (run) => encoder.encode(run))
  } catch (cause) {
    error = cause
  }
  for (let done = false; !done;) {
    done = engine.finish()
    engine.drain((run) => encoder.encode(run))
  }
  return [Buffer.from(encoder.take()).toString(), error]
}

describe('a file that a thread reads ahead', () => {
  it('gives the records that its bytes give, whatever the ring holds', async () => {
    const [expected] = await fed(readCapture(createReadStream(at('whole.pcap'))), 4096)
    expect(expected.split('\n')).toHaveLength(FLOWS + 1)
    for (const maxRecords of [256, 4096]) {
      expect(await fed(readCapture(at('whole.pcap')), maxRecords)).toEqual([expected, undefined])
    }
  })

  it('is damaged where its bytes are, behind all records before', async () => {
    const [expected, error] = await fed(readCapture(createReadStream(at('cut.pcap'))), 256)
    const [actual, other] = await fed(readCapture(at('cut.pcap')), 256)
    expect(error).toMatchObject({ code: 'WEIR_CAPTURE_DAMAGED' })
    expect(other).toEqual(error)
    expect(actual).toBe(expected)
    const [, none] = await fed(readCapture(at('none.pcap')), 256)
    expect(none).toMatchObject({ code: 'WEIR_NOT_A_CAPTURE' })
  })

  it('may be closed at any time, and is not read twice', async () => {
    using engine = new Engine({ seed: REPLAY_SEED })
    const capture = readCapture(at('whole.pcap'))
    const stop = new Error('enough')
    const feed = capture.feed(
      engine,
      () => undefined,
      () => {
        throw stop
      },
    )
    await expect(feed).rejects.toBe(stop)
    await expect(capture.feed(engine, () => undefined)).rejects.toThrow(/read already/)
    capture.close()
  })
})
