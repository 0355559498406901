// One file of a spool: what is sent as one batch. Entries stand one behind the other, each with its checksum.
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { removeFile, replaceFile, syncDirectory } from '../files/durable.js'
import { RECORD_TYPES, type RecordKind } from '../privacy/inventory.js'

/** A record as it will be sent, and what consent needs to know of it. */
export interface SpoolEntry {
  readonly kind: RecordKind
  /** Of the gate that cleared it. */
  readonly revision: number
  readonly text: string
}

/**
 * Of an entry: u32 length of the payload, u32 CRC-32 of it; the payload: u32 revision, u8 length of the kind, the kind,
 * the text. All little-endian.
 */
const ENTRY_HEAD = 8
const PAYLOAD_HEAD = 5
const MAGIC = Buffer.from('weirspl1')
const NAME = /^(\d{15})-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.spool$/
const PRIVATE = 0o600
/** Bytes of an entry; a length beyond it is damage. */
export const ENTRY_MAX = 1 << 20

export function packEntry({ kind, revision, text }: SpoolEntry): Buffer {
  const textAt = ENTRY_HEAD + PAYLOAD_HEAD + kind.length
  const bytes = Buffer.allocUnsafe(textAt + Buffer.byteLength(text))
  bytes.writeUInt32LE(bytes.length - ENTRY_HEAD, 0)
  bytes.writeUInt32LE(revision >>> 0, ENTRY_HEAD)
  bytes.writeUInt8(kind.length, ENTRY_HEAD + 4)
  bytes.write(kind, ENTRY_HEAD + PAYLOAD_HEAD, 'latin1')
  bytes.write(text, textAt)
  bytes.writeUInt32LE(crc32(bytes.subarray(ENTRY_HEAD)), 4)
  return bytes
}

/** The entries up to the first that is torn or damaged, and how many bytes they take with the file's head. */
export function parseSegment(bytes: Buffer): { entries: SpoolEntry[]; length: number } {
  const entries: SpoolEntry[] = []
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return { entries, length: 0 }
  let at = MAGIC.length
  while (bytes.length - at >= ENTRY_HEAD + PAYLOAD_HEAD) {
    const size = bytes.readUInt32LE(at)
    const from = at + ENTRY_HEAD
    if (size < PAYLOAD_HEAD || size > ENTRY_MAX || bytes.length - from < size) break
    const payload = bytes.subarray(from, from + size)
    if (crc32(payload) !== bytes.readUInt32LE(at + 4)) break
    at = from + size
    const entry = parsePayload(payload)
    if (entry) entries.push(entry)
  }
  return { entries, length: at }
}

/** Undefined for a kind that this version does not know: it cannot be told whether it may go. */
function parsePayload(payload: Buffer): SpoolEntry | undefined {
  const textAt = PAYLOAD_HEAD + payload.readUInt8(4)
  const word = payload.toString('latin1', PAYLOAD_HEAD, textAt)
  const kind = RECORD_TYPES.find((one) => one === word)
  return kind && { kind, revision: payload.readUInt32LE(0), text: payload.toString('utf8', textAt) }
}

export class Segment {
  #file: FileHandle | undefined
  /** When its first entry came; performance.now(), which no clock moves. */
  readonly since = performance.now()
  /** Bytes behind the last entry may be on disk: of a write that failed. */
  #hasTail = false
  /** It may have been sent. */
  wasTried = false
  /** It is being sent. */
  inFlight = false
  /** It arrived; only its file is still there, as it cannot be removed. */
  isDone = false

  private constructor(
    readonly directory: string,
    readonly sequence: number,
    /** Idempotency key of the batch: as long as the file is there, over restarts. */
    readonly key: string,
    public records: number,
    /** Of the file, as far as it holds whole entries. */
    public bytes: number,
  ) {}

  /** A new one, and its name, on disk. */
  static async create(directory: string, sequence: number): Promise<Segment> {
    const segment = new Segment(directory, sequence, randomUUID(), 0, MAGIC.length)
    const file = await open(segment.path, 'wx', PRIVATE)
    try {
      await file.write(MAGIC, 0, MAGIC.length, 0)
      await syncDirectory(directory)
    } catch (error) {
      await file.close().catch(() => undefined)
      await removeFile(segment.path).catch(() => undefined)
      throw error
    }
    segment.#file = file
    return segment
  }

  /** One that is there, its torn end cut off; undefined for a file that is none. `cut` is in bytes. */
  static async recover(
    directory: string,
    name: string,
  ): Promise<{ segment: Segment; cut: number } | undefined> {
    const match = NAME.exec(name)
    if (!match) return undefined
    const bytes = await readFile(join(directory, name))
    const { entries, length } = parseSegment(bytes)
    const segment = new Segment(directory, Number(match[1]), match[2]!, entries.length, length)
    segment.wasTried = true
    const cut = bytes.length - length
    if (cut) await truncate(segment.path, length)
    return { segment, cut }
  }

  get path(): string {
    return join(this.directory, `${String(this.sequence).padStart(15, '0')}-${this.key}.spool`)
  }

  /** It takes no more: what was tried is not changed. */
  get isSealed(): boolean {
    return !this.#file
  }

  /** All of them are on disk when it resolves; after a failure none is, and it is sealed. */
  async append(entries: readonly Buffer[]): Promise<void> {
    const bytes = Buffer.concat(entries)
    const file = this.#file!
    try {
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await file.write(bytes, at, bytes.length - at, this.bytes + at)
        at += bytesWritten
      }
      await file.datasync()
    } catch (error) {
      this.#hasTail = await file.truncate(this.bytes).then(
        () => false,
        () => true,
      )
      await this.seal()
      throw error
    }
    this.bytes += bytes.length
    this.records += entries.length
  }

  async seal(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close().catch(() => undefined)
  }

  async read(): Promise<SpoolEntry[]> {
    const bytes = await readFile(this.path)
    return parseSegment(bytes.subarray(0, this.bytes)).entries
  }

  /** Keeps only these entries, durably; says how many went. The key stays: none of the rest goes under another. */
  async keep(isKept: (entry: SpoolEntry) => boolean): Promise<number> {
    const entries = await this.read()
    const kept = entries.filter(isKept)
    const gone = entries.length - kept.length
    if (!gone && !this.#hasTail) return 0
    await this.seal()
    if (kept.length) {
      const bytes = Buffer.concat([MAGIC, ...kept.map(packEntry)])
      await replaceFile(this.path, bytes, PRIVATE)
      this.bytes = bytes.length
    } else {
      await removeFile(this.path)
      await syncDirectory(this.directory)
    }
    this.records = kept.length
    this.#hasTail = false
    return gone
  }

  /** Not synced: if a crash brings it back, it goes out once more with the same key. */
  async remove(): Promise<void> {
    await this.seal()
    await removeFile(this.path)
  }
}
