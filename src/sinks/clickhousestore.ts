// What a collector was sent, into a fleet's ClickHouse.
import { createHash } from 'node:crypto'
import type { RecordKind } from '../privacy/inventory.js'
import { ClickHouseTransport, type ClickHouseOptions } from './clickhouse.js'
import { rowOfReceived } from './clickhouserows.js'

/** A batch as a device sent it: its gate has cleared what is in it, and the collector has held it against the inventory. */
export interface ReceivedBatch {
  /** The device's name, and the key that is its own. */
  readonly device: string
  readonly key: string
  readonly records: readonly { readonly kind: RecordKind; readonly text: string }[]
  /** It may be there already, in part or whole. */
  readonly isRepeat: boolean
}

/** Longer than ClickHouse needs, shorter than devices wait for an answer. */
const TAKE_MS = 20_000

export class ClickHouseStore {
  readonly #transport: ClickHouseTransport

  /** Throws WEIR_BAD_ARGUMENT. */
  constructor(
    options: ClickHouseOptions,
    private readonly takeMs = TAKE_MS,
  ) {
    this.#transport = new ClickHouseTransport(options)
  }

  get name(): string {
    return this.#transport.name
  }

  /** Resolves when ClickHouse has it, once. Throws NotNow, and Refused where it will never take it. */
  async take({ device, key, records, isRepeat }: ReceivedBatch): Promise<void> {
    const entries = records.map(({ kind, text }) => ({
      kind,
      revision: 0,
      text: rowOfReceived(text),
    }))
    const batch = { key: uuidOf(device, key), entries, isRepeat }
    await this.#transport.send(batch, AbortSignal.timeout(this.takeMs))
  }

  close(): Promise<void> {
    return this.#transport.close()
  }
}

/** The tables' `batch`: a key is a device's own, and may be one of another device as well (RFC 9562 5.8). */
function uuidOf(device: string, key: string): string {
  const hash = createHash('sha256').update(`${device}\0${key}`).digest()
  hash[6] = (hash[6]! & 0x0f) | 0x80
  hash[8] = (hash[8]! & 0x3f) | 0x80
  const hex = hash.toString('hex', 0, 16)
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
