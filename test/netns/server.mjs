// A far server: HTTP, HTTPS and DNS on their ports, which say that they were reached; QUIC and others hear nothing.
// node server.mjs CERTIFICATE KEY ADDRESS...
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createServer as createNetServer } from 'node:net'

const [cert, key, ...addresses] = process.argv.slice(2)
const respond = (request, response) => response.end('reached the server\n')

/** Every name has one address, and no other data. */
function answer(query) {
  const end = query.indexOf(0, 12) + 5
  const isA = query.readUInt16BE(end - 4) === 1
  const out = Buffer.from(query.subarray(0, end))
  out.writeUInt16BE(0x8180, 2)
  out.writeUInt16BE(isA ? 1 : 0, 6)
  out.writeUInt32BE(0, 8)
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 1]
  return isA ? Buffer.concat([out, Buffer.from(record)]) : out
}

createServer(respond).listen(80, '::')
createSecureServer({ cert: readFileSync(cert), key: readFileSync(key) }, respond).listen(443, '::')
createNetServer((socket) => {
  socket.on('error', () => {})
  socket.on('data', (bytes) => {
    const message = answer(bytes.subarray(2))
    const length = Buffer.alloc(2)
    length.writeUInt16BE(message.length)
    socket.end(Buffer.concat([length, message]))
  })
}).listen(53, '::')
for (const address of addresses) {
  const type = address.includes(':') ? 'udp6' : 'udp4'
  const dns = createSocket(type)
  dns.on('message', (query, { address: to, port }) => dns.send(answer(query), port, to))
  dns.bind(53, address)
  for (const port of [443, 9999]) createSocket(type).bind(port, address)
}
setTimeout(() => process.stdout.write('listening\n'), 200)
