import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { WeirError } from '../../src/errors.js'
import { Ruleset } from '../../src/engine/ruleset.js'
import { PRESETS } from '../../src/sim/clients.js'
import { bundledScenarios, parseScenario, readScenario } from '../../src/sim/scenario.js'

const step = `
steps:
  - client: curl
    target: https://a.test/
    expect: { client: reset }
`

function problem(text: string): string {
  try {
    parseScenario('s.yaml', text)
  } catch (error) {
    expect(error).toBeInstanceOf(WeirError)
    expect((error as WeirError).code).toBe('WEIR_BAD_SCENARIO')
    return (error as Error).message
  }
  throw new Error('it was taken')
}

describe('a scenario', () => {
  it('compiles its rules, and names their lines', () => {
    const { name, rules, mode, steps } = parseScenario(
      'folder/mine.yaml',
      `version: 1\ntitle: x\nrules:\n  default: block\n  block:\n    - bad.test\n    - 192.0.2.0/24\n${step}`,
    )
    expect([name, mode.defaultAction, steps.length]).toEqual(['mine', 'block', 1])
    using ruleset = Ruleset.from(rules)
    const match = ruleset.matchName('bad.test')!
    expect(match.action).toBe('block')
    expect(ruleset.rule(match.rule)).toMatchObject({ list: 'mine', line: 6 })
    expect(ruleset.rule(ruleset.matchAddress('192.0.2.9')!.rule)).toMatchObject({ line: 7 })
  })

  it('may be JSON', () => {
    const text = {
      version: 1,
      title: 'x',
      steps: [{ client: ['curl', 'wget'], target: 'http://a.test', expect: { client: 'page' } }],
    }
    expect(parseScenario('s.json', JSON.stringify(text)).steps).toHaveLength(1)
  })

  it.each(bundledScenarios())('%s, which comes with Weir, is one', (name) => {
    expect(readScenario(name)).toMatchObject({ name })
  })

  it.each([
    ['', /s\.yaml:1:1: the scenario must be object/],
    [`version: 2\ntitle: x${step}`, /s\.yaml:1:10: version must be equal to constant/],
    [`version: 1${step}`, /must have required property 'title'/],
    [`version: 1\ntitle: x\nrule: {}${step}`, /s\.yaml:3:1: unknown key "rule"/],
    [`version: 1\ntitle: x\nsteps: []`, /steps must NOT have fewer than 1 items/],
    [
      `version: 1\ntitle: x${step.replace('reset', 'resett')}`,
      /s\.yaml:6:23: steps\.0\.expect\.client/,
    ],
    [`version: 1\ntitle: x${step.replace('https', 'ftp')}`, /steps\.0\.target must match pattern/],
    [
      `version: 1\ntitle: x${step.replace('https', 'ssh')}`,
      /s\.yaml:5:13: curl takes http and https only/,
    ],
    [
      `version: 1\ntitle: x${step.replace('curl', 'command')}`,
      /client command and its command go together/,
    ],
    [
      `version: 1\ntitle: x${step.replace('reset', 'reset, record: { verdict: dropped }')}`,
      /s\.yaml:6:49: no record has verdict "dropped"/,
    ],
    [
      `version: 1\ntitle: x\nrules: { block: ["a b"] }${step}`,
      /"a b" is neither a name nor an address/,
    ],
    [`version: 1\ntitle: x${step}    at: ["1.2.3"]`, /"1\.2\.3" is no address/],
    ['\xff\xfe', /./],
    [`version: 1\ntitle: x\nsteps: ${'['.repeat(2000)}`, /nested too deeply/],
    [`version: 1\ntitle: &a x${step}`, /anchors are not taken/],
    ['#'.repeat(300_000), /longer than/],
  ])('%#: says what is wrong, and where', (text, message) => {
    expect(problem(text)).toMatch(message)
  })

  it('is read, or said not to be there', () => {
    expect(() => readScenario('nowhere.yaml')).toThrow(/there is addresses, .*web/)
  })
})

it('the schema has the clients that there are', () => {
  const file = new URL('../../src/sim/scenario.schema.json', import.meta.url)
  const schema = JSON.parse(readFileSync(file, 'utf8')) as { $defs: { client: { enum: string[] } } }
  expect(schema.$defs.client.enum).toEqual(Object.keys(PRESETS))
})
