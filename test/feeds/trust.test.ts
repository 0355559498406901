import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findSum } from '../../src/feeds/checksum.js'
import { checkSignature, parsePublicKey } from '../../src/feeds/minisign.js'
import { answer, FeedServer, serve } from './server.js'
import { names, TestStore } from './support.js'

let server: FeedServer
let store: TestStore
beforeAll(async () => {
  server = await FeedServer.start()
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(() => {
  store = new TestStore()
})
afterEach(() => store[Symbol.dispose]())

const LIST = names(50)
const sum = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex')

describe('a checksum', () => {
  it('that is pinned lets the list pass, of the file as it is published', async () => {
    server.on('/l.gz', serve(gzipSync(LIST)))
    await store.add(server.url('/l.gz'), { sha256: sum(gzipSync(LIST)) })
    expect(await store.updateOne()).toMatchObject({ outcome: 'updated' })
  })

  it('that differs leaves the last good copy', async () => {
    server.inTurn('/l', serve(LIST), serve(`${LIST}more.test\n`))
    const name = await store.add(server.url('/l'), { sha256: sum(LIST) })
    await store.updateOne()
    const result = await store.updateOne()
    expect(result).toMatchObject({ outcome: 'failed', code: 'WEIR_FEED_REFUSED' })
    expect(result.message).toContain(sum(LIST))
    expect(store.content(name)).toBe(LIST)
    expect(store.content(name, 'part')).toBeUndefined()
  })

  it('is read from a file of them', async () => {
    server.on('/l.txt', serve(LIST))
    server.on('/SUMS', serve(`${sum('x')}  other.txt\n${sum(LIST)} *dist/l.txt\n`))
    await store.add(server.url('/l.txt'), { sha256: server.url('/SUMS') })
    expect(await store.updateOne()).toMatchObject({ outcome: 'updated' })
    server.on('/l.txt', serve(names(60)))
    expect(await store.updateOne()).toMatchObject({ code: 'WEIR_FEED_REFUSED' })
    server.on('/SUMS', answer(404))
    expect(await store.updateOne()).toMatchObject({ code: 'WEIR_FETCH_FAILED' })
    server.on('/SUMS', serve('x'.repeat((1 << 20) + 1)))
    expect((await store.updateOne()).message).toMatch(/too long for a checksum/)
  })

  const hex = sum('')
  it.each([
    [`${hex}  l.txt\n`, hex],
    [`${hex} *./a/l.txt\r\n`, hex],
    [`SHA256 (l.txt) = ${hex.toUpperCase()}\n`, hex],
    [`${hex}\n`, hex],
    [`# comment\n${sum('y')}  m.txt\n${hex}  l.txt`, hex],
  ])('is found in %j', (text, expected) => {
    expect(findSum(text, 'l.txt')).toBe(expected)
  })

  it.each(['', `${hex}  m.txt\n`, `${hex}\n${hex}\n`, 'l.txt', `${hex.slice(1)}  l.txt`])(
    'is not found in %j',
    (text) => {
      expect(() => findSum(text, 'l.txt')).toThrow(/has none for l.txt/)
    },
  )
})

/** A key of minisign, and what it signs. */
function makeSigner() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const id = Buffer.from('0123456789abcdef', 'hex')
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url')
  return {
    key: Buffer.concat([Buffer.from('Ed'), id, raw]).toString('base64'),
    sign: (bytes: string, algorithm: 'Ed' | 'ED', comment = 'of today') =>
      minisig(privateKey, id, bytes, algorithm, comment),
  }
}

function minisig(
  key: KeyObject,
  id: Buffer,
  text: string,
  algorithm: string,
  comment: string,
): string {
  const bytes = Buffer.from(text)
  const signed = algorithm === 'ED' ? createHash('blake2b512').update(bytes).digest() : bytes
  const signature = sign(null, signed, key)
  const blob = Buffer.concat([Buffer.from(algorithm), id, signature]).toString('base64')
  const global = sign(null, Buffer.concat([signature, Buffer.from(comment)]), key)
  return [
    'untrusted comment: by a test',
    blob,
    `trusted comment: ${comment}`,
    global.toString('base64'),
    '',
  ].join('\n')
}

describe('a signature', () => {
  it.each(['Ed', 'ED'] as const)(
    'of kind %s lets the list pass, and nothing else',
    async (kind) => {
      const { key, sign } = makeSigner()
      server.on('/l.txt', serve(LIST))
      server.on('/l.txt.minisig', serve(sign(LIST, kind)))
      const name = await store.add(server.url('/l.txt'), { minisign: key })
      expect(await store.updateOne()).toMatchObject({ outcome: 'updated' })
      server.on('/l.txt', serve(names(60)))
      expect(await store.updateOne()).toMatchObject({
        code: 'WEIR_FEED_REFUSED',
        message: 'its signature is not valid',
      })
      server.on('/l.txt.minisig', answer(404))
      expect(await store.updateOne()).toMatchObject({ code: 'WEIR_FETCH_FAILED' })
      expect(store.content(name)).toBe(LIST)
    },
  )

  const { key, sign } = makeSigner()
  const bytes = Buffer.from(LIST)

  it('vouches for its trusted comment', () => {
    const text = sign(LIST, 'ED', 'version 7')
    expect(checkSignature(bytes, key, text)).toBe('version 7')
    expect(() => checkSignature(bytes, key, text.replace('version 7', 'version 8'))).toThrow(
      /comment is not valid/,
    )
  })

  it('of another key is refused, whatever number it says', () => {
    const other = makeSigner()
    expect(() => checkSignature(bytes, key, other.sign(LIST, 'ED'))).toThrow(
      /signature is not valid/,
    )
    const renamed = Buffer.from(key, 'base64')
    renamed[2]! ^= 1
    expect(() => checkSignature(bytes, renamed.toString('base64'), sign(LIST, 'ED'))).toThrow(
      /signed with another key \(EFCDAB8967452301, not EFCDAB8967452300\)/,
    )
  })

  it('is whole or nothing: every line and every length', () => {
    const text = sign(LIST, 'Ed')
    for (let length = 0; length < text.length - 1; length++) {
      expect(() => checkSignature(bytes, key, text.slice(0, length))).toThrow()
    }
    expect(checkSignature(bytes, key, text.replaceAll('\n', '\r\n'))).toBe('of today')
    expect(() => checkSignature(bytes, key, text.replace(/\nRWQ/, '\nRWX'))).toThrow()
  })

  // Made by minisign itself: the file is "test".
  it.each([
    [
      'RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=',
      'timestamp:1556193335\tfile:test',
      'y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==',
    ],
  ])('of the real program is taken', (signature, comment, global) => {
    const real = 'RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3'
    const text = `untrusted comment: signature\n${signature}\ntrusted comment: ${comment}\n${global}\n`
    expect(checkSignature(Buffer.from('test'), real, text)).toBe(comment)
    expect(() => checkSignature(Buffer.from('Test'), real, text)).toThrow()
  })

  it.each(['', 'RWQ', 'x'.repeat(56), Buffer.alloc(42).toString('base64')])(
    'wants a key: not %j',
    (text) => {
      expect(() => parsePublicKey(text)).toThrow(/no public key/)
    },
  )
})
