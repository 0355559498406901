import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { FollowedConsent } from '../../src/privacy/follow.js'
import { RECORD_TYPES, type RecordKind } from '../../src/privacy/inventory.js'
import type { ActionRecord } from '../../src/privacy/reports.js'
import { ConsentStore } from '../../src/privacy/store.js'

it('a gate follows what another process sets', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'weir-'))
  const errors: Error[] = []
  const actions: ActionRecord[] = []
  const closed = new Set<RecordKind>()
  const tell = {
    changed(those: readonly ActionRecord[], kinds: ReadonlySet<RecordKind>) {
      actions.push(...those)
      for (const kind of kinds) closed.add(kind)
    },
    failed: (error: Error) => errors.push(error),
  }
  const tenant = await FollowedConsent.open('tenant', tell, directory)
  const device = await FollowedConsent.open('device', {}, directory)
  const report = {
    type: 'memory',
    time: '2026-11-23T19:03:00Z',
    resident: 1,
    peak: 1,
    pressure: 'none',
  } as const
  try {
    expect(tenant.gate.clear(report)).toEqual(report)
    const other = await ConsentStore.open(directory)
    await other.set({ gate: 'device-names', value: 'hash', by: 'user' })
    for (const end = Date.now() + 10_000; device.gate.isOpen && Date.now() < end;) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(device.gate).toMatchObject({ isOpen: false, revision: 1 })
    await other.withdraw()
    await tenant.check()
    expect(tenant.gate.clear(report)).toBeNull()
    expect(actions).toContainEqual(
      expect.objectContaining({ by: 'user', gate: 'reports', to: 'off' }),
    )
    expect([...closed].sort()).toEqual([...RECORD_TYPES].sort())
    await other.set({ gate: 'reports', value: null, by: 'user' })
    await tenant.check()
    expect(tenant.gate.clear(report)).toEqual(report)
    // What is allowed cannot be told: nothing goes, and the device keeps to what it knew.
    writeFileSync(join(directory, 'consent.json'), '{')
    await Promise.all([tenant.check(), device.check()])
    expect(tenant.gate.clear(report)).toBeNull()
    expect(device.gate.isOpen).toBe(false)
    expect(errors.at(-1)).toMatchObject({ code: 'WEIR_BAD_CONSENT' })
  } finally {
    tenant.close()
    device.close()
  }
})
