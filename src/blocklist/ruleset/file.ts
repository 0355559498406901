import type { KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { WeirError } from '../../errors.js'
import { replaceFile } from '../../files/durable.js'
import { HEADER, HEADER_LENGTH, headerChecksum, MAGIC, VERSION } from './format.js'
import { digestOf, isSignedBy, keyNumberOf } from './seal.js'

/** What a compiled file says about itself. */
export interface RulesetInfo {
  readonly version: number
  /** Rules read from the lists, double ones included. */
  readonly rules: number
  readonly nameEntries: number
  readonly prefixEntries: number
  readonly patterns: number
  /** When the first rule expires, in seconds since 1970: time to compile again. Null: none does. */
  readonly expires: number | null
  /** In hexadecimal, of the whole file with what was written last as zeros. */
  readonly sha256: string
  /** In hexadecimal, which key signed: the first eight bytes of its SHA-256. Null: none did. */
  readonly signedBy: string | null
}

/**
 * Proves that `bytes` is whole and unchanged since it was compiled: to be done once, where a file comes
 * from outside. With `trusted`, public Ed25519 keys, one of them has to have signed it.
 * Throws WEIR_BAD_RULESET or WEIR_RULESET_VERSION.
 */
export function verifyRuleset(bytes: Uint8Array, trusted?: readonly KeyObject[]): RulesetInfo {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  checkHeader(bytes, view)
  const digest = digestOf(bytes)
  const recorded = bytes.subarray(HEADER.sha256, HEADER.sha256 + digest.length)
  if (Buffer.compare(digest, recorded) !== 0) {
    throw new WeirError('WEIR_BAD_RULESET', 'the ruleset was changed since it was compiled')
  }
  if (trusted !== undefined && !isSignedBy(bytes, digest, trusted)) {
    throw new WeirError('WEIR_BAD_RULESET', 'no trusted key signed the ruleset')
  }
  const count = (at: number): number => view.getUint32(at, true)
  const expires = Number(view.getBigUint64(HEADER.expires, true))
  return {
    version: VERSION,
    rules: count(HEADER.rules),
    nameEntries: count(HEADER.names),
    prefixEntries: count(HEADER.prefixes4) + count(HEADER.prefixes6) + count(HEADER.prefixes6Long),
    patterns: count(HEADER.patterns),
    expires: expires === 0 ? null : expires,
    sha256: digest.toString('hex'),
    signedBy: keyNumberOf(bytes),
  }
}

/** The checks that are as fast for a long file as for a short one. */
function checkHeader(bytes: Uint8Array, view: DataView): void {
  if (bytes.length < HEADER.checksum || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new WeirError('WEIR_BAD_RULESET', 'this is no compiled ruleset')
  }
  const version = view.getUint16(HEADER.version, true)
  if (version !== VERSION) {
    throw new WeirError('WEIR_RULESET_VERSION', `the ruleset's format is version ${version}`)
  }
  const isWhole =
    bytes.length >= HEADER_LENGTH && view.getUint32(HEADER.fileLength, true) === bytes.length
  if (!isWhole || view.getUint32(HEADER.checksum, true) !== headerChecksum(bytes)) {
    throw new WeirError('WEIR_BAD_RULESET', 'the ruleset is truncated or its header is damaged')
  }
  if (view.getUint32(HEADER.flags, true) !== 0) {
    throw new WeirError(
      'WEIR_RULESET_VERSION',
      'the ruleset asks for what this version does not know',
    )
  }
}

/** Reads a compiled file and verifies it, as `verifyRuleset` does. */
export async function readRuleset(
  path: string,
  trusted?: readonly KeyObject[],
): Promise<Uint8Array> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (cause) {
    throw new WeirError('WEIR_CANNOT_READ', `cannot read the ruleset ${path}`, { cause })
  }
  verifyRuleset(bytes, trusted)
  return bytes
}

/**
 * Puts a compiled ruleset at `path`, whole or not at all: whoever has the old file mapped keeps it,
 * and a crash leaves the old one or the new one.
 */
export function writeRuleset(path: string, bytes: Uint8Array): Promise<void> {
  return replaceFile(path, bytes)
}
