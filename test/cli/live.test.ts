import { expect, it } from 'vitest'
import { flowRow, layOut, short } from '../../src/cli/liverow.js'
import { Region } from '../../src/cli/region.js'
import type { ClearedFlow } from '../../src/privacy/reports.js'
import { Terminal } from '../support/terminal.js'

const FLOW = {
  type: 'flow',
  start: '2026-11-23T10:00:00.000000Z',
  client: { ip: '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff', port: 65_535 },
  protocol: 'bittorrent',
  via: 'websocket',
  host: 'x'.repeat(253),
  hostSource: 'tls-sni',
  verdict: 'drop',
  action: 'block',
  rule: { text: '\x1b[2J\r\n\x9bbücher', list: 'l\x07', line: 1 },
  packets: { up: 1e15, down: 1 },
  bytes: { up: 2 ** 53, down: 9 },
} as unknown as ClearedFlow

it('has lines of any width, and none that a list could write an escape sequence into', () => {
  for (let width = 20; width < 300; width++) {
    const { heading, line } = layOut(width)
    const text = line(flowRow(FLOW, true))
    for (const one of [heading, text]) {
      expect(one.length).toBeLessThanOrEqual(width)
      expect(one).toMatch(/^[\x20-\x7e…]*$/)
    }
  }
  expect(layOut(200).line(flowRow(FLOW, true))).toMatch(/\?\[2J\?{3}b\?cher.* 1000T\+ +9007T\+$/)
})

it('says figures short', () => {
  const given = [0, 999, 9999, 10_000, 99_940, 99_950, 999_499, 999_500, 1.5e6, 2 ** 53]
  const said = ['0', '999', '9999', '10.0k', '99.9k', '100k', '999k', '1.0M', '1.5M', '9007T']
  expect(given.map(short)).toEqual(said)
})

it('writes its lines in their place, and others above them, on a terminal of any height', () => {
  const terminal = new Terminal(5, 40)
  // A terminal's driver ends lines so.
  const text = (sent: string): void => void terminal.write(sent.replaceAll('\n', '\r\n'))
  const region = new Region({ text, flush: () => undefined })
  text('$ weir run\n')
  region.draw(['a', 'b', 'status'])
  region.draw(['aa', 'bb'])
  expect(terminal.screen).toEqual(['$ weir run', 'aa', 'bb', ''])
  region.above('weir: one\nweir: two\n')
  expect(terminal.screen).toEqual(['weir: one', 'weir: two', 'aa', 'bb', ''])
  region.above('weir: three\n')
  expect(terminal.screen).toEqual(['weir: two', 'weir: three', 'aa', 'bb', ''])
  expect(terminal.scrolled).toEqual(['$ weir run', 'weir: one'])
  terminal.write('^C')
  region.draw(['cc', 'dd'])
  expect(terminal.screen).toEqual(['weir: two', 'weir: three', 'cc', 'dd', ''])
  terminal.resize(4, 20)
  region.resized()
  region.draw(['ee', 'ff', 'gg'])
  expect(terminal.screen).toEqual(['ee', 'ff', 'gg', ''])
  text('$ fg\n')
  region.resumed()
  region.draw(['h'])
  expect(terminal.screen).toEqual(['gg', '$ fg', 'h', ''])
  expect(terminal.isAtRest).toBe(true)
})
