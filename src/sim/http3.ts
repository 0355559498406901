import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Identity } from './certificate.js'
import { MARK } from './clients.js'
import { findProgram } from './programs.js'

const HOST = '127.0.0.1'
const PORT = 44_433
const START_MS = 3000
const POLL_MS = 50

/** A server for HTTP/3 behind the origin's own UDP port, which DNS has as well. */
export class Http3 {
  /** One for each client, so that the server can tell them apart. */
  readonly #sockets = new Map<string, Socket>()

  private constructor(
    readonly program: string,
    private readonly child: ChildProcess,
  ) {}

  /** The first server that is there and starts; undefined where none does. */
  static async start(identity: Identity, folder: string): Promise<Http3 | undefined> {
    const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') }
    writeFileSync(files.key, identity.key, { mode: 0o600 })
    writeFileSync(files.cert, identity.cert)
    for (const [program, start] of [
      ['gtlsserver', gtlsserver],
      ['caddy', caddy],
    ] as const) {
      const path = findProgram(program)
      if (path === undefined) continue
      const child = start(path, files, folder)
      child.on('error', () => {})
      if (await isUp(child, program === 'caddy')) return new Http3(program, child)
      child.kill('SIGKILL')
    }
    return undefined
  }

  /** A datagram of the client that `key` stands for; `back` takes the answers. */
  relay(key: string, message: Uint8Array, back: (answer: Uint8Array) => void): void {
    let socket = this.#sockets.get(key)
    if (!socket) {
      socket = createSocket('udp4')
      socket.on('error', () => {})
      socket.on('message', back)
      this.#sockets.set(key, socket)
    }
    socket.send(message, PORT, HOST, () => {})
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.close()
    this.child.kill('SIGKILL')
  }
}

interface Files {
  readonly key: string
  readonly cert: string
}

function gtlsserver(path: string, { key, cert }: Files, folder: string): ChildProcess {
  const root = join(folder, 'htdocs')
  mkdirSync(root)
  writeFileSync(join(root, 'index.html'), `${MARK}\n`)
  return spawn(path, ['-q', '-d', root, HOST, `${PORT}`, key, cert], { stdio: 'ignore' })
}

/** With neither its interface for administration nor certificates from elsewhere. */
function caddy(path: string, { key, cert }: Files, folder: string): ChildProcess {
  const server = {
    listen: [`${HOST}:${PORT}`],
    protocols: ['h1', 'h2', 'h3'],
    automatic_https: { disable: true },
    tls_connection_policies: [{}],
    routes: [{ handle: [{ handler: 'static_response', body: `${MARK}\n` }] }],
  }
  const config = {
    admin: { disabled: true },
    logging: { logs: { default: { level: 'ERROR' } } },
    apps: {
      http: { servers: { origin: server } },
      tls: { certificates: { load_files: [{ certificate: cert, key }] } },
    },
  }
  const file = join(folder, 'caddy.json')
  writeFileSync(file, JSON.stringify(config))
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    XDG_DATA_HOME: folder,
    XDG_CONFIG_HOME: folder,
  }
  return spawn(path, ['run', '--config', file], { stdio: 'ignore', env })
}

/** One that listens on TCP, too, shows when it is up. */
async function isUp(child: ChildProcess, hasTcp: boolean): Promise<boolean> {
  const until = Date.now() + (hasTcp ? START_MS : START_MS / 10)
  while (Date.now() < until && child.exitCode === null) {
    await sleep(POLL_MS)
    if (hasTcp && (await answers())) return true
  }
  return !hasTcp && child.exitCode === null
}

const answers = (): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(PORT, HOST)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
