import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClearedRecord, type Gate, makeGate } from '../../src/privacy/gate.js'
import { GATE_NAMES, type GateValues, valuesOf } from '../../src/privacy/gates.js'
import type { RecordKind } from '../../src/privacy/inventory.js'
import type { Batch } from '../../src/sinks/spool.js'
import type { SpoolConsent } from '../../src/sinks/spoolsink.js'
import { random, randomRecord } from '../privacy/random.js'

/** Everything may go. */
export const OPEN = {
  ...Object.fromEntries(GATE_NAMES.map((gate) => [gate, valuesOf(gate).at(-1)])),
  'network-protection-privacy': 'off',
} as unknown as GateValues

export const openGate = (): Promise<Gate<'tenant'>> =>
  makeGate({ revision: 1, values: OPEN }, { destination: 'tenant', key: Buffer.alloc(32, 1) })

/** Consent at revision 1, which a test can change. */
export class TestConsent implements SpoolConsent {
  gate = { revision: 1 }
  store = { effective: { revision: 1, tightened: {} as Partial<Record<RecordKind, number>> } }

  /** As a withdrawal does, by another process. */
  tighten(kind: RecordKind): void {
    this.store = { effective: { revision: 2, tightened: { [kind]: 2 } } }
  }
}

/** A directory of its own for a test. */
export class Scratch implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'weir-spool-'))

  join(...names: string[]): string {
    return join(this.path, ...names)
  }

  /** Segments that are there. */
  segments(name = 'spool'): string[] {
    return readdirSync(this.join(name))
      .filter((file) => file.endsWith('.spool'))
      .sort()
      .map((file) => this.join(name, file))
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

export const entry = (text: string, kind: RecordKind = 'action', revision = 1) => ({
  kind,
  revision,
  text,
})

export const textsOf = (batch: Batch | null): string[] =>
  (batch?.entries ?? []).map(({ text }) => text)

/** A cleared report that says its number. */
export function numbered(gate: Gate<'tenant'>, count: number): ClearedRecord<'tenant'> {
  const time = '2026-11-23T20:00:00Z'
  return gate.clear({ type: 'action', time, action: 'list-updated', count })!
}

/** Cleared flows and lookups, the same for the same seed. */
export function traffic(gate: Gate<'tenant'>, count: number, seed = 1): ClearedRecord<'tenant'>[] {
  const pick = random(seed)
  return Array.from({ length: count }, () => gate.clear(randomRecord(pick).record)).flatMap(
    (record) => record ?? [],
  )
}
