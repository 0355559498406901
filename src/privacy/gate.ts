// The privacy gate: the only way from a record to a sink. Only this file makes what is cleared.
import { RECORD_SIZE } from '../records/layout.js'
import { RecordRun } from '../records/ring.js'
import type { GateValues } from './gates.js'
import type { Destination } from './inventory.js'
import { refuseUnlisted } from './listed.js'
import type { ActionRecord, AnyRecord, ClearedDns, ClearedFlow, Report } from './reports.js'

declare const CLEARED: unique symbol

/** What passed the gate for a destination. */
export type Cleared<T, D extends Destination = Destination> = T & { readonly [CLEARED]: D }
/** All that a sink takes: `ClearedRecord<'tenant'>` where it leaves the device. */
export type ClearedRecord<D extends Destination = Destination> = Cleared<
  ClearedFlow | ClearedDns | Report,
  D
>
/** What was done, as it is kept on the device. */
export type ClearedAction = Cleared<ActionRecord>
/** A run of ring entries of which the gate closes nothing: native encoders take it as it lies. */
export type ClearedRun<D extends Destination = Destination> = RecordRun & {
  readonly [CLEARED]: D
}

/** The entries of a cleared run, copied: they go to another thread. */
export type ClearedEntries<D extends Destination = Destination> = ArrayBuffer & {
  readonly [CLEARED]: D
}

/** What a gate is made from; see `effectiveConsent`. */
export interface Allowed {
  /** Grows with each change of consent. */
  readonly revision: number
  readonly values: GateValues
}

export interface GateOptions<D extends Destination> {
  readonly destination: D
  /** For hashed names: 16 bytes or more that stay on the device. */
  readonly key: Uint8Array
}

/** A pure function of consent: the same record comes out the same way, and nothing is kept. */
export interface Gate<D extends Destination = Destination> {
  readonly destination: D
  readonly revision: number
  /** Flow and DNS records pass whole: `run` never says null. */
  readonly isOpen: boolean
  /**
   * What may go; null where nothing of it may. Throws WEIR_NOT_IN_INVENTORY for a field or a value that the inventory does
   * not have.
   */
  clear(record: AnyRecord): ClearedRecord<D> | null
  /** A host that stands alone, as in the record of an allowed flow to it; null where it may not go. */
  host(host: string): string | null
  /** The run itself where the gate is open; null: decode it and clear each record. */
  run(run: RecordRun): ClearedRun<D> | null
}

/** Makes the gate to a destination. */
export async function makeGate<D extends Destination>(
  { revision, values }: Allowed,
  { destination, key }: GateOptions<D>,
): Promise<Gate<D>> {
  const isOpen = destination === 'device' && isWhole(values)
  // Loaded where something is to be closed: a replay starts without it.
  const closing = isOpen ? null : await import('./traffic.js')
  const traffic = closing && closing.clearTraffic(values, destination, key)
  const host = closing && closing.clearHost(values, destination, key)
  const { clearReport } = await import('./report.js')
  const names = values[destination === 'device' ? 'device-names' : 'names']
  const nameOf =
    names === 'full' ? (name: string) => name : (await import('./levels.js')).nameBy(names, key)
  const report = clearReport(values, destination, nameOf)
  return {
    destination,
    revision,
    isOpen,
    clear(record) {
      if (record.type !== 'flow' && record.type !== 'dns') {
        return report(record) as ClearedRecord<D> | null
      }
      refuseUnlisted(record)
      return (traffic ? traffic(record) : record) as ClearedRecord<D> | null
    },
    host: (name) => (host ? host(name) : name),
    run: (run) => (isOpen ? (run as ClearedRun<D>) : null),
  }
}

export function copyRun<D extends Destination>(run: ClearedRun<D>): ClearedEntries<D> {
  const bytes = new Uint8Array(run.count * RECORD_SIZE)
  bytes.set(run.bytes.subarray(run.at(0), run.at(run.count)))
  return bytes.buffer as ClearedEntries<D>
}

export function runOf<D extends Destination>(entries: ClearedEntries<D>): ClearedRun<D> {
  const run = new RecordRun(entries)
  run.count = entries.byteLength / RECORD_SIZE
  return run as ClearedRun<D>
}

const isWhole = (values: GateValues): boolean =>
  values['device-names'] === 'full' && values['device-addresses'] === 'full'
