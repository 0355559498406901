import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const work = mkdtempSync(join(tmpdir(), 'weir-abi-'))
const header = readFileSync(at('native/include/weir.h'), 'utf8')
afterAll(() => rmSync(work, { recursive: true }))

/** The check of a header in which something was replaced. */
function checkWith(from: string | RegExp, to: string) {
  const changed = header.replace(from, to)
  expect(changed).not.toBe(header)
  const file = join(work, 'weir.h')
  writeFileSync(file, changed)
  return abi('--check', '--header', file)
}

function abi(...args: string[]) {
  const { status, stderr } = spawnSync(process.execPath, [at('native/abi/main.mjs'), ...args], {
    encoding: 'utf8',
  })
  return { status, stderr }
}

it('weir.h promises what native/abi.txt says; else npm run generate:abi', () => {
  expect(abi('--check')).toEqual({ status: 0, stderr: '' })
})

describe('a change is seen', () => {
  it.each([
    [
      'a field that moves',
      'uint32_t size;            /*',
      'uint64_t size; /*',
      '+ field weir_config.size',
    ],
    [
      'a field that has gone',
      /^ +uint64_t seed\[2\]; +\/\* hash key.*$/m,
      '',
      '- field weir_config.seed',
    ],
    [
      'a value that another has',
      'X(WARN, 3, "warn")',
      'X(WARN, 5, "warn")',
      '- enum weir_action WEIR_ACTION_WARN 3',
    ],
    [
      'a function that takes something else',
      'bool weir_tick(weir_engine *engine, uint64_t',
      'bool weir_tick(weir_engine *engine, uint32_t',
      '- function weir_tick',
    ],
    [
      'a new counter',
      'X(records_lost)',
      'X(records_found) X(records_lost)',
      '+ field weir_counters.records_found',
    ],
    [
      'a length',
      /#define WEIR_NAME_MAX +253/,
      '#define WEIR_NAME_MAX 254',
      '+ number WEIR_NAME_MAX 254',
    ],
  ])('%s', (_, from, to, line) => {
    const { status, stderr } = checkWith(from, to)
    expect(status).toBe(1)
    expect(stderr).toContain('npm run generate:abi')
    expect(stderr).toContain(line)
  })
})

describe('writing', () => {
  it('refuses what breaks a promise under the same number', () => {
    const file = join(work, 'weir.h')
    writeFileSync(file, header.replace('uint64_t udp_idle_us;', 'uint32_t udp_idle_us;'))
    const { status, stderr } = abi('--header', file)
    expect(status).toBe(1)
    expect(stderr).toContain('raise WEIR_ABI')
    expect(stderr).toContain('field weir_config.udp_idle_us')
  })
})
