// WebDriver BiDi of a browser in this namespace: commands come from standard input, a line each, and what the
// browser says goes to standard output. node bidirelay.mjs PORT
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'undici'

const url = `ws://127.0.0.1:${process.argv[2]}/session`
const opened = () =>
  new Promise((resolve) => {
    const socket = new WebSocket(url)
    socket.onopen = () => resolve(socket)
    socket.onerror = () => resolve(undefined)
  })

let socket
while (!(socket = await opened())) await sleep(200)
socket.onmessage = ({ data }) => process.stdout.write(`${data}\n`)
socket.onclose = () => process.exit()
createInterface({ input: process.stdin }).on('line', (line) => socket.send(line))
