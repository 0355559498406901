import { expect, test } from 'vitest'
import { FORMAT_NAMES } from '../../src/sinks/formats/names.js'
import { weir } from '../support/weir.js'

const capture = 'fixtures/captures/blocked/input.pcap'

test.each(FORMAT_NAMES)('replay --format %s', (name) => {
  const { code, out } = weir(['replay', capture, '--format', name])
  expect(code).toBe(0)
  const lines = out.split('\n').filter((line) => line && !line.startsWith('#'))
  expect(lines.length).toBeGreaterThan(name === 'csv' ? 1 : 0)
})

test('replay --format with another name says which there are', () => {
  const { code, err } = weir(['replay', capture, '--format', 'xml'])
  expect(code).toBe(2)
  expect(err).toContain('zeek-conn')
})
