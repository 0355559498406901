// A capture whose every payload holds secrets: paths, queries, headers, cookies, credentials, certificates, TXT.
import { join, prefixed, u16, u24, u32, u8 } from '../../fixtures/make/bytes.js'
import { pcap } from '../../fixtures/make/captures.js'
import { sealInitial } from '../../fixtures/make/quic.js'
import { type Ends, tcpFlow, udp } from '../support/packets.js'

/** In every secret, twice, so that a piece of one is found as well. */
const MARK = 'zqcanary'

/** Secrets by name, as they stand in the capture; those of sealed packets are not to be seen there. */
export const secrets = new Set<string>()

function secret(name: string, isSealed = false): string {
  const text = `${MARK}-${name}-${MARK}`
  if (!isSealed) secrets.add(text)
  return text
}

const text = (name: string): Buffer => Buffer.from(secret(name))

/** What randoms and session identifiers have. */
const thirtyTwo = (of: Uint8Array): Buffer => join(of, Buffer.alloc(32)).subarray(0, 32)

let ports = 20_000
const ends = (host: number, port: number): Ends => ({
  client: ['192.0.2.10', ++ports],
  server: [`203.0.113.${host}`, port],
})

/** A flow of TCP whose request and answer are bytes. */
const flow = (host: number, port: number, up: Uint8Array, down: Uint8Array): Uint8Array[] =>
  tcpFlow(
    ends(host, port),
    Buffer.from(up).toString('latin1'),
    Buffer.from(down).toString('latin1'),
  )

const lines = (...all: string[]): Buffer => Buffer.from(`${all.join('\r\n')}\r\n`)

function http(): Uint8Array[] {
  const request = lines(
    `POST /${secret('path')}/x?${secret('query')}=${secret('value')}#f HTTP/1.1`,
    'Host: www.shop.example',
    `User-Agent: ${secret('agent')}`,
    `Cookie: sid=${secret('cookie')}`,
    `Authorization: Basic ${Buffer.from(secret('basic', true)).toString('base64')}`,
    `Referer: http://www.shop.example/${secret('referer')}`,
    `${secret('header')}: x`,
    'Content-Length: 100',
    '',
    secret('body').padEnd(100),
  )
  const answer = lines(
    `HTTP/1.1 302 ${secret('phrase')}`,
    `Location: /${secret('location')}`,
    `Set-Cookie: a=${secret('set-cookie')}`,
    'Content-Length: 40',
    '',
    secret('answer').padEnd(40),
  )
  const absolute = lines(
    `GET http://${secret('userinfo')}:x@www.proxied.example/${secret('absolute')} HTTP/1.1`,
    'Host: www.proxied.example',
    '',
  )
  const connect = lines(
    'CONNECT www.tunnel.example:443 HTTP/1.1',
    'Host: www.tunnel.example:443',
    `Proxy-Authorization: Bearer ${secret('bearer')}`,
    '',
  )
  const strange = lines(`GET / HTTP/1.1`, `Host: not a name ${secret('host')}`, '')
  const none = new Uint8Array()
  return [
    ...flow(1, 80, request, answer),
    ...flow(2, 8080, absolute, none),
    ...flow(3, 3128, connect, lines('HTTP/1.1 200 OK', '', secret('tunnelled'))),
    ...flow(4, 80, strange, none),
    ...flow(
      5,
      80,
      upgrade(),
      lines('HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', '', secret('frame')),
    ),
  ]
}

