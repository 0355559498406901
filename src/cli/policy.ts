import { parseArgs } from 'node:util'
import { defaultDirectory } from '../feeds/store.js'
import { type Built, buildPolicy } from '../policy/build.js'
import type { DnsAnswerMode } from '../policy/policy.js'
import { inForce, type InForce } from '../policy/schedule.js'
import { EXIT, UsageError } from './exit.js'
import { Output } from './output.js'

/** With a time zone: what a time means is not to hang on where it is asked. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/

export async function policyCommand(args: string[]): Promise<number> {
  const [command = '', ...rest] = args
  if (command !== 'check') throw new UsageError('policy is followed by check')
  const { path, store, at, isJson } = readOptions(rest)
  const built = await buildPolicy(path, { store, at })
  const output = new Output()
  output.text(isJson ? `${JSON.stringify(report(built), null, 2)}\n` : text(built))
  output.flush()
  return EXIT.ok
}

function readOptions(args: string[]) {
  const { values, positionals } = parse(args)
  const [path, ...others] = positionals
  if (path === undefined || others.length) throw new UsageError('policy check takes one file')
  const { at, dir = defaultDirectory(), json = false } = values
  const time = at === undefined ? Date.now() : TIME.test(at) ? Date.parse(at) : NaN
  if (Number.isNaN(time)) throw new UsageError('--at is a time such as 2026-03-29T01:30Z')
  return { path, store: dir, at: time, isJson: json }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { at: { type: 'string' }, dir: { type: 'string' }, json: { type: 'boolean' } },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function report({ policy, plan, compiled }: Built) {
  const { next } = plan
  return {
    policy: policy.path,
    inForce: plan.inForce,
    settings: plan.settings,
    lists: plan.lists.length,
    stats: compiled.stats,
    next: next === undefined ? null : { at: iso(next), ...inForce(policy, next) },
  }
}

function text({ policy, plan, compiled }: Built): string {
  const { inForce: now, settings, next, lists } = plan
  const { rules, refused } = compiled.stats
  const lines = [
    `${policy.path}: valid`,
    `in force      ${described(now)}`,
    `without rule  ${settings.defaultAction}`,
    `DNS answer    ${answer(settings.dns)}`,
    `rules         ${rules}, of ${lists.length} lists and the policy itself; ${refused} lines are no rules`,
    `next change   ${next === undefined ? 'none within a week' : `${iso(next)}: ${described(inForce(policy, next))}`}`,
  ]
  return `${lines.join('\n')}\n`
}

const described = ({ profile, protection, schedule }: InForce): string =>
  `profile ${profile}, protection ${protection}${schedule === undefined ? '' : ` (schedule ${schedule})`}`

const answer = ({ mode, ipv4, ipv6 }: DnsAnswerMode): string =>
  [mode, ipv4, ipv6].filter((part) => part !== undefined).join(' ')

const iso = (at: number): string => new Date(at).toISOString()
