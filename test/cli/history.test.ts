import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { weir } from '../support/weir.js'

const folder = mkdtempSync(join(tmpdir(), 'weir-history-'))
const history = ['--history', join(folder, 'history.db')]
beforeAll(() => {
  const rules = ['--rules', 'fixtures/lists/demo.json']
  const { code } = weir(['replay', 'fixtures/captures/blocked/input.pcap', ...rules, ...history])
  expect(code).toBe(0)
})
afterAll(() => rmSync(folder, { recursive: true }))

test('flows shows the latest, or those that match', () => {
  const { code, out } = weir(['flows', ...history, '--verdict', 'drop', '--limit', '3'])
  expect(code).toBe(0)
  expect(out.trimEnd().split('\n')).toHaveLength(4)
  expect(out).toContain('drop')
  expect(weir(['flows', ...history, '--host', 'no.test']).out).toBe('no records\n')
})

test('flows --top counts', () => {
  const { out } = weir(['flows', ...history, '--top', 'rule', '--format', 'json'])
  const rows = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { key: string })
  expect(rows.map(({ key }) => key)).toContain('ads.example.test')
})

test('explain names the rule, its list and line', () => {
  const { out } = weir(['flows', ...history, '--host', 'ads.example.test'])
  const number = /^ *(\d+) .*ads\.example\.test/m.exec(out)?.[1] ?? ''
  expect(weir(['explain', number, ...history]).out).toMatch(
    /rule +ads\.example\.test, line 4 of demo-ads/,
  )
  expect(weir(['explain', '999999', ...history]).code).toBe(4)
  expect(weir(['explain', 'x', ...history]).code).toBe(2)
})

test('stats draws what there was', () => {
  expect(weir(['stats', ...history]).out).toMatch(/records +dropped\n2026-11-23 .*█/)
  expect(weir(['stats', ...history, '--every', '1h', '--format', 'ndjson']).out).toMatch(
    /"flows":\d+/,
  )
  expect(weir(['stats', ...history, '--every', 'now']).code).toBe(2)
})

test('export writes any format', async () => {
  const lines = weir(['export', ...history])
    .out.trimEnd()
    .split('\n')
  expect(lines.length).toBeGreaterThan(20)
  const file = join(folder, 'out.parquet')
  expect(weir(['export', ...history, '--format', 'parquet', '--output', file]).code).toBe(0)
  const bytes = readFileSync(file)
  const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer })
  expect(rows).toHaveLength(lines.length)
  expect(weir(['export', ...history, '--format', 'parquet']).code).toBe(2)
})

test.each(['yesterday', '2026-99-99', '5x'])('--since %s is refused', (since) => {
  const { code, err } = weir(['flows', ...history, '--since', since])
  expect(code).toBe(2)
  expect(err).toContain('--since')
})
