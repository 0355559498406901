import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readBytes } from '../blocklist/listfile.js'
import { WeirError } from '../errors.js'

/** The key that signs rulesets: a PEM file, as `openssl genpkey -algorithm ed25519` makes it. */
export const readSigningKey = (path: string): KeyObject => readKey(path, createPrivateKey)

/** A key that is trusted: as `openssl pkey -pubout` writes it. */
export const readTrustedKey = (path: string): KeyObject => readKey(path, createPublicKey)

function readKey(path: string, parse: (pem: Buffer) => KeyObject): KeyObject {
  const bytes = readBytes(path)
  let key: KeyObject
  try {
    key = parse(bytes)
  } catch (cause) {
    throw new WeirError('WEIR_BAD_ARGUMENT', `${path} holds no key in PEM that can be read`, {
      cause,
    })
  }
  if (key.asymmetricKeyType === 'ed25519') return key
  throw new WeirError('WEIR_BAD_ARGUMENT', `${path} holds no Ed25519 key (RFC 8032)`)
}
