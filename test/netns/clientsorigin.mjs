// What allowed flows of every client are sent to, on one port: HTTP/1 and HTTP/2, with TLS and without, DNS over
// both transports, and SSH; QUIC is handed on to a server beside it. All say whom they were asked for.
// node clientsorigin.mjs CERTIFICATE KEY HOSTS SSHD-CONFIG QUIC-PORT ADDRESS...
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createSecureServer, createServer as createClearServer } from 'node:http2'
import { createServer as createNetServer } from 'node:net'

const [certFile, keyFile, hostsFile, sshdConfig, quicPort, ...addresses] = process.argv.slice(2)
const PORT = 8080
const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile), allowHTTP1: true }

const respond = (request, response) => {
  const host = request.headers[':authority'] ?? request.headers.host
  response.setHeader('content-type', 'text/html')
  response.end(
    `<!doctype html><title>origin</title><p>reached ${host} HTTP/${request.httpVersion}\n`,
  )
}
const servers = {
  http1: createServer(respond),
  http2: createClearServer(respond),
  tls: createSecureServer(tls, respond),
}

/** Name to addresses: that of IPv4, that of IPv6. */
const zone = new Map()
for (const line of readFileSync(hostsFile, 'utf8').split('\n')) {
  const [address, name] = line.split(' ')
  if (!name) continue
  zone.set(name, { ...zone.get(name), [address.includes(':') ? 28 : 1]: address })
}

const addressBytes = (address) => {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number))
  const [front, back = ''] = address.split('::')
  const words = (text) => (text ? text.split(':').map((word) => parseInt(word, 16)) : [])
  const zeros = Array(8 - words(front).length - words(back).length).fill(0)
  const bytes = Buffer.alloc(16)
  ;[...words(front), ...zeros, ...words(back)].forEach((word, i) =>
    bytes.writeUInt16BE(word, 2 * i),
  )
  return bytes
}

function answerDns(query) {
  const labels = []
  let at = 12
  while (query[at]) {
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]))
    at += 1 + query[at]
  }
  const type = query.readUInt16BE(at + 1)
  const address = zone.get(labels.join('.').toLowerCase())?.[type]
  const head = Buffer.from(query.subarray(0, at + 5))
  head.writeUInt16BE(0x8180, 2)
  head.writeUInt16BE(address ? 1 : 0, 6)
  head.writeUInt32BE(0, 8)
  if (!address) return head
  const data = addressBytes(address)
  return Buffer.concat([
    head,
    Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]),
    data,
  ])
}

function dnsOverTcp(socket) {
  let bytes = Buffer.alloc(0)
  socket.on('data', (more) => {
    bytes = Buffer.concat([bytes, more])
    if (bytes.length < 2 || bytes.length < 2 + bytes.readUInt16BE(0)) return
    const message = answerDns(bytes.subarray(2))
    socket.end(Buffer.concat([Buffer.from([0, message.length]), message]))
  })
}

function ssh(socket) {
  const child = spawn('/usr/sbin/sshd', ['-i', '-f', sshdConfig], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin.on('error', () => {})
  socket.pipe(child.stdin)
  child.stdout.pipe(socket)
}

function open(socket) {
  socket.on('error', () => {})
  socket.once('readable', () => {
    const first = socket.read(1)
    if (!first) return
    socket.unshift(first)
    if (first[0] === 0) return dnsOverTcp(socket)
    if (first[0] === 0x53) return ssh(socket)
    // Of the methods that come here only HTTP/2's preface begins with a P.
    const server = { 0x16: 'tls', 0x50: 'http2' }[first[0]] ?? 'http1'
    servers[server].emit('connection', socket)
  })
}

/** By a client's address and port: what its datagrams go on by. */
const ways = new Map()
function quic(datagram, from, back) {
  const key = `${from.address} ${from.port}`
  let way = ways.get(key)
  if (!way) {
    if (datagram.length < 1200) return // RFC 9000 14.1: no Initial is smaller
    way = createSocket('udp4')
    way.on('message', (bytes) => back.send(bytes, from.port, from.address))
    ways.set(key, way)
  }
  way.send(datagram, Number(quicPort), '127.0.0.1')
}

for (const address of addresses) {
  createNetServer(open).listen(PORT, address)
  const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  udp.on('message', (bytes, from) => {
    // A query is short and has one question; no QUIC packet of a new flow is short.
    const isQuery = bytes.length < 512 && bytes.readUInt16BE(4) === 1 && !(bytes[2] & 0x80)
    if (isQuery && !ways.has(`${from.address} ${from.port}`))
      udp.send(answerDns(bytes), from.port, from.address)
    else quic(bytes, from, udp)
  })
  udp.bind(PORT, address)
}
setTimeout(() => process.stdout.write('listening\n'), 100)
