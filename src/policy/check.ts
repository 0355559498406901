import { SYNTAXES } from '../blocklist/syntax/syntaxes.js'
import { PolicyError, type Problem } from './error.js'
import { isAddress, keyOfOwn, kindOfOwn } from './own.js'
import type { Policy, Profile } from './policy.js'
import type { Located } from './yaml.js'
import { isZone } from './zone.js'

type Report = (keys: readonly string[], message: string) => void

const BYPASS_SECONDS_MAX = 30 * 86_400

/** What a schema cannot say. Throws a PolicyError with all that is wrong. */
export function checkPolicy(policy: Policy, read: Located): void {
  const problems: Problem[] = []
  const report: Report = (keys, message) => problems.push({ ...read.place(keys), message })
  const isProfile = (name: string | undefined, keys: readonly string[]): void => {
    if (name === undefined || policy.profiles.has(name)) return
    report(keys, `there is no profile ${name}: there are ${[...policy.profiles.keys()].join(', ')}`)
  }
  isProfile(policy.profile, ['profile'])
  if ((policy.bypassSeconds ?? 0) > BYPASS_SECONDS_MAX) report(['bypass'], 'bypass is 30d at most')
  for (const [i, { profile, zone }] of policy.schedules.entries()) {
    isProfile(profile, ['schedules', `${i}`, 'profile'])
    if (isZone(zone)) continue
    report(['schedules', `${i}`, 'zone'], `there is no time zone ${zone}: Europe/Berlin is one`)
  }
  for (const profile of policy.profiles.values()) checkProfile(profile, report, read)
  if (problems.length) throw new PolicyError(policy.path, problems)
}

function checkProfile(profile: Profile, report: Report, read: Located): void {
  const top = ['profiles', profile.name]
  for (const key of ['lists', 'indicators'] as const) {
    for (const [i, { feed, file, options }] of profile[key].entries()) {
      const at = [...top, key, `${i}`]
      if ((feed === undefined) === (file === undefined)) {
        report(at, 'a list has a feed or a file, and not both')
      }
      const { syntax } = options
      if (syntax === undefined || SYNTAXES.includes(syntax)) continue
      report([...at, 'syntax'], `syntax is one of ${SYNTAXES.join(', ')}`)
    }
  }
  checkDns(profile, [...top, 'dns'], report)
  checkOwn(profile, top, report, read)
}

function checkDns({ dns }: Profile, at: readonly string[], report: Report): void {
  const { mode, ipv4, ipv6 } = dns
  const isSinkhole = mode === 'sinkhole'
  const hasAddress = ipv4 !== undefined || ipv6 !== undefined
  if (isSinkhole && !hasAddress) report(at, 'a sinkhole has an address: ipv4, ipv6 or both')
  if (!isSinkhole && hasAddress) report(at, `addresses are for mode: sinkhole, not for ${mode}`)
  if (ipv4 !== undefined && !isAddress(ipv4, 4)) {
    report([...at, 'ipv4'], 'ipv4 is an address: 192.0.2.1')
  }
  if (ipv6 !== undefined && !isAddress(ipv6, 6)) {
    report([...at, 'ipv6'], 'ipv6 is an address: "2001:db8::1"')
  }
}

function checkOwn(profile: Profile, top: readonly string[], report: Report, read: Located): void {
  const seen = new Map<string, string>()
  const counts = new Map<string, number>()
  for (const { text, action } of profile.own) {
    const i = counts.get(action) ?? 0
    counts.set(action, i + 1)
    const at = [...top, action, `${i}`]
    if (kindOfOwn(text) === undefined) {
      report(at, `${JSON.stringify(text.slice(0, 64))} is no name, *.name, address or network`)
      continue
    }
    const key = keyOfOwn(text)
    const before = seen.get(key)
    if (before !== undefined && before !== action) {
      const { line } = read.place([...top, before])
      report(at, `${text} is under ${before} (line ${line}) already: take one of them away`)
    }
    seen.set(key, action)
  }
}
