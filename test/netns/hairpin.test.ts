import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Namespace, type Program } from '../support/namespace.js'

const SCRIPT = fileURLToPath(new URL('./hairpin.mjs', import.meta.url))
const INDEX = fileURLToPath(new URL('../../dist/index.js', import.meta.url))
const OWN = ['198.18.0.1/15', 'fd77:6569:7200::1/64']
const SERVERS = ['198.51.100.7', '2001:db8::7']

let netns: Namespace
let program: Program
beforeAll(async () => {
  netns = await Namespace.open()
  program = await netns.start(process.execPath, SCRIPT, INDEX, ...OWN).says('up')
})
afterAll(() => netns.close())

it.each(SERVERS)('a TCP flow to %s is handed to onFlow', async (server) => {
  const script = `require('net').connect(4000, '${server}').on('data', (d) => process.stdout.write(d))`
  expect((await netns.ask(process.execPath, '-e', script)).out).toBe(`tcp ${server} 4000\n`)
})

/** Two sockets, which are two flows, and several datagrams of each. */
it.each(SERVERS)('UDP flows to %s are handed to onUdpFlow, each its own', async (server) => {
  const script = `const d = require('dgram')
    const talk = (port, texts) => {
      const s = d.createSocket('${server.includes(':') ? 'udp6' : 'udp4'}')
      s.on('message', (m, from) => {
        console.log(m.toString(), from.address, from.port)
        texts.length ? s.send(texts.shift(), port, '${server}') : s.close()
      })
      s.send(texts.shift(), port, '${server}')
    }
    talk(5000, ['a', 'b', 'c'])
    talk(5001, ['x'])`
  const { out } = await netns.ask(process.execPath, '-e', script)
  expect(out.trim().split('\n').sort()).toEqual([
    `udp ${server} 5000 1 a ${server} 5000`,
    `udp ${server} 5000 2 b ${server} 5000`,
    `udp ${server} 5000 3 c ${server} 5000`,
    `udp ${server} 5001 1 x ${server} 5001`,
  ])
})

it('ends with its listener', async () => {
  expect(await program.stop()).toMatchObject({ code: 0, out: 'up\ndown\n', err: '' })
})
