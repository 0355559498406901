import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  changeConsent,
  effectiveConsent,
  isStale,
  kindsOf,
  NO_CONSENT,
  type Purgeable,
} from '../../src/privacy/consent.js'
import type { GATES } from '../../src/privacy/gates.js'
import { STRICT } from '../../src/privacy/gates.js'
import { deviceGate } from '../../src/privacy/device.js'
import type { RecordKind } from '../../src/privacy/inventory.js'
import { ConsentStore } from '../../src/privacy/store.js'

const NOW = '2026-11-23T19:03:00.000Z'

describe('the effective value of a gate', () => {
  const standing = (
    gate: keyof typeof GATES,
    admin?: string,
    user?: string,
  ): [value: string, by: string] => {
    const { values, by } = effectiveConsent({
      ...NO_CONSENT,
      admin: admin === undefined ? {} : { [gate]: admin },
      user: user === undefined ? {} : { [gate]: user },
    })
    return [values[gate], by[gate]]
  }

  it('is the strict default where nobody said anything', () => {
    const { values, by } = effectiveConsent(NO_CONSENT)
    expect(values).toEqual(STRICT)
    expect(new Set(Object.values(by))).toEqual(new Set(['default']))
    expect(STRICT).toMatchObject({
      'allowed-flows': 'anonymous',
      names: 'full',
      'unsafe-site-details': 'off',
      'optional-data': 'off',
      'device-identifier': 'guid',
    })
  })

  it.each([
    ['names', 'domain', undefined, ['domain', 'admin']],
    ['names', undefined, 'none', ['none', 'user']],
    ['names', 'hash', 'none', ['none', 'user']],
    ['names', 'none', 'hash', ['none', 'admin']],
    ['optional-data', undefined, 'on', ['on', 'user']],
    ['optional-data', 'off', 'on', ['off', 'admin']],
    ['optional-data', 'on', undefined, ['off', 'default']],
    ['device-identifier', 'wifi-mac', undefined, ['wifi-mac', 'admin']],
    ['device-identifier', 'wifi-mac', 'guid', ['guid', 'user']],
    ['unsafe-site-details', undefined, 'on', ['on', 'user']],
  ] as const)('%s: admin %s, user %s: %s', (gate, admin, user, expected) => {
    expect(standing(gate, admin, user)).toEqual(expected)
  })

  it('is opened by nobody but who may', () => {
    const open = (
      gate: 'optional-data' | 'device-identifier',
      value: string,
      by: 'admin' | 'user',
    ) => changeConsent(NO_CONSENT, { gate, value, by }, NOW)
    expect(() => open('optional-data', 'on', 'admin')).toThrow('only the user may open')
    expect(() => open('device-identifier', 'wifi-mac', 'user')).toThrow('only the administrator')
    expect(() => open('optional-data', 'yes', 'user')).toThrow('one of off, on')
  })
})

