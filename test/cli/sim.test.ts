import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { weir } from '../support/weir.js'

const folder = mkdtempSync(join(tmpdir(), 'weir-sim-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('lists scenarios and clients', () => {
  const { code, out } = weir(['sim', '--list'])
  expect(code).toBe(0)
  expect(out).toMatch(/^scenarios\n {2}addresses .*\n {2}web .*\nclients\n {2}curl /ms)
  expect(out).toMatch(/browsers .*\(when named\)/)
})

it.each([
  [['--fast'], /--fast goes with --pcap/],
  [['--pcap', 'x', 'web'], /takes the place of scenarios/],
  [['--pcap', 'x', '--client', 'curl'], /--client goes not with --pcap/],
  [['--pcap', 'x', '--speed', '0'], /a number from 0\.1 to 100/],
  [['--pcap', 'x', '--speed', '2', '--fast'], /not with --fast/],
  [['--format', 'xml'], /one of table, ndjson, none/],
  [['--nothing'], /--nothing/],
])('%s is a wrong command line', (args, message) => {
  const { code, err } = weir(['sim', ...args])
  expect([code, err]).toEqual([2, expect.stringMatching(message)])
})

it('a scenario that is none, or that nobody trusts, runs nothing', () => {
  const path = join(folder, 'mine.yaml')
  writeFileSync(path, 'version: 1\ntitle: x\nsteps:\n  - client: ftp\n')
  expect(weir(['sim', path])).toMatchObject({
    code: 5,
    err: expect.stringMatching(/mine\.yaml:4:/) as string,
  })
  writeFileSync(
    path,
    `version: 1\ntitle: x\nsteps:\n  - { client: command, command: [touch, ${folder}/done], target: "http://a.test", expect: { client: exit 0 } }\n`,
  )
  expect(weir(['sim', path])).toMatchObject({
    code: 5,
    err: expect.stringMatching(/--commands/) as string,
  })
  expect(weir(['sim', join(folder, 'none.yaml')])).toMatchObject({ code: 4 })
})