const upgrade = (): Buffer =>
  lines(
    `GET /${secret('socket')} HTTP/1.1`,
    'Host: www.socket.example',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${secret('key')}`,
    'Sec-WebSocket-Version: 13',
    '',
  )

/** RFC 9113: literal fields without indexing, RFC 7541 6.2.2. */
function http2(): Uint8Array[] {
  const string = (value: string): Buffer => prefixed(1, Buffer.from(value))
  const field = (name: string, value: string): Buffer => join(u8(0), string(name), string(value))
  const fields = join(
    field(':method', 'GET'),
    field(':scheme', 'http'),
    field(':path', `/${secret('h2-path')}`),
    field(':authority', 'www.second.example'),
    field('cookie', secret('h2-cookie')),
  )
  const frame = (type: number, flags: number, stream: number, body: Buffer): Buffer =>
    join(u24(body.length), u8(type, flags), u32(stream), body)
  const up = join(
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    frame(4, 0, 0, Buffer.alloc(0)),
    frame(1, 5, 1, fields),
    frame(0, 1, 1, text('h2-data')),
  )
  return flow(6, 80, up, frame(4, 0, 0, Buffer.alloc(0)))
}

const extension = (type: number, body: Uint8Array): Buffer => join(u16(type), prefixed(2, body))

/** A ClientHello that has secrets wherever it may have bytes of its own. */
function clientHello(host: string, isSealed: boolean): Buffer {
  const own = (name: string): Buffer => Buffer.from(secret(name, isSealed))
  const name = prefixed(2, join(u8(0), prefixed(2, Buffer.from(host))))
  const identity = prefixed(2, join(prefixed(2, own('psk')), u32(0)))
  const body = join(
    u16(0x0303),
    thirtyTwo(own('hello-random')),
    prefixed(1, thirtyTwo(own('session'))),
    prefixed(2, u16(0x1301, 0xc02f)),
    prefixed(1, u8(0)),
    prefixed(
      2,
      join(
        extension(0, name),
        extension(16, prefixed(2, prefixed(1, Buffer.from('h2')))),
        extension(35, own('ticket')),
        extension(43, prefixed(1, u16(0x0304))),
        extension(44, prefixed(2, own('hello-cookie'))),
        extension(0xfe0d, own('ech')),
        extension(21, own('padding')),
        extension(41, join(identity, prefixed(2, prefixed(1, own('binder'))))),
      ),
    ),
  )
  return join(u8(1), prefixed(3, body))
}

const tlsRecord = (type: number, body: Uint8Array): Buffer =>
  join(u8(type), u16(0x0303), prefixed(2, body))

/** As much of X.509 as a reader of names would look for. */
const certificate = (name: string): Buffer => {
  const common = join(u8(0x06, 3, 0x55, 4, 3), u8(0x0c), prefixed(1, text(name)))
  return join(u8(0x30, 0x82), prefixed(2, join(u8(0x30), prefixed(1, common))))
}

function tls(): Uint8Array[] {
  const server = join(
    u16(0x0303),
    thirtyTwo(text('server-random')),
    prefixed(1, thirtyTwo(text('server-session'))),
    u16(0xc02f),
    u8(0),
    prefixed(2, extension(16, prefixed(2, prefixed(1, Buffer.from('h2'))))),
  )
  const chain = prefixed(
    3,
    join(prefixed(3, certificate('leaf')), prefixed(3, certificate('issuer'))),
  )
  const down = join(
    tlsRecord(22, join(u8(2), prefixed(3, server))),
    tlsRecord(22, join(u8(11), prefixed(3, chain))),
    tlsRecord(23, text('tls-data-down')),
  )
  const up = join(
    tlsRecord(22, clientHello('www.secure.example', false)),
    tlsRecord(22, join(u8(11), prefixed(3, prefixed(3, prefixed(3, certificate('client')))))),
    tlsRecord(23, text('tls-data-up')),
  )
  return flow(7, 443, up, down)
}

function quic(): Uint8Array[] {
  const to = ends(8, 443)
  const hello = clientHello('www.quick.example', true)
  const varint = (value: number): Buffer => u16(0x4000 | value)
  const frames = join(u8(6, 0), varint(hello.length), hello, Buffer.alloc(700))
  const dcid = Buffer.from('8394c8f03e515708', 'hex')
  const token = text('quic-token').subarray(0, 60)
  return [
    udp(to, sealInitial('v1', { dcid, token, number: 0 }, frames)),
    udp(to, join(u8(0x40), dcid, text('quic-data'))),
  ]
}

function dns(): Uint8Array[] {
  const name = (host: string): Buffer =>
    join(...host.split('.').map((label) => prefixed(1, Buffer.from(label))), u8(0))
  const answer = (type: number, data: Uint8Array): Buffer =>
    join(u16(0xc00c, type, 1), u32(60), prefixed(2, data))
  const string = (what: string): Buffer => prefixed(1, text(what))
  const option = (code: number, what: string): Buffer => join(u16(code), prefixed(2, text(what)))
  const edns = (what: string): Buffer =>
    join(
      u8(0),
      u16(41, 1232),
      u32(0),
      prefixed(2, join(option(10, what), option(65_001, `${what}-own`))),
    )
  const question = join(name('txt.shop.example'), u16(16, 1))
  const query = join(u16(7, 0x0100, 1, 0, 0, 1), question, edns('edns-query'))
  const answers = [
    answer(16, join(string('txt'), string('txt-more'))),
    answer(13, join(string('hinfo'), string('hinfo-os'))),
    answer(257, join(u8(0), prefixed(1, Buffer.from('issue')), text('caa'))),
    answer(10, text('null')),
    answer(65_280, text('private-type')),
  ]
  const response = join(
    u16(7, 0x8180, 1, answers.length, 0, 1),
    question,
    ...answers,
    edns('edns-answer'),
  )
  const to = ends(53, 53)
  const broken = response.subarray(0, response.length - 20)
  return [
    udp(to, query),
    udp(to, response, true),
    udp(ends(53, 53), broken, true),
    ...flow(53, 53, prefixed(2, query), prefixed(2, response)),
  ]
}

/** Protocols of lines, each with what nobody else is to read. */
function others(): Uint8Array[] {
  const say = (name: string): string => secret(name)
  const mqtt = join(
    prefixed(2, Buffer.from('MQTT')),
    u8(4, 0xc2),
    u16(60),
    ...['mqtt-client', 'mqtt-user', 'mqtt-password'].map((name) => prefixed(2, text(name))),
  )
  const tcp: readonly (readonly [
    port: number,
    up: Uint8Array | string,
    down: Uint8Array | string,
  ])[] = [
    [
      25,
      `EHLO ${say('ehlo')}\r\nMAIL FROM:<${say('mail')}@x>\r\nDATA\r\n${say('mail-body')}\r\n`,
      `220 mx.example ESMTP ${say('smtp-banner')}\r\n`,
    ],
    [21, `USER ${say('ftp-user')}\r\nPASS ${say('ftp-pass')}\r\n`, `220 ${say('ftp-banner')}\r\n`],
    [110, `USER ${say('pop-user')}\r\nPASS ${say('pop-pass')}\r\n`, `+OK ${say('pop-banner')}\r\n`],
    [143, `a LOGIN ${say('imap-user')} ${say('imap-pass')}\r\n`, `* OK ${say('imap-banner')}\r\n`],
    [1883, join(u8(0x10), prefixed(1, mqtt)), u8(0x20, 2, 0, 0)],
    [6379, `*2\r\n$4\r\nAUTH\r\n$${say('redis').length}\r\n${say('redis')}\r\n`, '+OK\r\n'],
    [
      6667,
      `NICK ${say('irc-nick')}\r\nUSER a 0 * :${say('irc-name')}\r\n`,
      `:irc.example 001 ${say('irc-welcome')}\r\n`,
    ],
    [22, `SSH-2.0-${say('ssh-client')}\r\n`, `SSH-2.0-${say('ssh-server')}\r\n`],
    [5432, join(prefixed(1, text('pg')), text('pg-user')), text('pg-answer')],
    [
      1080,
      join(u8(5, 1, 2), u8(1), prefixed(1, text('socks-user')), prefixed(1, text('socks-pass'))),
      u8(5, 2),
    ],
    [
      554,
      `DESCRIBE rtsp://cam.example/${say('rtsp-path')} RTSP/1.0\r\nCSeq: 1\r\n\r\n`,
      'RTSP/1.0 200 OK\r\n\r\n',
    ],
    [11_211, `set ${say('memcached-key')} 0 0 3\r\n${say('memcached-value')}\r\n`, 'STORED\r\n'],
    [4444, say('unknown-up'), say('unknown-down')],
  ]
  const datagrams: readonly (readonly [port: number, body: Uint8Array | string])[] = [
    [
      5060,
      `INVITE sip:${say('sip-to')}@pbx.example SIP/2.0\r\nFrom: <sip:${say('sip-from')}@x>\r\nCall-ID: ${say('sip-call')}\r\n\r\n`,
    ],
    [514, `<34>Oct 11 22:14:15 ${say('syslog-host')} su: ${say('syslog-text')}`],
    [161, join(u8(0x30, 60), u8(2, 1, 1), u8(4), prefixed(1, text('community')))],
    [69, join(u16(1), text('tftp-file'), u8(0), Buffer.from('octet'), u8(0))],
    [4500, text('ike')],
    [9999, text('datagram')],
  ]
  const bytes = (from: Uint8Array | string): Uint8Array =>
    typeof from === 'string' ? Buffer.from(from) : from
  return [
    ...tcp.flatMap(([port, up, down], i) => flow(20 + i, port, bytes(up), bytes(down))),
    ...datagrams.map(([port, body], i) => udp(ends(60 + i, port), bytes(body))),
  ]
}

