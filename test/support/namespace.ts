import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Run } from './weir.js'

const command = fileURLToPath(new URL('../../dist/cli/weir.js', import.meta.url))

/** Polls until `what` gives something, `ms` at most. */
export async function until<T>(what: () => T | undefined | false, ms = 10_000): Promise<T> {
  for (const end = Date.now() + ms; Date.now() < end;) {
    const found = what()
    if (found !== undefined && found !== false) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`not within ${ms} ms: ${what.toString()}`)
}

/** A program beside the test, and all that it has said so far. */
export class Program {
  out = ''
  err = ''
  readonly end: Promise<Run>

  constructor(readonly child: ChildProcess) {
    child.stdout!.on('data', (data: Buffer) => (this.out += data.toString('utf8')))
    child.stderr!.on('data', (data: Buffer) => (this.err += data.toString('utf8')))
    this.end = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => resolve({ code, out: this.out, err: this.err }))
    })
  }

  /** Waits until it has said `text`; fails when it has ended. */
  async says(text: string | RegExp): Promise<this> {
    const isSaid = (): boolean => {
      const said = this.out + this.err
      if (typeof text === 'string' ? said.includes(text) : text.test(said)) return true
      if (this.child.exitCode !== null) throw new Error(`ended: ${this.out}${this.err}`)
      return false
    }
    await until(isSaid).catch(() => {
      throw new Error(`it does not say ${text}, but: ${this.out}${this.err}`)
    })
    return this
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Run> {
    this.child.kill(signal)
    return this.end
  }
}

/** A network namespace, which ends with the process that holds it. Needs root, or `unshare -rn` around it. */
export class Namespace {
  readonly #holder = spawn('unshare', ['-n', 'sleep', '600'], { stdio: 'ignore' })
  readonly #programs = new Set<Program>()
  readonly #state = mkdtempSync(join(tmpdir(), 'weir-state-'))

  static async open(): Promise<Namespace> {
    const namespace = new Namespace()
    const ours = readlinkSync('/proc/self/ns/net')
    const pid = namespace.#holder.pid!
    await until(() => readlinkSync(`/proc/${pid}/ns/net`) !== ours)
    namespace.ip('link set lo up')
    return namespace
  }

  get inside(): readonly string[] {
    return ['nsenter', '-t', String(this.#holder.pid), '-n']
  }

  /** What runs keep, and the consent that they follow, is this namespace's alone, and not the user's. */
  get #environment(): NodeJS.ProcessEnv {
    return { ...process.env, XDG_STATE_HOME: this.#state, XDG_CONFIG_HOME: this.#state }
  }

  /** Runs `ip` with the words of `line`. */
  ip(line: string): string {
    return this.run('ip', ...line.split(' '))
  }

  /** Runs a program to its end; fails with it. */
  run(...args: string[]): string {
    const [file, ...rest] = [...this.inside, ...args]
    return execFileSync(file!, rest, { encoding: 'utf8', timeout: 20_000, stdio: 'pipe' })
  }

  start(...args: string[]): Program {
    const [file, ...rest] = [...this.inside, ...args]
    const program = new Program(spawn(file!, rest, { stdio: 'pipe', env: this.#environment }))
    this.#programs.add(program)
    return program
  }

  /** As `start`, to its end, ten seconds at most. */
  async ask(...args: string[]): Promise<Run> {
    return this.start('timeout', '10', ...args).end
  }

  /** Fetches a URL from `server`, whatever its host is called. */
  curl(url: string, server: string, port: number, ...more: string[]): Promise<Run> {
    const { hostname } = new URL(url)
    const to = server.includes(':') ? `[${server}]` : server
    const resolve = ['--resolve', `${hostname}:${port}:${to}`]
    return this.ask('curl', '-sS', '--max-time', '5', ...resolve, ...more, url)
  }

  /** What `dig` prints, which asks once. */
  async dig(...args: string[]): Promise<string> {
    return (await this.ask('dig', '+tries=1', '+time=3', '+norecurse', ...args)).out
  }

  /** What starts `weir`. */
  readonly command: readonly string[] = [process.execPath, command]

  /** `weir` with these arguments. */
  weir(...args: string[]): Program {
    return this.start(...this.command, ...args)
  }

  /** Packets that an interface has sent. */
  sent(name: string): number {
    const [link] = JSON.parse(this.ip(`-j -s link show ${name}`)) as {
      stats64: { tx: { packets: number } }
    }[]
    return link!.stats64.tx.packets
  }

  async close(): Promise<void> {
    for (const { child } of this.#programs) child.kill('SIGKILL')
    await Promise.all([...this.#programs].map(({ end }) => end))
    this.#holder.kill('SIGKILL')
    rmSync(this.#state, { recursive: true, force: true })
  }
}
