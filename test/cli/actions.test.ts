import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { ClearedAction } from '../../src/privacy/gate.js'
import { HistoryWriter } from '../../src/sinks/history/writer.js'
import { startWeir } from '../support/weir.js'
import { Place } from '../telemetry/place.js'

const ask = (place: Place, ...args: string[]) => startWeir(args, { env: place.env }).end

const action = (time: string, more: object): ClearedAction =>
  ({ type: 'action', time, by: 'weir', ...more }) as unknown as ClearedAction

function keep(path: string, actions: readonly ClearedAction[]): void {
  const writer = new HistoryWriter(path)
  writer.write(actions)
  writer.close()
}

it('shows what the store, consent and lists have, each once, in order', async () => {
  using place = new Place()
  expect((await ask(place, 'actions')).out).toBe('no records\n')
  const { code } = await ask(place, 'consent', 'set', 'names', 'domain', '--as', 'admin')
  expect(code).toBe(0)
  const noted = (await ask(place, 'actions', '--format', 'ndjson')).out
  const consent = JSON.parse(noted) as ClearedAction
  expect(consent).toMatchObject({ action: 'consent-changed', gate: 'names', to: 'domain' })
  const later = new Date(Date.parse(consent.time) + 500).toISOString()
  const followed = { ...consent, time: later }
  const started = action('2026-11-20T01:00:00.000Z', { action: 'started' })
  const bypass = action(later, { action: 'bypass-granted', host: 'a.test\u001b[31m' })
  keep(join(place.state, 'history.db'), [bypass, followed, started])
  const { out } = await ask(place, 'actions')
  const lines = out.trimEnd().split('\n')
  expect(lines.map((line) => line.slice(21).split(' ')[0])).toEqual([
    'action',
    'started',
    'consent-changed',
    'bypass-granted',
  ])
  expect(out).toContain('host "a.test\\u001b[31m"')
  expect((await ask(place, 'actions', '--since', '1h', '--limit', '1')).out).not.toMatch(/started|consent/) // prettier-ignore
})

it('reads of its files what is an action, and of a store that was named that alone', async () => {
  using place = new Place()
  mkdirSync(place.config, { recursive: true })
  const listed = action('2026-11-20T02:00:00.000Z', { action: 'list-updated', list: 'oisd', count: 7 }) // prettier-ignore
  const lines = ['', 'no JSON', 'null', '[]', '{"type":"action"}', '{"type":"flow"}']
  writeFileSync(
    join(place.config, 'changes.ndjson'),
    [...lines, JSON.stringify(listed), '{"type":"action","time":"x","action":"started"}'].join(
      '\n',
    ),
  )
  expect((await ask(place, 'actions')).out).toContain('list oisd, count 7')
  const path = place.join('other.db')
  keep(path, [action('2026-11-20T01:00:00.000Z', { action: 'stopped' })])
  const { out } = await ask(place, 'actions', '--history', path)
  expect(out).toContain('stopped')
  expect(out).not.toContain('oisd')
  expect((await ask(place, 'actions', '--history', place.join('none.db'))).code).toBe(4)
  expect((await ask(place, 'actions', '--host', 'a.test')).code).toBe(2)
})

it('are exported in their place among what was seen', async () => {
  using place = new Place()
  const path = place.join('history.db')
  const history = ['--history', path]
  await ask(place, 'replay', 'fixtures/captures/blocked/input.pcap', ...history)
  const traffic = (await ask(place, 'export', ...history)).out
  const kinds = (text: string): string[] =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type)
  keep(path, [
    action('1999-01-01T00:00:00.000Z', { action: 'started' }),
    action('2099-01-01T00:00:00.000Z', { action: 'stopped' }),
  ])
  const both = (await ask(place, 'export', ...history, '--with', 'actions')).out
  expect(kinds(both)).toEqual(['action', ...kinds(traffic), 'action'])
  expect((await ask(place, 'export', ...history)).out).toBe(traffic)
  expect((await ask(place, 'export', ...history, '--with', 'x')).code).toBe(2)
})
