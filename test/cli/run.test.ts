import { expect, it } from 'vitest'
import { hairpinOf } from '../../src/tun/hairpin.js'
import { metricsText } from '../../src/tun/metrics.js'
import type { Device } from '../../src/tun/device.js'
import type { Status } from '../../src/tun/status.js'
import { weir } from '../support/weir.js'

it.each([
  [['--dns', 'maybe'], /--dns: one of nxdomain, nodata, null, sinkhole, refused/],
  [['--dns', 'sinkhole'], /--dns sinkhole and --sinkhole ADDRESS go together/],
  [['--dns', 'null', '--sinkhole', '192.0.2.1'], /go together/],
  [['--sinkhole', '192.0.2.1', '--sinkhole', '192.0.2.2'], /or one of each/],
  [['--sinkhole', 'example'], /or one of each/],
  [['--dns-ttl', '86401'], /--dns-ttl: a number from 0 to 86400/],
  [['--dns-warned', 'maybe'], /--dns-warned: one of pass, answer/],
  [['--bypass-for', '10x'], /--bypass-for: a time such as 30s, 10m, 2h or 1d, 30 days at most/],
  [['--bypass-for', '31d'], /30 days at most/],
  [['--pcap-payload'], /go with --pcap FILE/],
  [['--pcap', 'x', '--pcap-size', '0'], /--pcap-size: a number from 1 to/],
  [['--records', 'x', '--records-size', '0'], /--records-size: a number from 1 to/],
  [['--records', 'x', '--records-age', 'old'], /--records-age: a time such as/],
  [['--records', 'x', '--records-sync', 'often'], /--records-sync/],
  [['--mtu', '1279'], /--mtu: a number from 1280 to 65535/],
  [['--hairpin', '80/sctp'], /--hairpin: a port, or one with \/udp/],
  [['--hairpin', '0'], /--hairpin: a number from 1 to 65535/],
  [['--max-flows', '15'], /--max-flows: a number from 16 to 16777216/],
  [['--format', 'xml'], /--format: one of table, ndjson, none/],
])('weir run %s is a wrong command line', (args, message) => {
  const run = weir(['run', ...args])
  expect(run.code).toBe(2)
  expect(run.err).toMatch(message)
})

it.each([
  [[], /weir bypass list, add or revoke/],
  [['add'], /weir bypass add HOST/],
  [['add', 'a.test', '--for', 'ever'], /--for: a time such as/],
  [['revoke'], /weir bypass revoke HOST..., or --all/],
  [['revoke', 'a.test', '--all'], /or --all/],
  [['list', 'a.test'], /takes no host/],
])('weir bypass %s is a wrong command line', (args, message) => {
  const run = weir(['bypass', ...args])
  expect(run.code).toBe(2)
  expect(run.err).toMatch(message)
})

it('weir status says that nothing runs', () => {
  const run = weir(['status', '--socket', '/nonexistent/weir.sock'])
  expect(run.code).toBe(4)
  expect(run.err).toMatch(/does weir run\?/)
})

it('clients of a listener seem to be behind its addresses', () => {
  const device = { name: 'weir0', addresses: ['198.18.0.255/15', 'fd00::ffff/64', 'fd01::1/64'] }
  expect(hairpinOf(device as unknown as Device, { tcpPort: 80 })).toEqual({
    own: ['198.18.0.255', 'fd00::ffff'],
    masks: ['198.18.1.0', 'fd00::1:0'],
    tcpPort: 80,
  })
})

it('metrics are what Prometheus reads', () => {
  const status = {
    since: '2026-01-01T00:00:00.000Z',
    flows: 3,
    rules: 2,
    generation: 1,
    confined: true,
    engine: { flowsOpened: 7 },
    loop: { recordsLost: 0 },
    memory: { resident: 10, engine: 5 },
    sinks: {},
  }
  expect(metricsText(status as unknown as Status))
    .toBe(`# TYPE weir_engine_flows_opened_total counter
weir_engine_flows_opened_total 7
# TYPE weir_loop_records_lost_total counter
weir_loop_records_lost_total 0
# TYPE weir_flows gauge
weir_flows 3
# TYPE weir_rules gauge
weir_rules 2
# TYPE weir_rules_generation gauge
weir_rules_generation 1
# TYPE weir_confined gauge
weir_confined 1
# TYPE weir_memory_resident_bytes gauge
weir_memory_resident_bytes 10
# TYPE weir_memory_engine_bytes gauge
weir_memory_engine_bytes 5
# TYPE weir_start_time_seconds gauge
weir_start_time_seconds 1767225600
`)
})
