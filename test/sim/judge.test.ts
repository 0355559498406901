import { describe, expect, it } from 'vitest'
import type { FlowRecord } from '../../src/records/types.js'
import { type Ended, judge } from '../../src/sim/judge.js'
import { outcomeOf } from '../../src/sim/clients.js'
import type { Sight } from '../../src/tun/sight.js'

const CLIENT = { ip: '198.18.0.1', port: 40000 }
const SERVER = { ip: '198.51.100.80', port: 443 }

const flow = (fields: Partial<FlowRecord> = {}): FlowRecord =>
  ({
    type: 'flow',
    start: '2026-11-23T19:00:00.500000Z',
    client: CLIENT,
    server: SERVER,
    protocol: 'https',
    host: 'bad.test',
    verdict: 'drop',
    reason: 'rule-block',
    ...fields,
  }) as FlowRecord

const up = (time: number, payload: number, syn = false): Sight => ({
  ...{ time, toReader: true, transport: 6, from: CLIENT, to: SERVER, payload, syn, rst: false },
})
const down = (time: number, more: Partial<Sight>): Sight => ({
  ...{ time, toReader: false, transport: 6, from: SERVER, to: CLIENT },
  ...{ payload: 0, syn: false, rst: false, ...more },
})

const handshake = [up(0, 0, true), down(100, { syn: true }), up(200, 0)]
const ended = (more: Partial<Ended> = {}): Ended => ({
  expect: { client: 'reset', record: { verdict: 'drop', host: 'bad.test' } },
  version: 4,
  saw: 'reset',
  said: 'reset by peer',
  from: Date.parse('2026-11-23T19:00:00.400Z'),
  to: Date.parse('2026-11-23T19:00:00.600Z'),
  sights: [...handshake, up(1000, 517), down(1500, { rst: true })],
  missed: 0,
  ...more,
})

const differences = (end: Ended, ...records: FlowRecord[]) => judge(end, records).differences

describe('what happened against what was expected', () => {
  it('is alike, and how long the answer took', () => {
    expect(judge(ended(), [flow()])).toMatchObject({ differences: [], answered: 0.5 })
  })

  it.each([
    ['the client', ended({ saw: 'reached' }), flow(), /the client sees reached/],
    ['the record', ended(), flow({ host: 'good.test' }), /host is good.test, not bad.test/],
    ['no record', ended(), flow({ start: '2026-11-23T19:00:01.000000Z' }), /there is no record/],
    ['the version', ended({ version: 6 }), flow(), /there is no record/],
    [
      'the time',
      ended({ sights: [...handshake, up(1000, 517), down(51_100, { rst: true })] }),
      flow(),
      /answered after 50\.1 ms/,
    ],
    ['no answer', ended({ sights: handshake }), flow(), /no answer passed the device/],
    ['what was missed', ended({ sights: [], missed: 3 }), flow(), /3 packets were not seen/],
  ])('differs in %s', (_, end, record, said) => {
    expect(differences(end, record).join()).toMatch(said)
  })

  it('a server that speaks first has not answered', () => {
    const banner = down(300, { payload: 20 })
    const sights = [...handshake, banner, up(1000, 30), down(1400, { rst: true })]
    expect(judge(ended({ sights }), [flow()]).answered).toBe(0.4)
    const page = [...handshake, up(1000, 70), down(1200, { payload: 500 })]
    expect(judge(ended({ sights: page }), [flow({ protocol: 'http' })]).answered).toBe(0.2)
  })

  it('differs in what the client says', () => {
    const expected = { client: 'reset', says: 'reset by nobody' }
    expect(differences(ended({ expect: expected }))).toEqual(['it does not say "reset by nobody"'])
  })

  it('an ICMP error answers the packet that it is about', () => {
    const about = { from: CLIENT, to: SERVER }
    const error = down(300, {
      from: { ip: SERVER.ip, port: 0 },
      to: { ip: CLIENT.ip, port: 0 },
      about,
    })
    expect(judge(ended({ sights: [up(0, 5), error] }), [flow()]).answered).toBe(0.3)
    const other = { ...error, about: { from: CLIENT, to: { ...SERVER, port: 1 } } }
    expect(judge(ended({ sights: [up(0, 5), other] }), [flow()]).answered).toBeUndefined()
  })

  it('the record that is most as expected is the one', () => {
    const { record } = judge(ended(), [flow({ verdict: 'pass', host: null }), flow()])
    expect(record).toMatchObject({ host: 'bad.test' })
  })
})

describe('what a client saw', () => {
  it.each([
    ['curl', 'weir-origin\n\nstatus 200\n', 'reached'],
    ['curl', '<html>\nstatus 403\n', 'page'],
    ['curl', 'curl: (35) OpenSSL SSL_connect: Connection reset by peer', 'reset'],
    ['curl', 'connect to 192.0.2.1 port 443 failed: Connection refused', 'refused'],
    ['curl', 'curl: (6) Could not resolve host: a.test', 'unresolved'],
    ['wget', 'GnuTLS: Error in the pull function.', 'reset'],
    ['openssl', 'write:errno=104', 'reset'],
    ['dig', ';; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 1', 'nxdomain'],
    ['dig', 'status: NOERROR\n;; flags: qr; QUERY: 1, ANSWER: 0', 'nodata'],
    ['kdig', 'status: NOERROR\n;; QUERY: 1; ANSWER: 2;', 'answered'],
    ['dig', ';; no servers could be reached', 'timeout'],
    ['gtlsclient', 'CONNECTION_CLOSE(0x1c) error_code=CONNECTION_REFUSED(0x2)', 'closed'],
    ['ssh', 'ssh: connect to host a.test port 22: Connection refused', 'refused'],
    ['chromium', '<title>a.test</title> ERR_CONNECTION_RESET', 'reset'],
    ['curl', 'something else', 'failed'],
  ] as const)('%s: %s', (name, text, outcome) => {
    expect(outcomeOf(name, { code: 1, text })).toBe(outcome)
  })

  it('is a timeout where it was stopped, and a number for programs of one’s own', () => {
    expect(outcomeOf('curl', { code: null, text: '' })).toBe('timeout')
    expect(outcomeOf('command', { code: 3, text: '' })).toBe('exit 3')
  })
})
