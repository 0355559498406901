import { describe, expect, it } from 'vitest'
import { parsePolicy } from '../../src/policy/parse.js'
import { inForce, nextChange } from '../../src/policy/schedule.js'
import { instantOf, wallTime, weekday } from '../../src/policy/zone.js'

const policyOf = (...entries: string[]) =>
  parsePolicy(
    'p.yaml',
    `version: 1\nprofile: base\nprofiles: {base: {}, other: {}, third: {}}\nschedules:\n${entries
      .map((entry) => `  - { ${entry} }`)
      .join('\n')}\n`,
  )

const at = (text: string): number => Date.parse(text)
const berlin = (span: string, more = 'profile: other'): string =>
  `zone: Europe/Berlin, ${span}, ${more}`

/** When `other` comes into force and when it ends, from `from` on, by the minute and by nextChange. */
function changes(policy: ReturnType<typeof policyOf>, from: string, to: string): string[] {
  const found: string[] = []
  let before = inForce(policy, at(from))
  for (let time = at(from); time < at(to); time += 60_000) {
    const now = inForce(policy, time)
    if (now.profile !== before.profile || now.protection !== before.protection) {
      found.push(new Date(time).toISOString().slice(0, 16))
      expect(nextChange(policy, time - 60_000)).toBe(time)
    }
    before = now
  }
  return found
}

describe('schedules', () => {
  it('apply on their days, between their times', () => {
    const policy = policyOf(berlin('days: [mon, tue], from: "15:00", to: "17:00"'))
    expect(changes(policy, '2026-11-22T00:00Z', '2026-11-26T00:00Z')).toEqual([
      '2026-11-23T14:00',
      '2026-11-23T16:00',
      '2026-11-24T14:00',
      '2026-11-24T16:00',
    ])
    expect(inForce(policy, null)).toEqual({
      profile: 'base',
      protection: 'block',
      schedule: undefined,
    })
  })

  it('cross midnight from the day on which they begin', () => {
    const policy = policyOf(berlin('days: [sun], from: "22:00", to: "06:00"'))
    expect(changes(policy, '2026-11-21T00:00Z', '2026-11-25T00:00Z')).toEqual([
      '2026-11-22T21:00',
      '2026-11-23T05:00',
    ])
  })

  it('may last a day', () => {
    const policy = policyOf(berlin('days: [sat, sun], from: "00:00", to: "24:00"'))
    expect(changes(policy, '2026-11-19T00:00Z', '2026-11-25T00:00Z')).toEqual([
      '2026-11-20T23:00',
      '2026-11-22T23:00',
    ])
    const round = policyOf(berlin('days: [sat], from: "12:00", to: "12:00"'))
    expect(changes(round, '2026-11-19T00:00Z', '2026-11-25T00:00Z')).toEqual([
      '2026-11-21T11:00',
      '2026-11-22T11:00',
    ])
  })

  it('are asked in order: the first that applies decides', () => {
    const policy = policyOf(
      'from: "12:00", to: "13:00", protection: off, name: lunch',
      'from: "08:00", to: "18:00", profile: other',
    )
    expect(inForce(policy, at('2026-11-23T12:30Z'))).toEqual({
      profile: 'base',
      protection: 'off',
      schedule: 'lunch',
    })
    expect(inForce(policy, at('2026-11-23T13:00Z'))).toMatchObject({
      profile: 'other',
      schedule: '2',
    })
    expect(nextChange(policy, at('2026-11-23T12:30Z'))).toBe(at('2026-11-23T13:00Z'))
    expect(nextChange(policyOf('from: "00:00", to: "24:00", protection: off'), 0)).toBeUndefined()
  })
})

describe('when clocks are put forward', () => {
  it.each<[string, string, string[]]>([
    // 2026-03-29 02:00 CET is 03:00 CEST.
    ['before', 'from: "01:00", to: "02:30"', ['2026-03-29T00:00', '2026-03-29T01:00']],
    ['at the gap', 'from: "02:00", to: "04:00"', ['2026-03-29T01:00', '2026-03-29T02:00']],
    ['in the gap', 'from: "02:30", to: "04:00"', ['2026-03-29T01:00', '2026-03-29T02:00']],
    ['within the gap', 'from: "02:15", to: "02:45"', []],
    ['over the gap', 'from: "00:00", to: "06:00"', ['2026-03-28T23:00', '2026-03-29T04:00']],
  ])('%s', (_, span, expected) => {
    const policy = policyOf(berlin(`days: [sun], ${span}`))
    expect(changes(policy, '2026-03-28T00:00Z', '2026-03-30T00:00Z')).toEqual(expected)
  })
})

describe('when clocks are put back', () => {
  it.each<[string, string, string[]]>([
    // 2026-10-25 03:00 CEST is 02:00 CET: 02:30 comes twice, and counts once.
    ['to the fold', 'from: "01:00", to: "02:30"', ['2026-10-24T23:00', '2026-10-25T00:30']],
    ['from the fold', 'from: "02:30", to: "04:00"', ['2026-10-25T00:30', '2026-10-25T03:00']],
    ['in the fold', 'from: "02:15", to: "02:45"', ['2026-10-25T00:15', '2026-10-25T00:45']],
    ['over the fold', 'from: "00:00", to: "06:00"', ['2026-10-24T22:00', '2026-10-25T05:00']],
    ['over midnight', 'from: "23:00", to: "01:00"', ['2026-10-25T22:00']],
  ])('%s', (_, span, expected) => {
    const policy = policyOf(berlin(`days: [sun], ${span}`))
    expect(changes(policy, '2026-10-24T00:00Z', '2026-10-26T00:00Z')).toEqual(expected)
  })
})

describe('zones', () => {
  it('with odd offsets and odd changes', () => {
    expect(wallTime('Asia/Kathmandu', at('2026-01-01T00:00Z'))).toBe(at('2026-01-01T05:45Z'))
    const lordHowe = policyOf(
      'zone: Australia/Lord_Howe, days: [sun], from: "01:45", to: "02:15", profile: other',
    )
    // Half an hour: 2026-04-05 02:00 LHDT is 01:30 LHST.
    expect(changes(lordHowe, '2026-04-04T00:00Z', '2026-04-06T00:00Z')).toEqual([
      '2026-04-04T14:45',
      '2026-04-04T15:45',
    ])
    const day = Date.UTC(2011, 11, 30) / 86_400_000 // Samoa went from the 29th to the 31st
    expect(instantOf('Pacific/Apia', day, 600)).toBe(at('2011-12-30T10:00:00Z'))
    expect(weekday(0)).toBe(3)
    expect(weekday(-4)).toBe(6)
  })

  it('cost little, however many schedules there are', () => {
    const entries = Array.from(
      { length: 64 },
      (_, i) => `from: "0${i % 10}:0${i % 7}", to: "1${i % 10}:30", profile: other`,
    )
    const policy = policyOf(...entries)
    const started = performance.now()
    nextChange(policy, at('2026-11-23T23:00Z'))
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
