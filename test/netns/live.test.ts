import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { Namespace, type Program, until } from '../support/namespace.js'
import { Terminal } from '../support/terminal.js'

const WEB = '198.51.100.80'
const DNS = '198.51.100.53'
const POLICY = `version: 1
profile: a
profiles:
  a: { block: [ads.test], warn: [warn.test] }
`
const ORIGIN = `require('http').createServer((q, s) => s.end('x')).listen(8080, '198.18.0.1', () => console.log('listening'))`

let folder: string
let netns: Namespace
const at = (name: string): string => join(folder, name)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-live-'))
  writeFileSync(at('policy.yaml'), POLICY)
  netns = await Namespace.open()
})
afterAll(async () => {
  await netns.close()
  rmSync(folder, { recursive: true })
})

/** What `script` runs. */
const childOf = ({ child: { pid } }: Program): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim())

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** `weir run` on a terminal of its own: what that was sent, and the process. */
class Watched {
  readonly terminal: Terminal
  #taken = 0

  private constructor(
    private readonly program: Program,
    readonly pid: number,
    rows: number,
    columns: number,
  ) {
    this.terminal = new Terminal(rows, columns)
  }

  static async start(rows: number, columns: number, env = ''): Promise<Watched> {
    const files = ['--rules', at('policy.yaml'), '--socket', at('weir.sock')]
    const run = [...netns.command, 'run', '--route', '0.0.0.0/0', '--hairpin', '8080', ...files]
    const words = `stty rows ${rows} cols ${columns} && exec env TERM=xterm ${env} ${run.join(' ')}`
    const program = netns.start('script', '-qefc', words, '/dev/null')
    await program.says('weir0: ')
    const own = childOf(program)
    onTestFinished(async () => {
      if (isThere(own)) process.kill(own, 'SIGKILL')
      await program.end
    })
    return new Watched(program, own, rows, columns)
  }

  /** Until the screen shows it. */
  async shows(...what: RegExp[]): Promise<readonly string[]> {
    const look = (): readonly string[] | false => {
      this.take()
      const text = this.terminal.screen.join('\n')
      return what.every((one) => one.test(text)) && this.terminal.screen
    }
    return until(look).catch(() => {
      throw new Error(`not ${String(what)}: ${this.terminal.screen.join('\n')}`)
    })
  }

