import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'native/build/phone')
const corpus = process.env.WEIR_CORPUS ?? join(root, '../shared/corpus')

const MIB = 2 ** 20
const NAMES = 1_000_000

/** A million names that nobody has, and as many with one more. */
function compileList(file, more) {
  const zones = ['com', 'net', 'org']
  const lines = []
  for (let i = 0; i < NAMES; i++) {
    const host = (Math.imul(i, 0x9e3779b1) >>> 0).toString(36)
    lines.push(`${host}.site-${i % 9973}.example.${zones[i % 3]}`)
  }
  const list = `${file}.txt`
  writeFileSync(list, [...lines, ...more, ''].join('\n'))
  execFileSync(process.execPath, [join(root, 'dist/cli/weir.js'), 'compile', '-o', file, list])
}

function rulesets() {
  mkdirSync(folder, { recursive: true })
  const wanted = [
    [join(folder, 'first.weir'), []],
    [join(folder, 'next.weir'), ['one.more.example']],
  ]
  return wanted.map(([file, more]) => {
    compileList(file, more)
    return file
  })
}

function captures() {
  const isThere = existsSync(join(corpus, 'pcap'))
  const from = isThere ? join(corpus, 'pcap') : join(root, 'fixtures/captures')
  return readdirSync(from, { recursive: true })
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .sort()
    .map((name) => join(from, name))
}

const figures = {}

beforeAll(() => {
  execFileSync('make', ['-s', '-C', join(root, 'native'), 'build/plain/test/phone'])
  const program = join(root, 'native/build/plain/test/phone')
  const text = execFileSync(program, [...rulesets(), ...captures()], { encoding: 'utf8' })
  for (const line of text.trim().split('\n')) {
    const [name, value] = line.split(' ')
    figures[name] = Number(value)
  }
  console.log(text)
})

it('plays everything against a million rules, until every table is full', () => {
  expect(figures.rules).toBe(NAMES)
  expect(figures.flows).toBeGreaterThan(16_384)
  for (const table of ['flows', 'hints', 'assemblers', 'queries'])
    expect(figures[`${table}-evicted`]).toBeGreaterThan(0)
})

it('dirties 12 MiB at most', () => {
  expect(figures.peak).toBeGreaterThanOrEqual(figures.captures)
  expect(figures.captures).toBeGreaterThan(MIB / 4)
  expect(figures.peak).toBeLessThanOrEqual(12 * MIB)
})

it('exchanges its rules without a second copy', () => {
  expect(figures.swap).toBeLessThanOrEqual(64 * 1024)
})

it('gives back what it was given, when it is asked to', () => {
  expect(figures['buffers-trimmed']).toBeLessThan(figures.peak - MIB)
  expect(figures.trimmed).toBeLessThan(MIB / 2)
})
