import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { RecordFile } from '../../src/sinks/recordfile.js'

let folder = ''
let path = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-records-'))
  path = join(folder, 'records.ndjson')
})
afterEach(() => rmSync(folder, { recursive: true }))

const line = (number: number): Uint8Array =>
  Buffer.from(`{"id":${String(number).padStart(3, '0')}}\n`)
const text = (suffix = ''): string => readFileSync(path + suffix, 'utf8')

test('appends to what is there, for its owner alone', () => {
  const first = new RecordFile(path)
  first.bytes(line(1))
  first.close()
  const second = new RecordFile(path)
  second.bytes(line(2))
  second.close()
  expect(text()).toBe('{"id":001}\n{"id":002}\n')
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('moves a full file aside, keeps so many, and never cuts a line', () => {
  const file = new RecordFile(path, { maxBytes: 25, keep: 2 })
  for (let number = 1; number <= 9; number++) file.bytes(line(number))
  file.close()
  expect(text()).toBe('{"id":009}\n')
  expect(text('.1')).toBe('{"id":007}\n{"id":008}\n')
  expect(text('.2')).toBe('{"id":005}\n{"id":006}\n')
  expect(readdirSync(folder)).toHaveLength(3)
})

test('keeps none where none is to be kept', () => {
  const file = new RecordFile(path, { maxBytes: 15, keep: 0 })
  for (let number = 1; number <= 4; number++) file.bytes(line(number))
  expect(readdirSync(folder)).toEqual(['records.ndjson'])
  expect(text()).toBe('{"id":004}\n')
})

test('begins another after a time, whatever the clock does', () => {
  let now = Date.now()
  const file = new RecordFile(path, { maxAge: 60_000 }, () => now)
  file.bytes(line(1))
  now -= 3_600_000
  file.bytes(line(2))
  now += 30_000
  file.bytes(line(3))
  expect(existsSync(`${path}.1`)).toBe(false)
  now += 40_000
  file.bytes(line(4))
  expect(text('.1').split('\n')).toHaveLength(4)
  expect(text()).toBe('{"id":004}\n')
})

test('says where it cannot write', () => {
  writeFileSync(join(folder, 'file'), '')
  expect(() => new RecordFile(join(folder, 'file', 'records'))).toThrow(
    expect.objectContaining({ code: 'WEIR_CANNOT_WRITE' }),
  )
})

// A file may grow to 64 KiB here: the shell's limit is what a full disk is.
test('a full disk costs what found no room, and leaves whole lines', () => {
  const program = `
    import { RecordFile } from ${JSON.stringify(new URL('../../dist/sinks/recordfile.js', import.meta.url).href)}
    process.on('SIGXFSZ', () => {})
    const file = new RecordFile(${JSON.stringify(path)}, { keep: 1 })
    for (let i = 0; i < 100; i++) file.bytes(Buffer.from('x'.repeat(999) + '\\n'))
    console.log(file.lost, file.problem)`
  const command = 'ulimit -f 64; exec "$0" --input-type=module -e "$1"'
  const { stdout } = spawnSync('bash', ['-c', command, process.execPath, program])
  const size = statSync(path).size
  expect(size % 1000).toBe(0)
  expect(size).toBeGreaterThan(30_000)
  expect(stdout.toString()).toBe(`${String(100 - size / 1000)} EFBIG: file too large, write\n`)
})
