import { describe, expect, it } from 'vitest'
import { Tally } from '../../src/cli/tally.js'
import { FIELD, RECORD_SIZE } from '../../src/records/layout.js'
import { RecordRun } from '../../src/records/ring.js'
import { ACTIONS, PROTOCOLS, RECORD_KINDS, VERDICTS } from '../../src/records/vocabulary.js'

/** Flow records to these hosts, behind an entry that is not part of the run. */
function flowsTo(...hosts: string[]): RecordRun {
  const run = new RecordRun(new ArrayBuffer((hosts.length + 1) * RECORD_SIZE))
  run.offset = RECORD_SIZE
  run.count = hosts.length
  hosts.forEach((host, i) => {
    const at = run.at(i)
    run.bytes[at + FIELD.kind] = RECORD_KINDS.flow
    run.bytes[at + FIELD.protocol] = PROTOCOLS.indexOf('https')
    run.bytes[at + FIELD.verdict] = VERDICTS.indexOf('pass')
    run.bytes[at + FIELD.nameLen] = run.bytes.write(host, at + FIELD.name, 'latin1')
  })
  return run
}

describe('Tally', () => {
  it('counts flows and hosts', () => {
    const tally = new Tally(10)
    tally.add(flowsTo('a.example', 'b.example', '', 'b.example'))
    tally.add(flowsTo('a.example.org'))
    const { flows, dns, hosts, hostsLeftOut, protocols, verdicts, actions } = tally.figures
    expect({ flows, dns, hosts, hostsLeftOut }).toEqual({
      flows: 5,
      dns: 0,
      hosts: 3,
      hostsLeftOut: 0,
    })
    expect(protocols[PROTOCOLS.indexOf('https')]).toBe(5)
    expect(verdicts[VERDICTS.indexOf('pass')]).toBe(5)
    expect(actions[ACTIONS.indexOf('none')]).toBe(5)
    expect(tally.top(2)).toEqual([
      ['b.example', 2],
      ['a.example', 1],
    ])
  })

  it('leaves hosts out when it is full, and says so', () => {
    const tally = new Tally(2)
    tally.add(flowsTo('a', 'b', 'c', 'a'))
    expect(tally.figures.hostsLeftOut).toBe(1)
    expect(tally.top(5)).toEqual([
      ['a', 2],
      ['b', 1],
    ])
  })

  it('takes no records from outside of their memory', () => {
    const tally = new Tally(2)
    const run = flowsTo('a')
    run.count = 2
    expect(() => tally.add(run)).toThrow(/outside/)
    run.offset = 2 * RECORD_SIZE + 8
    expect(() => tally.add(run)).toThrow(/outside/)
  })
})
