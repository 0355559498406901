import { createHash, randomBytes } from 'node:crypto'
import { open, readFile, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { WeirError } from '../errors.js'
import { HEADER, HEADER_LENGTH, headerChecksum, MAGIC, VERSION } from './format.js'

/** What a compiled file says about itself. */
export interface RulesetInfo {
  readonly version: number
  /** Rules read from the lists, double ones included. */
  readonly rules: number
  readonly nameEntries: number
  readonly prefixEntries: number
  /** In hexadecimal, of the whole file with the digest and the checksum as zeros. */
  readonly sha256: string
}

/**
 * Proves that `bytes` is whole and unchanged since it was compiled: to be done once, where a file comes
 * from outside. Throws WEIR_BAD_RULESET or WEIR_RULESET_VERSION. It says nothing about who compiled it.
 */
export function verifyRuleset(bytes: Uint8Array): RulesetInfo {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < HEADER_LENGTH || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new WeirError('WEIR_BAD_RULESET', 'this is no compiled ruleset')
  }
  const version = view.getUint16(HEADER.version, true)
  if (version !== VERSION || view.getUint32(HEADER.flags, true) !== 0) {
    throw new WeirError('WEIR_RULESET_VERSION', `the ruleset's format is version ${version}`)
  }
  const whole = view.getUint32(HEADER.fileLength, true) === bytes.length
  if (!whole || view.getUint32(HEADER.checksum, true) !== headerChecksum(bytes)) {
    throw new WeirError('WEIR_BAD_RULESET', 'the ruleset is truncated or its header is damaged')
  }
  const recorded = Buffer.from(bytes.subarray(HEADER.sha256, HEADER.sha256 + 32)).toString('hex')
  const header = new Uint8Array(bytes.subarray(0, HEADER_LENGTH)) // a Buffer's slice is no copy
  header.fill(0, HEADER.checksum, HEADER.checksum + 4)
  header.fill(0, HEADER.sha256, HEADER.sha256 + 32)
  const found = createHash('sha256')
    .update(header)
    .update(bytes.subarray(HEADER_LENGTH))
    .digest('hex')
  if (found !== recorded) {
    throw new WeirError('WEIR_BAD_RULESET', 'the ruleset was changed since it was compiled')
  }
  const count = (at: number): number => view.getUint32(at, true)
  return {
    version,
    rules: count(HEADER.rules),
    nameEntries: count(HEADER.names),
    prefixEntries: count(HEADER.prefixes4) + count(HEADER.prefixes6) + count(HEADER.prefixes6Long),
    sha256: recorded,
  }
}

/** Reads a compiled file and verifies it. */
export async function readRuleset(path: string): Promise<Uint8Array> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (cause) {
    throw new WeirError('WEIR_CANNOT_READ', `cannot read the ruleset ${path}`, { cause })
  }
  verifyRuleset(bytes)
  return bytes
}

/**
 * Puts a compiled ruleset at `path`, whole or not at all: whoever has the old file mapped keeps it,
 * and a crash leaves the old one or the new one.
 */
export async function writeRuleset(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const file = await open(temporary, 'wx', 0o644)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
    await syncDirectory(dirname(path))
  } catch (cause) {
    await unlink(temporary).catch(() => undefined)
    throw new WeirError('WEIR_CANNOT_WRITE', `cannot write the ruleset ${path}`, { cause })
  }
}

/** The rename itself is on disk only when its directory is. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
