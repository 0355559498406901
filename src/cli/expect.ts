import { readFileSync, writeFileSync } from 'node:fs'
import type { Engine } from '../engine/engine.js'
import { WeirError } from '../errors.js'
import { ClearedEncoder } from '../privacy/ndjson.js'
import type { Clearance } from '../privacy/source.js'
import type { RecordRun } from '../records/ring.js'
import { EXIT } from './exit.js'
import type { Output } from './output.js'
import type { View } from './view.js'

const SHOWN = 20

type Json = Record<string, unknown>

/** Keeps all records, and compares them with an expectation in the end, or makes them the expectation. */
export class ExpectationView implements View {
  readonly #path: string
  readonly #update: boolean
  readonly #output: Output
  readonly #encoder: ClearedEncoder

  constructor(path: string, update: boolean, output: Output, engine: Engine, clearance: Clearance) {
    this.#path = path
    this.#update = update
    this.#output = output
    this.#encoder = new ClearedEncoder(clearance, engine.rule)
  }

  visit(run: RecordRun): void {
    this.#encoder.encode(run)
  }

  end(): number {
    return settle(this.#path, this.#encoder.take(), this.#update, this.#output)
  }
}

/** The exit code. */
function settle(path: string, actual: Uint8Array, update: boolean, output: Output): number {
  if (update) {
    write(path, actual)
    output.text(`${path}: written\n`)
    output.flush()
    return EXIT.ok
  }
  const expected = read(path)
  if (Buffer.compare(expected, actual) === 0) {
    output.text(`${path}: as expected\n`)
    output.flush()
    return EXIT.ok
  }
  const differences = compare(expected.toString('utf8'), Buffer.from(actual).toString('utf8'))
  const shown = differences.slice(0, SHOWN)
  const rest = differences.length - shown.length
  if (rest) shown.push(`… and ${rest} more`)
  output.text([`${path}: ${differences.length} differences`, ...shown, ''].join('\n'))
  output.flush()
  return EXIT.differs
}

function read(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new WeirError('WEIR_CANNOT_READ', `${path}: ${(cause as Error).message}`, { cause })
  }
}

function write(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes)
  } catch (cause) {
    throw new WeirError('WEIR_CANNOT_WRITE', `${path}: ${(cause as Error).message}`, { cause })
  }
}

/** What differs, one line each: records are matched by what they are about, not by their place. */
export function compare(expected: string, actual: string): string[] {
  const before = keyed(expected)
  const after = keyed(actual)
  const lines: string[] = []
  for (const [key, record] of before) {
    const other = after.get(key)
    if (!other) lines.push(`- ${key}`)
    else for (const change of changes('', record, other)) lines.push(`~ ${key}: ${change}`)
  }
  for (const key of after.keys()) if (!before.has(key)) lines.push(`+ ${key}`)
  return lines.length ? lines : ['the same records in another order or spelling']
}

function keyed(text: string): Map<string, Json> {
  const records = new Map<string, Json>()
  for (const line of text.split('\n')) {
    if (!line) continue
    const record = parseLine(line)
    const name = keyOf(record)
    let key = name
    for (let n = 2; records.has(key); n++) key = `${name} (${n})`
    records.set(key, record)
  }
  return records
}

function parseLine(line: string): Json {
  try {
    return JSON.parse(line) as Json
  } catch {
    return { type: 'unreadable line', id: line.slice(0, 40) }
  }
}

function keyOf(record: Json): string {
  const end = (side: unknown) => {
    const { ip, port } = (side ?? {}) as { ip?: string; port?: number }
    return ip === undefined ? '' : ` ${ip}:${port}`
  }
  const what =
    record['type'] === 'dns' ? ` ${String(record['qtype'])} ${String(record['query'])}` : ''
  const ends = `${end(record['client'])} >${end(record['server'])}`
  return `${String(record['type'])} ${String(record['id'])} ${String(record['transport'])}${ends}${what}`
}

function changes(path: string, before: unknown, after: unknown): string[] {
  if (isObject(before) && isObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...names].flatMap((name) =>
      changes(path ? `${path}.${name}` : name, before[name], after[name]),
    )
  }
  const [was, is] = [shown(before), shown(after)]
  return was === is ? [] : [`${path} is ${is}, expected ${was}`]
}

const shown = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value))

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
