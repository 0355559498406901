// What the administrator's policy and the person allow, and what comes of both.
import { WeirError } from '../errors.js'
import type { Allowed } from './gate.js'
import {
  GATE_NAMES,
  type GateName,
  GATES,
  type GateValues,
  openness,
  type Party,
  valuesOf,
} from './gates.js'
import { INVENTORY, type Item, RECORD_TYPES, type RecordKind } from './inventory.js'
import type { ActionRecord, DeviceReport } from './reports.js'

type Choices = Readonly<Partial<Record<GateName, string>>>

/** Identifiers that the administrator gives a device. */
export type DirectoryIdentifiers = Readonly<
  Partial<
    Pick<
      DeviceReport,
      'directoryDeviceId' | 'userId' | 'tenantId' | 'organisationId' | 'userPrincipalName'
    >
  >
>

/** The content of the consent file; see consent.schema.json. */
export interface Consent {
  readonly version: 1
  /** Grows with each change. */
  readonly revision: number
  readonly admin: Choices
  readonly user: Choices
  readonly identifiers: DirectoryIdentifiers
  /** For kinds of records: what was cleared before this revision may go no more. */
  readonly tightened: Readonly<Partial<Record<RecordKind, number>>>
}

export type SetBy = 'default' | Party

/** What is in force. */
export interface EffectiveConsent extends Allowed {
  /** Who set each gate where it stands. */
  readonly by: Readonly<Record<GateName, SetBy>>
  readonly tightened: Consent['tightened']
}

export const NO_CONSENT: Consent = {
  version: 1,
  revision: 0,
  admin: {},
  user: {},
  identifiers: {},
  tightened: {},
}

/** Spools, and whatever else keeps what was cleared until it goes. */
export interface Purgeable {
  /** Removes all records of these kinds that wait to leave the device; on disk when it resolves. */
  purge(kinds: ReadonlySet<RecordKind>): Promise<void>
}

/** Each gate stands where who may open it has put it, or stricter where the other wants it so. */
export function effectiveConsent(consent: Consent): EffectiveConsent {
  const values = {} as Record<GateName, string>
  const by = {} as Record<GateName, SetBy>
  for (const gate of GATE_NAMES) [values[gate], by[gate]] = standing(consent, gate)
  return {
    revision: consent.revision,
    values: values as unknown as GateValues,
    by,
    tightened: consent.tightened,
  }
}

function standing(consent: Consent, gate: GateName): [value: string, by: SetBy] {
  const { opens, default: strict } = GATES[gate]
  const other: Party = opens === 'admin' ? 'user' : 'admin'
  const opened = consent[opens][gate]
  const limit = consent[other][gate]
  const value = opened ?? strict
  if (limit !== undefined && openness(gate, limit) < openness(gate, value)) return [limit, other]
  return [value, opened === undefined ? 'default' : opens]
}

/** Whether what was cleared at that revision may go no more; of a consent file that is gone, nothing may. */
export const isStale = (
  now: Pick<EffectiveConsent, 'revision' | 'tightened'>,
  kind: RecordKind,
  revision: number,
): boolean => revision < (now.tightened[kind] ?? 0) || revision > now.revision

/** Kinds of records that a gate to the tenant governs. */
export function kindsOf(gate: GateName): ReadonlySet<RecordKind> {
  if (gate === 'reports') return new Set(RECORD_TYPES)
  if (gate === 'allowed-flows') return new Set(['flow', 'dns'] as const)
  return new Set(
    RECORD_TYPES.filter((kind) =>
      Object.values<Item>(INVENTORY[kind]).some((item) => item.gate === gate),
    ),
  )
}

export interface Change {
  readonly gate: GateName
  /** null: no choice of one's own. */
  readonly value: string | null
  readonly by: Party
}

export interface Changed {
  readonly consent: Consent
  /** One for each gate that now stands elsewhere. */
  readonly actions: readonly ActionRecord[]
  /** Kinds of records of which less may go than before: what is spooled of them must be purged. */
  readonly closed: ReadonlySet<RecordKind>
}

/** `consent` with one choice changed, at a time in ISO 8601. Throws WEIR_BAD_CONSENT. */
export function changeConsent(
  consent: Consent,
  { gate, value, by }: Change,
  time: string,
): Changed {
  if (value !== null) refuseChoice(gate, value, by)
  const choices = new Map(Object.entries(consent[by]))
  if (value === null) choices.delete(gate)
  else choices.set(gate, value)
  const next = { ...consent, [by]: Object.fromEntries(choices) }
  return settled(consent, next, by, 'consent-changed', time)
}

/** The person takes back every consent: nothing goes to the tenant any more. */
export function withdrawConsent(consent: Consent, time: string): Changed {
  const kept = Object.entries(consent.user).filter(
    ([gate]) => GATES[gate as GateName].opens === 'admin' || gate.startsWith('device-'),
  )
  const user = { ...Object.fromEntries(kept), reports: 'off' }
  const next = { ...consent, user }
  // Also what waits behind a gate that was closed already.
  return settled(consent, next, 'user', 'consent-withdrawn', time, new Set(RECORD_TYPES))
}

function refuseChoice(gate: GateName, value: string, by: Party): void {
  const { opens, default: strict } = GATES[gate]
  const values = valuesOf(gate)
  if (!values.includes(value)) {
    throw new WeirError('WEIR_BAD_CONSENT', `${gate} is one of ${values.join(', ')}`)
  }
  if (by === opens || openness(gate, value) <= openness(gate, strict)) return
  const who = opens === 'user' ? 'the user' : 'the administrator'
  throw new WeirError('WEIR_BAD_CONSENT', `only ${who} may open ${gate} as far as ${value}`)
}

const movedGates = (was: GateValues, is: GateValues): GateName[] =>
  GATE_NAMES.filter((gate) => was[gate] !== is[gate])

/** Kinds of records of which less may go than before. */
export function closedKinds(was: GateValues, is: GateValues): ReadonlySet<RecordKind> {
  const closer = GATE_NAMES.filter((gate) => openness(gate, is[gate]) < openness(gate, was[gate]))
  return new Set(closer.flatMap((gate) => [...kindsOf(gate)]))
}

/** What was changed from one to the other, as records; for changes that somebody else made. */
export const differences = (
  before: EffectiveConsent,
  after: EffectiveConsent,
  time: string,
): ActionRecord[] =>
  movedGates(before.values, after.values).map((gate) => {
    const by = after.by[gate] === 'default' ? before.by[gate] : after.by[gate]
    return {
      type: 'action',
      time,
      action: 'consent-changed',
      ...(by === 'default' ? {} : { by }),
      gate,
      from: before.values[gate],
      to: after.values[gate],
    }
  })

function settled(
  before: Consent,
  next: Consent,
  by: Party,
  action: 'consent-changed' | 'consent-withdrawn',
  time: string,
  withdrawn?: ReadonlySet<RecordKind>,
): Changed {
  const [was, is] = [effectiveConsent(before).values, effectiveConsent(next).values]
  const moved = movedGates(was, is)
  const closed = withdrawn ?? closedKinds(was, is)
  const revision = before.revision + 1
  const tightened = { ...before.tightened }
  for (const kind of closed) tightened[kind] = revision
  return {
    consent: { ...next, revision, tightened },
    actions: moved.map((gate) => {
      return { type: 'action', time, action, by, gate, from: was[gate], to: is[gate] }
    }),
    closed,
  }
}
