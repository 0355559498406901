// What allowed flows are sent to: TLS and HTTP on one port, which say whom the client asked for, and a
// DNS server that has nothing to say. node listener.mjs SOCKET CERTIFICATE KEY ADDRESS...
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createServer as createNetServer } from 'node:net'

const [socketPath, cert, key, ...addresses] = process.argv.slice(2)
const PORT = 8080
const context = { cert: readFileSync(cert), key: readFileSync(key) }

/** Whom a client asked for, as weir's status socket says it. */
const original = ({ remoteAddress, remotePort }, then) =>
  get(
    {
      socketPath,
      path: `/original?transport=tcp&address=${remoteAddress}&port=${remotePort}`,
    },
    (response) => response.setEncoding('utf8').on('data', then),
  )

const respond = (request, response) =>
  original(request.socket, (flow) => {
    const { ip, port } = JSON.parse(flow).server
    response.end(`reached ${ip} ${port}\n`)
  })
const http = createServer(respond)
const https = createSecureServer(context, respond)

const open = (socket) => {
  socket.on('error', () => {})
  socket.once('readable', () => {
    const first = socket.read(1)
    if (!first) return
    socket.unshift(first)
    const server = first[0] === 0x16 ? https : http
    server.emit('connection', socket)
  })
}

for (const address of addresses) {
  createNetServer(open).listen(PORT, address)
  const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  udp.on('message', (query, { address: to, port }) => {
    const answer = Buffer.from(query)
    answer[2] |= 0x80
    answer.writeUInt16BE(0, 10) // without the query's OPT
    const end = answer.indexOf(0, 12) + 5
    udp.send(answer.subarray(0, end), port, to)
  })
  udp.bind(PORT, address)
}
process.stdout.write('listening\n')
