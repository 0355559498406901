import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { WeirError } from '../errors.js'

interface PublicKey {
  readonly id: Buffer
  readonly key: KeyObject
}

const TRUSTED = 'trusted comment: '
const TEXT_MAX = 16_384

/** A public key as `minisign -G` prints it. Throws WEIR_BAD_ARGUMENT. */
export function parsePublicKey(text: string): PublicKey {
  const bytes = fromBase64(text, 42)
  if (bytes?.toString('latin1', 0, 2) !== 'Ed') {
    throw new WeirError('WEIR_BAD_ARGUMENT', `"${text}" is no public key of minisign`)
  }
  const x = bytes.subarray(10).toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return { id: bytes.subarray(2, 10), key }
}

/**
 * Checks the signature of `bytes` and that of its trusted comment, which it returns. Both kinds are taken:
 * over the file ('Ed') and over its BLAKE2b-512 ('ED'). Throws WEIR_FEED_REFUSED.
 */
export function checkSignature(bytes: Uint8Array, publicKey: string, text: string): string {
  const { id, key } = parsePublicKey(publicKey)
  const { algorithm, keyId, signature, comment, global } = parseSignature(text)
  if (!keyId.equals(id)) {
    throw refused(`it is signed with another key (${idText(keyId)}, not ${idText(id)})`)
  }
  const signed = algorithm === 'ED' ? createHash('blake2b512').update(bytes).digest() : bytes
  if (!verify(null, signed, key, signature)) throw refused('its signature is not valid')
  const whole = Buffer.concat([signature, Buffer.from(comment)])
  if (!verify(null, whole, key, global)) throw refused('its trusted comment is not valid')
  return comment
}

function parseSignature(text: string) {
  const [untrusted = '', blob = '', trusted = '', last = ''] = text
    .slice(0, TEXT_MAX)
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
  const bytes = fromBase64(blob, 74)
  const global = fromBase64(last, 64)
  const algorithm = bytes?.toString('latin1', 0, 2)
  const isKnown = algorithm === 'Ed' || algorithm === 'ED'
  const hasComments = untrusted.startsWith('untrusted comment:') && trusted.startsWith(TRUSTED)
  if (!bytes || !global || !isKnown || !hasComments)
    throw refused('the .minisig beside it is no signature of minisign')
  return {
    algorithm,
    keyId: bytes.subarray(2, 10),
    signature: bytes.subarray(10),
    comment: trusted.slice(TRUSTED.length),
    global,
  }
}

/** `length` bytes and nothing else: Node's own decoder takes anything. */
function fromBase64(text: string, length: number): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === length && bytes.toString('base64') === text ? bytes : undefined
}

/** As minisign prints it: the number is little-endian. */
const idText = (id: Buffer): string => Buffer.from(id).reverse().toString('hex').toUpperCase()

const refused = (why: string): WeirError => new WeirError('WEIR_FEED_REFUSED', why)