  take(): void {
    const { out } = this.program
    this.terminal.write(out.slice(this.#taken))
    this.#taken = out.length
  }

  resize(rows: number, columns: number): void {
    this.take()
    this.terminal.resize(rows, columns)
    const tty = readlinkSync(`/proc/${this.pid}/fd/1`)
    netns.run('stty', '-F', tty, 'rows', String(rows), 'cols', String(columns))
  }

  /** The end of the terminal, as when its window is closed. */
  async hangUp(): Promise<void> {
    await this.program.stop('SIGKILL')
  }

  async stop(signal: NodeJS.Signals): Promise<number | null> {
    process.kill(this.pid, signal)
    const { code } = await this.program.end
    this.take()
    return code
  }
}

const get = (host: string) => netns.curl(`http://${host}/secret`, WEB, 80)

it('shows flows as they are judged, in place, on a terminal of any size', async () => {
  const watched = await Watched.start(16, 130)
  await netns.start(process.execPath, '-e', ORIGIN).says('listening')
  await get('fine.test')
  await get('ads.test')
  await get('warn.test')
  await netns.dig(`@${DNS}`, 'x.ads.test')
  const screen = await watched.shows(
    /^time +verdict +protocol +host +client +rule +packets +bytes$/m,
    /^\d\d:\d\d:\d\d {2}pass +http +fine\.test +198\.18\.0\.1:\d+ +\d+\+ +\d+\+$/m,
    /^\d\d:\d\d:\d\d {2}drop +http +ads\.test +198\.18\.0\.1:\d+ +ads\.test \(policy.* \d+\+$/m,
    /^\d\d:\d\d:\d\d {2}drop +http +warn\.test +\S+ +warn\.test /m,
    /^\d\d:\d\d:\d\d {2}drop +dns +x\.ads\.test A +\S+ +ads\.test /m,
    /^ weir0: \d+ packets\/s, \d+ flows open, [1-9]\d* packets blocked, 0 records lost$/m,
  )
  expect(screen.filter((line) => line.includes('ads.test')).length).toBe(2)
  expect(screen.join()).not.toContain('secret')

  watched.resize(10, 66)
  const small = await watched.shows(/^time +verdict +protocol +host +bytes$/m, /^ weir0: /m)
  expect(small.length).toBeLessThanOrEqual(10)
  for (let i = 0; i < 12; i++) await get(`many${i}.test`)
  const full = await watched.shows(/many11\.test/)
  expect(full.length).toBe(10)
  expect(full.at(-2)).toMatch(/^ weir0: /)
  expect(full.join()).not.toMatch(/fine\.test|many4\.test/)

  watched.resize(30, 130)
  await watched.shows(/fine\.test/, /many0\.test/, /many11\.test/) // the lines that had no room
  expect(await watched.stop('SIGINT')).toBe(0)
  const last = watched.terminal.screen.join('\n')
  expect(last).toMatch(/^ weir0: .*\nweir: \d+ packets: /m)
  expect(last.match(/ fine\.test .* \d+ +\d+$/gm)).toHaveLength(1) // in its place, with its last figures
  expect(watched.terminal.isAtRest).toBe(true)
})

it.each(['SIGKILL', 'SIGSEGV'] as const)('leaves the terminal as it was at %s', async (signal) => {
  // The emulator knows nothing but moves within the table: no mode that somebody would have to put back.
  const watched = await Watched.start(12, 100, 'NO_COLOR=1')
  await netns.dig(`@${DNS}`, 'ads.test')
  await watched.shows(/drop +dns +ads\.test A/)
  expect(watched.terminal.isAtRest).toBe(true)
  await watched.stop(signal)
  expect(watched.terminal.screen.join('\n')).toMatch(/drop +dns +ads\.test A/)
})

it('passes the gate of the device, and puts messages above it', async () => {
  const consent = async (...args: string[]) =>
    (await netns.weir('consent', 'set', ...args).end).code
  const watched = await Watched.start(20, 130)
  expect(await consent('device-names', 'none')).toBe(0)
  expect(await consent('device-addresses', 'none')).toBe(0)
  const screen = await watched.shows(/weir: device-addresses is none now/)
  expect(screen.findIndex((line) => line.includes('is none now'))).toBeLessThan(
    screen.findIndex((line) => line.startsWith('time ')),
  )
  await netns.dig(`@${DNS}`, 'ads.test')
  const { screen: now } = watched.terminal
  await watched.shows(/drop +dns +A +-?(:\d+)? /)
  expect(now.join()).not.toMatch(/ads\.test|198\.18\.0\.1:/)
  expect(await watched.stop('SIGTERM')).toBe(0)
})

it('ends when its terminal goes', async () => {
  const watched = await Watched.start(20, 100)
  await watched.hangUp()
  await until(() => !isThere(watched.pid))
  expect(netns.ip('-o link')).not.toContain('weir0')
})

it('is lines where they are no terminal, or one that is dumb', async () => {
  const options = ['--rules', at('policy.yaml'), '--socket', at('weir.sock')]
  const run = netns.weir('run', '--route', '0.0.0.0/0', ...options)
  await run.says('weir0 is up')
  await netns.dig(`@${DNS}`, 'ads.test')
  const { code, out } = await run.stop()
  expect(code).toBe(0)
  expect(out).toMatch(/^ +flow {2}client +server +protocol +host +verdict +rule\n +1 {2}/)
  expect(out).not.toContain('\x1b')

  const shared = ['run', '--route', '0.0.0.0/0', ...options].join(' ')
  const job = `bash -mc 'exec 3>&1; ${netns.command.join(' ')} ${shared} & sleep 5; kill %1; wait'`
  const behind = netns.start('script', '-qefc', `TERM=xterm ${job}`, '/dev/null')
  await behind.says('weir0 is up')
  await netns.dig(`@${DNS}`, 'ads.test')
  const { out: lines } = await behind.end
  expect(lines).toContain('verdict')
  expect(lines).not.toContain('packets/s')

  const words = [...netns.command, 'run', '--format', 'none', ...options].join(' ')
  const quiet = netns.start('script', '-qefc', `exec env TERM=xterm ${words}`, '/dev/null')
  await quiet.says('weir0 is up')
  process.kill(childOf(quiet), 'SIGINT')
  expect((await quiet.end).out).not.toContain('packets/s')
})
