import { FIELD, RECORD_SIZE } from './layout.js'

/** Typed arrays read in the machine's own byte order, and so must a DataView. */
export const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** Offsets of the halves of a u64. */
export const HIGH = LITTLE_ENDIAN ? 4 : 0
export const LOW = 4 - HIGH

/**
 * A run of entries of the engine's record ring, read in place. It is valid until the entries
 * are released; what must outlive that is copied.
 */
export class RecordRun {
  readonly bytes: Buffer
  readonly #view: DataView
  /** Offset in `bytes` of the first entry. */
  offset = 0
  /** Entries. */
  count = 0

  constructor(memory: ArrayBufferLike) {
    this.bytes = Buffer.from(memory)
    this.#view = new DataView(memory)
  }

  /** Offset of the i-th entry: what the getters below take. */
  at(i: number): number {
    return this.offset + i * RECORD_SIZE
  }

  u8(at: number): number {
    return this.bytes[at]!
  }

  u16(at: number): number {
    return this.#view.getUint16(at, LITTLE_ENDIAN)
  }

  u32(at: number): number {
    return this.#view.getUint32(at, LITTLE_ENDIAN)
  }

  /** Exact below 2^53, which is 285 years in microseconds. */
  u64(at: number): number {
    const view = this.#view
    return (
      view.getUint32(at + HIGH, LITTLE_ENDIAN) * 0x1_0000_0000 +
      view.getUint32(at + LOW, LITTLE_ENDIAN)
    )
  }

  /** Of a u64, each exact. */
  halves(at: number): { low: number; high: number } {
    const view = this.#view
    return {
      low: view.getUint32(at + LOW, LITTLE_ENDIAN),
      high: view.getUint32(at + HIGH, LITTLE_ENDIAN),
    }
  }

  /** Bytes as characters of the same number. */
  text(at: number, length: number): string {
    return this.bytes.toString('latin1', at, at + length)
  }

  name(entry: number): string {
    return this.text(entry + FIELD.name, this.bytes[entry + FIELD.nameLen]!)
  }
}