/** Names that are in the capture to be found, so that nothing found is not nothing read. */
export const HOSTS = [
  'www.shop.example',
  'www.proxied.example',
  'www.socket.example',
  'www.second.example',
  'www.secure.example',
  'www.quick.example',
  'txt.shop.example',
]

/** The capture, raw IP. */
export function canaryCapture(): Buffer {
  const packets = [...dns(), ...http(), ...http2(), ...tls(), ...quic(), ...others()]
  const frames = packets.map((bytes, i) => ({
    time: 1_780_000_000_000_000_000n + BigInt(i) * 1_000_000n,
    bytes,
  }))
  return pcap({ linkType: 101 }, frames)
}

/** Texts of the mark in other clothes: base64 has three places for it to begin. */
const disguises: readonly string[] = [
  MARK,
  Buffer.from(MARK).toString('hex'),
  [...Buffer.from(MARK)].join(','),
  Array.from(MARK).reverse().join(''),
  ...[0, 1, 2].map((shift) =>
    Buffer.from('x'.repeat(shift) + MARK + 'x'.repeat((3 - ((shift + MARK.length) % 3)) % 3))
      .toString('base64')
      .slice(shift === 0 ? 0 : shift + 1, -4),
  ),
]

/** Lines that hold a secret or a piece of one, in whatever clothes. */
export function leaks(output: Uint8Array | string): string[] {
  const found: string[] = []
  const all = typeof output === 'string' ? output : Buffer.from(output).toString('latin1')
  for (const line of all.split('\n')) {
    const lower = line.toLowerCase()
    const isLeak = disguises.some((text) => line.includes(text) || lower.includes(text))
    if (isLeak) found.push(line.slice(0, 300))
  }
  return found
}
