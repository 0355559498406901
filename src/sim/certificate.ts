import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** A key and a certificate of its own for the origin, PEM both; made anew each time, and good for a day. */
export interface Identity {
  readonly key: string
  readonly cert: string
}

const DAY_MS = 86_400_000
const NAME = 'weir sim'

/** DER (X.690): a tag, a length, and what is in it. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const { length } = body
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from(head), body])
}

const sequence = (...parts: Uint8Array[]): Buffer => der(0x30, ...parts)
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'))
const integer = (bytes: Uint8Array): Buffer => der(0x02, bytes)
const bits = (bytes: Uint8Array): Buffer => der(0x03, Buffer.of(0), bytes)
const text = (value: string): Buffer => der(0x0c, Buffer.from(value))

/** GeneralizedTime, in seconds (RFC 5280 4.1.2.5.2). */
const time = (ms: number): Buffer =>
  der(0x18, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]|\..*/g, '')}Z`))

const ECDSA_SHA256 = oid('2a8648ce3d040302')
const COMMON_NAME = oid('550403')
const ALT_NAMES = oid('551d11')
const DNS_NAME = 0x82

/** Self-signed (RFC 5280), for `names`: as many as steps ask for. */
export function makeIdentity(names: readonly string[]): Identity {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const who = sequence(der(0x31, sequence(COMMON_NAME, text(NAME))))
  const now = Date.now()
  const alternatives = names.map((name) => der(DNS_NAME, Buffer.from(name, 'latin1')))
  const body = sequence(
    der(0xa0, integer(Buffer.of(2))), // version 3
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    sequence(ECDSA_SHA256),
    who,
    sequence(time(now - DAY_MS), time(now + DAY_MS)),
    who,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(ALT_NAMES, der(0x04, sequence(...alternatives))))),
  )
  const certificate = sequence(body, sequence(ECDSA_SHA256), bits(sign('sha256', body, privateKey)))
  const base64 = certificate.toString('base64').replace(/.{64}/g, '$&\n')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
  }
}
