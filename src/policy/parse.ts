import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { WeirError } from '../errors.js'
import type { Protection } from '../records/vocabulary.js'
import { checkPolicy } from './check.js'
import { kindOfOwn } from './own.js'
import type {
  DnsAnswerMode,
  ListOptions,
  OwnRule,
  Policy,
  PolicyList,
  Profile,
  RuleAction,
  Schedule,
} from './policy.js'
import { checkSchema } from './schema.js'
import { type Located, POLICY_BYTES_MAX, readYaml } from './yaml.js'

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const OWN_ACTIONS = ['allow', 'warn', 'block', 'audit'] as const

/** What the schema takes, as it was written. */
interface Written {
  readonly protection?: Protection
  readonly bypass?: string
  readonly profile: string
  readonly profiles: Readonly<Record<string, WrittenProfile>>
  readonly zone?: string
  readonly schedules?: readonly WrittenSchedule[]
}

type WrittenList = string | (ListOptions & { readonly feed?: string; readonly file?: string })

interface WrittenProfile extends Partial<
  Readonly<Record<(typeof OWN_ACTIONS)[number], readonly string[]>>
> {
  readonly lists?: readonly WrittenList[]
  readonly indicators?: readonly WrittenList[]
  readonly categories?: Readonly<Record<string, RuleAction | 'off'>>
  readonly default?: 'allow' | 'block'
  readonly dns?: DnsAnswerMode['mode'] | DnsAnswerMode
}

interface WrittenSchedule extends Omit<Schedule, 'days' | 'from' | 'to' | 'zone'> {
  readonly days?: readonly string[]
  readonly from: string
  readonly to: string
  readonly zone?: string
}

/** The text of a policy file, no longer than it may be. Throws WEIR_CANNOT_READ, or a PolicyError. */
export async function readPolicy(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r')
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(POLICY_BYTES_MAX + 1))
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw new WeirError('WEIR_CANNOT_READ', `${path}: ${(cause as Error).message}`, { cause })
  }
}

/**
 * Reads a policy in YAML or JSON; `path` is for messages, and where files of lists lie. Throws a PolicyError with the
 * places at fault.
 */
export function parsePolicy(path: string, text: string | Uint8Array): Policy {
  const read = readYaml(path, typeof text === 'string' ? Buffer.from(text) : text)
  checkSchema(path, read)
  const written = read.value as Written
  const profiles = new Map<string, Profile>()
  for (const [name, profile] of Object.entries(written.profiles)) {
    profiles.set(name, profileOf(name, profile, read))
  }
  const policy: Policy = {
    path,
    protection: written.protection ?? 'block',
    ...(written.bypass !== undefined && { bypassSeconds: secondsOf(written.bypass) }),
    profile: written.profile,
    profiles,
    schedules: (written.schedules ?? []).map((entry) => scheduleOf(entry, written.zone ?? 'UTC')),
  }
  checkPolicy(policy, read)
  return policy
}

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** As the schema has it: `30s`, `10m`, `2h`, `1d`. */
const secondsOf = (text: string): number =>
  Number(text.slice(0, -1)) * SECONDS[text.at(-1) as keyof typeof SECONDS]

/** What verdicts call rules that stand in the policy itself. */
export const ownName = (policy: Policy): string => basename(policy.path)

function profileOf(name: string, written: WrittenProfile, read: Located): Profile {
  const listsAt = (key: 'lists' | 'indicators'): PolicyList[] =>
    (written[key] ?? []).map((list, i) =>
      listOf(list, key, read.place(['profiles', name, key, `${i}`])),
    )
  const dns = written.dns ?? 'nxdomain'
  return {
    name,
    lists: listsAt('lists'),
    indicators: listsAt('indicators'),
    categories: new Map(Object.entries(written.categories ?? {})),
    defaultAction: written.default ?? 'allow',
    dns: typeof dns === 'string' ? { mode: dns } : { ...dns },
    own: OWN_ACTIONS.flatMap((action) => ownOf(name, written, action, read)),
  }
}

function listOf(
  written: WrittenList,
  key: 'lists' | 'indicators',
  place: PolicyList['place'],
): PolicyList {
  if (typeof written === 'string') {
    return { ...(key === 'lists' ? { feed: written } : { file: written }), options: {}, place }
  }
  const { feed, file, ...options } = written
  return {
    ...(feed === undefined ? {} : { feed }),
    ...(file === undefined ? {} : { file }),
    options,
    place,
  }
}

function ownOf(
  profile: string,
  written: WrittenProfile,
  action: (typeof OWN_ACTIONS)[number],
  read: Located,
): OwnRule[] {
  return (written[action] ?? []).map((text, i) => ({
    text,
    action,
    isNetwork: kindOfOwn(text) === 'network',
    place: read.place(['profiles', profile, action, `${i}`]),
  }))
}

function scheduleOf(written: WrittenSchedule, zone: string): Schedule {
  const { days = DAYS, from, to, ...rest } = written
  return {
    zone,
    ...rest,
    days: new Set(days.map((day) => DAYS.indexOf(day))),
    from: minutesOf(from),
    to: minutesOf(to),
  }
}

function minutesOf(text: string): number {
  const [hours, minutes] = text.split(':').map(Number)
  return hours! * 60 + minutes!
}
