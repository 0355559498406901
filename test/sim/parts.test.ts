import { X509Certificate } from 'node:crypto'
import { createPrivateKey } from 'node:crypto'
import { expect, it } from 'vitest'
import { decode, encode } from 'dns-packet'
import { makeIdentity } from '../../src/sim/certificate.js'
import { answerDns } from '../../src/sim/dns.js'
import { readSight } from '../../src/tun/sight.js'

it('the origin’s certificate is one, for its names and its key', () => {
  const names = Array.from({ length: 100 }, (_, i) => `name-${i}.example.test`)
  const { key, cert } = makeIdentity(names)
  const certificate = new X509Certificate(cert)
  expect(certificate.verify(certificate.publicKey)).toBe(true)
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true)
  expect(certificate.checkHost('name-99.example.test')).toBe('name-99.example.test')
  expect(certificate.checkHost('other.test')).toBeUndefined()
  expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now())
})

const ADDRESSES = ['198.51.100.80', '2001:db8::80']
const query = (type: 'A' | 'AAAA' | 'TXT') =>
  encode({ type: 'query', id: 7, questions: [{ type, name: 'A.test' }] })

it('the origin’s resolver knows names and nothing else', () => {
  const asked: string[] = []
  const lookUp = (name: string) => (asked.push(name), ADDRESSES)
  expect(decode(answerDns(query('A'), lookUp)!)).toMatchObject({
    id: 7,
    rcode: 'NOERROR',
    answers: [{ type: 'A', name: 'A.test', data: '198.51.100.80' }],
  })
  expect(decode(answerDns(query('AAAA'), lookUp)!).answers).toMatchObject([
    { data: '2001:db8::80' },
  ])
  expect(decode(answerDns(query('TXT'), lookUp)!).answers).toEqual([])
  expect(asked).toEqual(['a.test', 'a.test', 'a.test'])
  expect(answerDns(answerDns(query('A'), lookUp)!, lookUp)).toBeUndefined() // an answer
})

/** A deterministic generator: the same bytes each time. */
function* noise(count: number): Generator<Buffer> {
  let state = 1
  const next = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 16
  for (let i = 0; i < count; i++)
    yield Buffer.from(Array.from({ length: next() % 128 }, () => next() & 255))
}

it('neither resolver nor tap minds what bytes they get', () => {
  const whole = query('A')
  for (let i = 0; i < whole.length; i++)
    expect(answerDns(whole.subarray(0, i), () => [])).toBeUndefined()
  for (const bytes of noise(5000)) {
    answerDns(bytes, () => ADDRESSES)
    readSight(bytes)
    if (bytes.length) readSight(Buffer.concat([Buffer.of(0x45), bytes, Buffer.alloc(40, 1)]))
    readSight(Buffer.concat([Buffer.of(0x60), bytes]))
  }
})

it('a tap tells TCP, and what an ICMP error is about', () => {
  const tcp = Buffer.from(
    '4500002c000040004006000001020304050607089c4001bb00000000000000005014000000000000deadbeef',
    'hex',
  )
  expect(readSight(tcp)).toEqual({
    transport: 6,
    from: { ip: '1.2.3.4', port: 40000 },
    to: { ip: '5.6.7.8', port: 443 },
    payload: 4,
    syn: false,
    rst: true,
  })
  const error = Buffer.concat([
    Buffer.from('4500004800000000400100000506070801020304030d000000000000', 'hex'),
    tcp,
  ])
  expect(readSight(error)).toMatchObject({
    transport: 1,
    about: { from: { ip: '1.2.3.4', port: 40000 }, to: { ip: '5.6.7.8', port: 443 } },
  })
})
