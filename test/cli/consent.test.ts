import { randomUUID } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it } from 'vitest'
import { listed } from '../../src/privacy/published.js'
import { ConsentStore } from '../../src/privacy/store.js'
import { crashReport, versions } from '../../src/telemetry/crash.js'
import { Outbox } from '../../src/telemetry/outbox.js'
import { startWeir, weir } from '../support/weir.js'

const capture = fileURLToPath(
  new URL('../../fixtures/captures/blocked/input.pcap', import.meta.url),
)
let config: string
beforeEach(() => {
  config = mkdtempSync(join(tmpdir(), 'weir-'))
})
const dir = (): string => join(config, 'weir')
const consent = (...args: string[]) => weir(['consent', ...args, '--dir', dir()])
/** By the consent that is in `config`. */
const replay = (format: string) =>
  startWeir(['replay', capture, '--format', format], { env: { XDG_CONFIG_HOME: config } }).end

describe('weir consent', () => {
  it('shows each gate, and who set it', () => {
    expect(consent('show').out).toMatch(/^names +full +default /m)
    expect(consent('set', 'names', 'domain', '--as', 'admin')).toEqual({
      code: 0,
      out: 'names: full → domain\n',
      err: '',
    })
    expect(consent('set', 'names', 'none').out).toBe('names: domain → none\n')
    expect(consent('show').out).toMatch(/^names +none +user /m)
    expect(consent('set', 'names', 'default').out).toBe('names: none → domain\n')
    expect(consent('set', 'names', 'full').out).toBe('names stands where it did: domain (admin)\n')
    const { gates, revision } = JSON.parse(consent('show', '--json').out) as {
      gates: Record<string, object>
      revision: number
    }
    expect(revision).toBe(4)
    expect(gates['names']).toMatchObject({
      value: 'domain',
      by: 'admin',
      admin: 'domain',
      user: 'full',
    })
  })

  it('lets the user withdraw, and the administrator name the device', () => {
    expect(consent('withdraw').out).toBe('reports: on → off\n')
    expect(consent('withdraw').out).toContain('nothing')
    expect(consent('identify', 'tenantId=contoso', 'userId=7').out).toBe('tenantId, userId\n')
    expect(JSON.parse(consent('show', '--json').out)).toMatchObject({
      identifiers: { tenantId: 'contoso', userId: '7' },
    })
  })

  it('purges reports and crashes that wait, at once: when withdrawn, and by a gate that closes', async () => {
    const state = join(config, 'state')
    const env = { XDG_CONFIG_HOME: config, XDG_STATE_HOME: state }
    const on = (...args: string[]) => startWeir(args, { env }).end
    const waiting = (): string[] => readdirSync(join(state, 'weir', 'reports'))
    const crash = join(state, 'weir', 'crashes', `4194305-${randomUUID()}.crash`)
    const prepare = async (): Promise<void> => {
      await on('feedback', '--type', 'idea', '--comment', 'a dark page')
      const store = await ConsentStore.open(dir())
      await new Outbox(join(state, 'weir', 'reports')).keep(crashReport(new Error('x')), store)
      mkdirSync(dirname(crash), { recursive: true })
      writeFileSync(crash, `${JSON.stringify({ ...versions(), start: 1 })}\nsignal 11\n`)
      expect(waiting()).toHaveLength(2)
    }
    await prepare()
    await on('consent', 'set', 'crash-reports', 'off', '--as', 'admin')
    expect(waiting()).toHaveLength(1)
    expect(existsSync(crash)).toBe(false)
    await on('consent', 'set', 'feedback', 'off', '--as', 'admin')
    expect(waiting()).toEqual([])
    for (const gate of ['crash-reports', 'feedback']) {
      await on('consent', 'set', gate, 'on', '--as', 'admin')
    }
    await prepare()
    await on('consent', 'withdraw')
    expect([waiting(), existsSync(crash)]).toEqual([[], false])
    // A crash is kept while nothing is reported; who withdraws again has that gone, too.
    const store = await ConsentStore.open(dir())
    await new Outbox(join(state, 'weir', 'reports')).keep(crashReport(new Error('x')), store)
    expect((await on('consent', 'withdraw')).out).toContain('nothing')
    expect(waiting()).toEqual([])
  })

  it.each([
    [[], 2, /followed by show, set/],
    [['set', 'names'], 2, /a gate and a value/],
    [['set', 'nothing', 'on'], 2, /no gate nothing/],
    [['set', '__proto__', 'on'], 2, /no gate/],
    [['set', 'names', 'some'], 4, /names is one of none, hash, domain, full/],
    [['set', 'optional-data', 'on', '--as', 'admin'], 4, /only the user/],
    [['set', 'device-identifier', 'wifi-mac'], 4, /only the administrator/],
    [['set', 'names', 'none', '--as', 'root'], 2, /admin or user/],
    [['identify', 'email=x'], 2, /NAME=VALUE/],
  ] as const)('%j ends with %d', (args, code, message) => {
    const run = consent(...args)
    expect(run.code).toBe(code)
    expect(run.err).toMatch(message)
  })
})

it('weir privacy prints every field, and how its gate stands', () => {
  consent('set', 'names', 'hash', '--as', 'admin')
  const table = weir(['privacy', '--dir', dir()]).out
  for (const { field, purpose } of listed()) {
    expect(table).toContain(` ${field} `)
    expect(table).toContain(purpose)
  }
  expect(table).toContain('names: hash')
  const report = JSON.parse(weir(['privacy', '--format', 'json', '--dir', dir()]).out) as {
    fields: unknown
    gates: object
  }
  expect(report.fields).toEqual(listed())
  expect(report.gates).toMatchObject({ names: { value: 'hash', by: 'admin' } })
  expect(weir(['privacy', '--format', 'xml']).code).toBe(2)
})

describe('what is kept on the device', () => {
  it('is by its own gates, in every format', async () => {
    const open = await replay('ndjson')
    expect(open.out).toContain('www.example.test')
    consent('set', 'device-names', 'domain')
    consent('set', 'device-addresses', 'none')
    for (const format of ['ndjson', 'table', 'summary']) {
      const { code, out, err } = await replay(format)
      expect([code, err]).toEqual([0, ''])
      expect(out).toContain('example.test')
      expect(out).not.toContain('www.example.test')
      expect(out).not.toContain('198.51.100.')
    }
  })

  it('is nothing while consent cannot be read', async () => {
    consent('set', 'device-names', 'none')
    writeFileSync(join(dir(), 'consent.json'), '{}')
    expect(await replay('ndjson')).toMatchObject({ code: 4, out: '' })
    expect(readFileSync(join(dir(), 'consent.json'), 'utf8')).toBe('{}')
  })
})
