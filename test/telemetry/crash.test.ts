import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { WeirError } from '../../src/errors.js'
import type { CrashReport } from '../../src/privacy/reports.js'
import { ConsentStore } from '../../src/privacy/store.js'
import { crashReport, framesOf } from '../../src/telemetry/crash.js'
import { parseCrash, takeCrashes } from '../../src/telemetry/crashnative.js'
import { Place } from './place.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const SECRET = 'hunter2.example'

describe('a crash report', () => {
  it('says where, and in which versions, but not what the error said', async () => {
    using place = new Place()
    const error = new WeirError('WEIR_CLOSED', `${SECRET}\n    at ${SECRET} (node:secret:1:2)`)
    const report = crashReport(error)
    expect(report).toMatchObject({ kind: 'javascript', name: 'WeirError', code: 'WEIR_CLOSED' })
    expect(JSON.stringify(report)).not.toMatch(/hunter2|secret/)
    const gate = await (await ConsentStore.open(place.config)).gate('tenant')
    expect(gate.clear(report)).toEqual(report)
    expect(crashReport(SECRET)).toMatchObject({ name: 'Thrown', frames: [] })
  })

  it('has frames of Weir and of Node only, without paths of the device', () => {
    const stack = [
      'TypeError: it said',
      '    at Spool.open (/home/me/weir/dist/cli/weir.js:10:20)',
      '    at async new Engine (file:///home/me/weir/dist/engine/engine.js:1:2)',
      '    at /home/me/weir/src/index.ts:3:4',
      '    at Object.<anonymous> (/home/me/secret/other.js:1:1)',
      '    at /home/me/weir/../secret.js:1:1',
      '    at eval (eval at f (/home/me/weir/dist/a.js:1:1), <anonymous>:1:1)',
      '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
      '    at hunter2.example/x y (node:fs:1:1)',
    ].join('\n')
    const frames = framesOf({ name: '', message: 'it said', stack }, '/home/me/weir')
    expect(frames).toEqual([
      'Spool.open (weir:dist/cli/weir.js:10:20)',
      'async new Engine (weir:dist/engine/engine.js:1:2)',
      '(weir:src/index.ts:3:4)',
      'process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
      '(node:fs:1:1)',
    ])
    const changed = new Error(SECRET)
    changed.message = 'changed later'
    expect(framesOf(changed)).toEqual([])
    expect(framesOf({ name: '', message: 'it', stack }, '/home/me/weir')).toEqual([])
  })

  it.each([
    ['thrown', `setImmediate(() => { throw new TypeError('${SECRET}') })`],
    ['rejected', `setImmediate(() => void Promise.reject(new TypeError('${SECRET}')))`],
  ])('is written when something is %s in a command', (_how, code) => {
    using place = new Place()
    const preload = place.join('preload.cjs')
    writeFileSync(preload, `${code}\n`)
    // A collector stays until it is told to end, and so meets what fails.
    const command = join(root, 'dist/cli/weir.js')
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--require', preload, command, 'collect', '--listen', '127.0.0.1:0'],
      { env: { ...process.env, ...place.env }, timeout: 20_000 },
    )
    expect([status, stderr.toString()]).toEqual([6, expect.stringContaining('internal error')])
    const directory = join(place.state, 'reports')
    const [file, ...others] = readdirSync(directory)
    expect(others).toEqual([])
    expect(statSync(join(directory, file!)).mode & 0o777).toBe(0o600)
    const text = readFileSync(join(directory, file!), 'utf8')
    expect(text).toContain('"name":"TypeError"')
    expect(text).not.toMatch(new RegExp(`hunter2|${place.path}`))
  })
})

describe.runIf(process.platform === 'linux')('a native crash', () => {
  const HEADER = { start: 1000, appVersion: '1', nodeVersion: 'v20', osName: 'L', osVersion: '1' }
  const header = `${JSON.stringify({ ...HEADER, cpuArchitecture: 'x64' })}\n`
  let program = ''
  let here: Place
  beforeAll(() => {
    here = new Place()
    program = here.join('crashing')
    const sources = ['test/telemetry/crashing.c', 'native/linux/crash.c', 'native/linux/seccomp.c']
    const flags = ['-std=c11', '-O2', '-D_GNU_SOURCE', '-Inative/linux', '-pthread', '-o', program]
    execFileSync('cc', [...flags, ...sources], { cwd: root })
    return () => here[Symbol.dispose]()
  })
  const crash = (file: string, how: string) => spawnSync(program, [file, how]).signal

  it.each([
    ['fault', 'SIGSEGV'],
    ['abort', 'SIGABRT'],
    ['sent', 'SIGSEGV'],
    ['confined', 'SIGSEGV'],
  ])('by %s leaves its frames behind, and ends the process as ever', (how, signal) => {
    const file = here.join(how)
    writeFileSync(file, header)
    expect(crash(file, how)).toBe(signal)
    const report = parseCrash(readFileSync(file, 'utf8'), 61_000)
    expect(report).toMatchObject({ kind: 'native', name: 'Signal', signal, uptime: 60 })
    expect(report!.frames.join('\n')).toMatch(/^crashing\+0x[0-9a-f]+$/m)
  })

  it('that others wait for, as WebAssembly does, is theirs', () => {
    const file = here.join('elsewhere')
    expect(spawnSync(program, [file, 'elsewhere']).status).toBe(78)
    expect(readFileSync(file, 'utf8')).toBe('')
  })

  it('of Node with the addon is found at the next start, once', async () => {
    using place = new Place()
    const directory = place.join('crashes')
    const script = `
      import { watchNative } from ${JSON.stringify(pathToFileURL(join(root, 'dist/telemetry/crashnative.js')).href)}
      import { native } from ${JSON.stringify(pathToFileURL(join(root, 'dist/engine/native.js')).href)}
      await watchNative(native(), ${JSON.stringify(directory)})
      if (process.argv[1] === 'crash') process.abort()
    `
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['--input-type=module', '--eval', script, ...args])
    expect(run().status).toBe(0)
    expect(readdirSync(directory)).toEqual([])
    expect(run('crash').signal).toBe('SIGABRT')
    const found: CrashReport[] = []
    const keep = (report: CrashReport): Promise<void> => {
      found.push(report)
      return Promise.resolve()
    }
    await takeCrashes(keep, directory)
    await takeCrashes(keep, directory)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ signal: 'SIGABRT', nodeVersion: process.version })
    expect(found[0]!.frames.join('\n')).toMatch(/^node\+0x/m)
    const gate = await (await ConsentStore.open(place.config)).gate('tenant')
    expect(gate.clear(found[0]!)).toEqual(found[0])
    expect(parseCrash(`${header}signal 99\n`, 0)).toBeUndefined()
    expect(parseCrash('{}\nsignal 11\n', 0)).toBeUndefined()
  })
})