describe('the consent file', () => {
  let directory: string
  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), 'weir-')), 'sub')
  })
  const file = (): string => join(directory, 'consent.json')

  it('is strict before it is there, and keeps what was set', async () => {
    const store = await ConsentStore.open(directory)
    expect(store.effective.values).toEqual(STRICT)
    const change = { gate: 'names', value: 'domain', by: 'admin' } as const
    const [action] = await store.set(change)
    expect(action).toMatchObject({
      type: 'action',
      action: 'consent-changed',
      by: 'admin',
      gate: 'names',
      from: 'full',
      to: 'domain',
    })
    expect((await ConsentStore.open(directory)).effective).toEqual(store.effective)
    expect(store.effective).toMatchObject({ revision: 1, values: { names: 'domain' } })
    expect(await store.set({ ...change, value: null })).toHaveLength(1)
    expect(store.effective.values).toEqual(STRICT)
  })

  it('makes a record of a change, which passes the gate as others do', async () => {
    const store = await ConsentStore.open(directory)
    const [action] = await store.set({ gate: 'names', value: 'none', by: 'user' })
    expect((await store.gate('tenant')).clear(action!)).toEqual(action)
    const path = join(directory, 'changes.ndjson')
    expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(action)}\n`)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('loses no change where several are made at once', async () => {
    const gates = ['names', 'addresses', 'feedback', 'crash-reports'] as const
    const stores = await Promise.all(gates.map(() => ConsentStore.open(directory)))
    const strictest = { names: 'none', addresses: 'none', feedback: 'off', 'crash-reports': 'off' }
    await Promise.all(
      gates.map((gate, i) => stores[i]!.set({ gate, value: strictest[gate], by: 'user' })),
    )
    const { consent } = await ConsentStore.open(directory)
    expect(consent).toMatchObject({ revision: 4, user: strictest })
  })

  it.each([
    ['{', 'no JSON'],
    ['null', 'must be object'],
    [JSON.stringify({ ...NO_CONSENT, version: 2 }), '/version'],
    [JSON.stringify({ ...NO_CONSENT, more: 1 }), '"more"'],
    [JSON.stringify({ ...NO_CONSENT, user: { names: 'all' } }), '/user/names'],
    [JSON.stringify({ ...NO_CONSENT, user: { toString: 'on' } }), 'additional'],
    [' '.repeat(70_000), 'longer'],
  ])('is refused when it is damaged: %s', async (text, message) => {
    await (await ConsentStore.open(directory)).set({ gate: 'names', value: 'none', by: 'user' })
    writeFileSync(file(), text)
    await expect(ConsentStore.open(directory)).rejects.toMatchObject({ code: 'WEIR_BAD_CONSENT' })
    await expect(ConsentStore.open(directory)).rejects.toThrow(message)
    await expect(deviceGate(directory)).rejects.toMatchObject({ code: 'WEIR_BAD_CONSENT' })
  })

  it('keeps a random identity, for its owner alone', async () => {
    const store = await ConsentStore.open(directory)
    const identity = await store.identity()
    expect(identity.guid).toMatch(/^[0-9a-f-]{36}$/)
    expect(await (await ConsentStore.open(directory)).identity()).toEqual(identity)
    const path = join(directory, 'identity.json')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const other = await ConsentStore.open(mkdtempSync(join(tmpdir(), 'weir-')))
    expect((await other.identity()).guid).not.toBe(identity.guid)
    writeFileSync(path, '{"guid":"x"}')
    await expect(store.identity()).rejects.toThrow('remove it')
  })

  it('is written whole: one that nobody could write changes nothing', async () => {
    writeFileSync(join(directory, '..', 'file'), '')
    const store = await ConsentStore.open(join(directory, '..', 'file', 'sub'))
    await expect(store.set({ gate: 'names', value: 'none', by: 'user' })).rejects.toMatchObject({
      code: 'WEIR_CANNOT_WRITE',
    })
    expect(store.effective.values).toEqual(STRICT)
  })

  describe('when consent is withdrawn', () => {
    class Spool implements Purgeable {
      waiting: RecordKind[] = ['flow', 'dns', 'crash', 'usage', 'action']
      consentThen: unknown

      purge(kinds: ReadonlySet<RecordKind>): Promise<void> {
        this.consentThen = JSON.parse(readFileSync(file(), 'utf8'))
        this.waiting = this.waiting.filter((kind) => !kinds.has(kind))
        return Promise.resolve()
      }
    }

    it('purges what waits, after nothing more is let in', async () => {
      const store = await ConsentStore.open(directory)
      const spool = new Spool()
      const { revision } = store.effective
      await store.withdraw([spool])
      expect(spool.waiting).toEqual([])
      expect(spool.consentThen).toMatchObject({ user: { reports: 'off' } })
      expect(isStale(store.effective, 'flow', revision)).toBe(true)
      expect(isStale(store.effective, 'flow', store.effective.revision)).toBe(false)
    })

    it('purges the kinds that a gate governs, and only when it is closed', async () => {
      const store = await ConsentStore.open(directory)
      const spool = new Spool()
      await store.set({ gate: 'optional-data', value: 'on', by: 'user' }, [spool])
      expect(spool.waiting).toHaveLength(5)
      await store.set({ gate: 'optional-data', value: 'off', by: 'user' }, [spool])
      expect(spool.waiting).toEqual(['flow', 'dns', 'crash', 'action'])
      await store.set({ gate: 'names', value: 'domain', by: 'user' }, [spool])
      expect(spool.waiting).toEqual(['crash'])
      expect([...kindsOf('allowed-flows')]).toEqual(['flow', 'dns'])
    })

    it('takes back what the user had opened', async () => {
      const store = await ConsentStore.open(directory)
      await store.set({ gate: 'unsafe-site-details', value: 'on', by: 'user' })
      await store.set({ gate: 'names', value: 'domain', by: 'user' })
      const actions = await store.withdraw()
      expect(new Set(actions.map(({ gate }) => gate))).toEqual(
        new Set(['reports', 'unsafe-site-details']),
      )
      expect(store.effective.values).toEqual({ ...STRICT, reports: 'off', names: 'domain' })
    })
  })
})
