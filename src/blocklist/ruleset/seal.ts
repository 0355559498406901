import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { WeirError } from '../../errors.js'
import { HEADER, HEADER_LENGTH, headerChecksum, MAGIC, VERSION } from './format.js'
import { writeNumber } from './sections.js'

const SIGNED = Buffer.from('weir ruleset v4')
const KEY_NUMBER_LENGTH = 8
const SIGNATURE_LENGTH = 64
const KEY_LENGTH = 32

/** SHA-256 of the file as it was before it was sealed. */
export function digestOf(file: Uint8Array): Buffer {
  const header = new Uint8Array(file.subarray(0, HEADER_LENGTH)) // a Buffer's slice is no copy
  header.fill(0, HEADER.checksum, HEADER.checksum + 4)
  header.fill(0, HEADER.sha256, HEADER.sha256 + 32)
  header.fill(0, HEADER.keyNumber, HEADER.signature + SIGNATURE_LENGTH)
  return createHash('sha256').update(header).update(file.subarray(HEADER_LENGTH)).digest()
}

/** First bytes of the SHA-256 of an Ed25519 key: tells which key signed. */
function keyNumber(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  const der = publicKey.export({ type: 'spki', format: 'der' })
  const raw = der.subarray(der.length - KEY_LENGTH) // the last field of RFC 8410, 4
  return createHash('sha256').update(raw).digest().subarray(0, KEY_NUMBER_LENGTH)
}

function checkKey(key: KeyObject, type: 'private' | 'public'): void {
  if (key.asymmetricKeyType === 'ed25519' && (key.type === type || key.type === 'private')) return
  throw new WeirError('WEIR_BAD_ARGUMENT', `an Ed25519 ${type} key is expected (RFC 8032)`)
}

/** Writes what is the same in every file, then digest, signature, and the checksum over all of the header. */
export function seal(file: Uint8Array, key?: KeyObject): void {
  file.set(MAGIC)
  writeNumber(file, HEADER.version, VERSION, 2)
  writeNumber(file, HEADER.fileLength, file.length, 4)
  const digest = digestOf(file)
  file.set(digest, HEADER.sha256)
  if (key !== undefined) {
    checkKey(key, 'private')
    file.set(keyNumber(key), HEADER.keyNumber)
    file.set(sign(null, Buffer.concat([SIGNED, digest]), key), HEADER.signature)
  }
  writeNumber(file, HEADER.checksum, headerChecksum(file), 4)
}

/** Whether one of the keys signed the file, whose digest this is. */
export function isSignedBy(
  file: Uint8Array,
  digest: Uint8Array,
  keys: readonly KeyObject[],
): boolean {
  const number = file.subarray(HEADER.keyNumber, HEADER.keyNumber + KEY_NUMBER_LENGTH)
  const signature = file.subarray(HEADER.signature, HEADER.signature + SIGNATURE_LENGTH)
  const text = Buffer.concat([SIGNED, digest])
  return keys.some((key) => {
    checkKey(key, 'public')
    return Buffer.compare(keyNumber(key), number) === 0 && verify(null, text, key, signature)
  })
}

/** Which key signed, in hexadecimal; null where none did. */
export function keyNumberOf(file: Uint8Array): string | null {
  const number = file.subarray(HEADER.keyNumber, HEADER.keyNumber + KEY_NUMBER_LENGTH)
  return number.every((byte) => byte === 0) ? null : Buffer.from(number).toString('hex')
}
