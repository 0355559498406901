// What a client sees of a web server that a rule blocks.
import { expect } from 'vitest'
import type { Namespace } from './namespace.js'

const hostPort = (server: string, port: number): string =>
  server.includes(':') ? `[${server}]:${port}` : `${server}:${port}`

/** The page over HTTP, the reset over HTTPS. */
export async function expectWebRefused(
  client: Namespace,
  name: string,
  server: string,
): Promise<void> {
  const page = await client.curl(`http://${name}/secret`, server, 80, '-w', '%{http_code}')
  expect(page.code).toBe(0)
  expect(page.out).toMatch(new RegExp(`<html.*${name.replaceAll('.', '\\.')}.*403$`, 's'))
  const https = await client.curl(`https://${name}/`, server, 443, '-k')
  expect(https.err).toMatch(/reset by peer/)
  const args = ['s_client', '-connect', hostPort(server, 443), '-servername', name]
  expect((await client.ask('openssl', ...args)).err).toMatch(/errno=104|reset by peer/i)
}

/** Milliseconds from a ClientHello to the reset, the median of `count` tries. */
export async function msToReset(
  client: Namespace,
  name: string,
  server: string,
  count: number,
): Promise<number> {
  const script = `const c = require('net').connect(443, '${server}', () => {
    const t = require('tls').connect({ socket: c, servername: '${name}' })
    const from = process.hrtime.bigint()
    t.on('error', (e) => console.log(e.code, Number(process.hrtime.bigint() - from) / 1e6))
  })`
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const { out, err } = await client.ask(process.execPath, '-e', script)
    expect(out + err).toMatch(/^ECONNRESET [\d.]+\n$/)
    times.push(Number(out.split(' ')[1]))
  }
  return times.sort((a, b) => a - b)[count >> 1]!
}
