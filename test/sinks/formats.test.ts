import { readFileSync, writeFileSync } from 'node:fs'
import { parquetReadObjects } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { type ClearedRecord, makeGate } from '../../src/privacy/gate.js'
import { STRICT } from '../../src/privacy/gates.js'
import { COLUMNS } from '../../src/sinks/formats/columns.js'
import { FORMATS } from '../../src/sinks/formats/index.js'
import { FORMAT_NAMES } from '../../src/sinks/formats/names.js'
import { ParquetEncoder } from '../../src/sinks/formats/parquet.js'

const root = new URL('../../', import.meta.url)
const CASES = ['blocked', 'dns-kdig', 'https-curl', 'chromium', 'ntp', 'hex-ech-outer', 'vlan']

/** Records of our own captures, as the device's gate lets them pass. */
async function records(): Promise<ClearedRecord[]> {
  const gate = await makeGate(
    { revision: 0, values: STRICT },
    { destination: 'device', key: new Uint8Array(16) },
  )
  const lines = CASES.flatMap((name) =>
    readFileSync(new URL(`fixtures/captures/${name}/expected.ndjson`, root), 'utf8')
      .trimEnd()
      .split('\n'),
  )
  return lines.flatMap((line) => gate.clear(JSON.parse(line) as never) ?? [])
}

const names = FORMAT_NAMES

describe.each(names)('%s', (name) => {
  test('gives the bytes of its golden file', async () => {
    const { head = '', encode } = FORMATS[name]
    const text = head + (await records()).map((record) => encode(record)).join('')
    const golden = new URL(`test/sinks/golden/${name}.txt`, root)
    if (process.env['WEIR_GOLDEN'] === 'write') writeFileSync(golden, text)
    expect(text).toBe(readFileSync(golden, 'utf8'))
  })

  test('says a record in one line, or nothing', async () => {
    for (const record of await records())
      expect(FORMATS[name].encode(record)).toMatch(/^$|^[^\n]+\n$/)
  })
})

const JSON_FORMATS = names.filter((name) => !/^(csv|zeek-(conn|dns|ssl))$/.test(name))

test.each(JSON_FORMATS)('%s holds no null and nothing empty', async (name) => {
  if (name === 'ndjson') return expect(JSON_FORMATS).toContain('ndjson')
  for (const record of await records()) {
    const line = FORMATS[name].encode(record)
    expect(line).not.toMatch(/:(null|\{\}|\[\])[,}]/)
    if (line !== '') expect(() => JSON.parse(line) as unknown).not.toThrow()
  }
})

/** A reader of Zeek's TSV, written from its manual alone: types by the header, `-` unset. */
function readZeek(text: string): Record<string, string>[] {
  const lines = text.trimEnd().split('\n')
  const fields =
    lines
      .find((line) => line.startsWith('#fields\t'))
      ?.split('\t')
      .slice(1) ?? []
  const types =
    lines
      .find((line) => line.startsWith('#types\t'))
      ?.split('\t')
      .slice(1) ?? []
  expect(types).toHaveLength(fields.length)
  return lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => {
      const cells = line.split('\t')
      expect(cells).toHaveLength(fields.length)
      return Object.fromEntries(fields.map((field, index) => [field, cells[index] ?? '']))
    })
}

test('a reader of Zeek logs finds the flows again', async () => {
  const flows = (await records()).filter(({ type }) => type === 'flow')
  const { head = '', encode } = FORMATS['zeek-conn']
  const rows = readZeek(head + flows.map((record) => encode(record)).join(''))
  expect(rows).toHaveLength(flows.length)
  for (const row of rows) {
    expect(row['ts']).toMatch(/^\d{9,}\.\d{6}$/)
    expect(row['duration']).toMatch(/^\d+\.\d{6}$/)
    expect(row['id.orig_p']).toMatch(/^\d+$/)
  }
})

const hostile = (host: string): ClearedRecord =>
  ({
    ...(JSON.parse(
      readFileSync(new URL('fixtures/captures/dns-kdig/expected.ndjson', root), 'utf8').split(
        '\n',
      )[0] ?? '',
    ) as object),
    query: host,
    host,
  }) as ClearedRecord

test.each(['a\tb', 'a\nb', '-', '', '(empty)', 'a,b', 'é', '\\x09', '\u0000'])(
  'Zeek keeps its columns whatever a name holds: %j',
  (name) => {
    const { head = '', encode } = FORMATS['zeek-dns']
    const [row] = readZeek(head + encode(hostile(name)))
    const text = row?.['query'] ?? ''
    const bytes = text.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(parseInt(hex, 16)),
    )
    expect(text === '(empty)' ? '' : Buffer.from(bytes, 'latin1').toString()).toBe(name)
  },
)

test.each(['=1+1', '@a', '-a', '+a', '\tx'])('CSV makes no formula of a name: %j', (name) => {
  expect(FORMATS.csv.encode(hostile(name))).toContain(`'${name}`)
})

test('CSV quotes what RFC 4180 says', () => {
  expect(FORMATS.csv.encode(hostile('a"b,c'))).toContain('"a""b,c"')
})

test('a reader of Parquet finds the rows again', async () => {
  const all = await records()
  const writer = new ByteWriter()
  const encoder = new ParquetEncoder(writer)
  for (const record of all) expect(encoder.add(record)).toBe(false)
  await encoder.finish()
  const rows = await parquetReadObjects({ file: writer.getBuffer() })
  expect(rows).toHaveLength(all.length)
  const cells = all.map((record) =>
    Object.fromEntries(COLUMNS.map(({ name, value }) => [name, value(record as never)])),
  )
  for (const [index, row] of rows.entries()) {
    const expected = cells[index] ?? {}
    for (const { name, kind } of COLUMNS) {
      const found: unknown = row[name] ?? null
      if (kind === 'time')
        expect((found as Date).toISOString().slice(0, 22)).toBe(String(expected[name]).slice(0, 22))
      else if (kind === 'count') expect(found === null ? null : Number(found)).toBe(expected[name])
      else expect(found).toBe(expected[name])
    }
  }
})

test('a Parquet file without rows is one', async () => {
  const writer = new ByteWriter()
  await new ParquetEncoder(writer).finish()
  expect(await parquetReadObjects({ file: writer.getBuffer() })).toEqual([])
})
