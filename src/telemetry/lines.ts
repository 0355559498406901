// What a device sends: lines of NDJSON, each a record that the inventory has.
import { readFile } from 'node:fs/promises'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { INVENTORY, type RecordKind } from '../privacy/inventory.js'

/** As the spool's: bytes of a line, and lines of a batch. */
const LINE_MAX = 1 << 20
export const LINES_MAX = 20_000

export interface ReceivedRecord {
  readonly kind: RecordKind
  readonly time: string
  /** JSON, as it was understood. */
  readonly text: string
}

/** `line` counts from 1. No value of the record is in the message: it is what must not be seen. */
export class BadLine extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message)
  }
}

/** Checks records by schema.json and report.schema.json, both made from what the inventory lists. */
export class LineReader {
  private constructor(private readonly validators: ReadonlyMap<string, ValidateFunction>) {}

  static async open(): Promise<LineReader> {
    const ajv = new Ajv2020({ allowUnionTypes: true, ownProperties: true })
    const traffic = await schema(new URL('../records/schema.json', import.meta.url))
    const reports = await schema(new URL('../privacy/report.schema.json', import.meta.url))
    ajv.addSchema([traffic, reports])
    const validators = Object.keys(INVENTORY).map((kind) => {
      const { $id } = kind === 'flow' || kind === 'dns' ? traffic : reports
      return [kind, ajv.getSchema(`${$id}#/$defs/${kind}`)!] as const
    })
    return new LineReader(new Map(validators))
  }

  /** All lines, or none: throws BadLine for the first that is wrong. */
  read(body: Buffer): ReceivedRecord[] {
    const records: ReceivedRecord[] = []
    for (let at = 0; at < body.length;) {
      const found = body.indexOf(0x0a, at)
      const end = found < 0 ? body.length : found
      const line = records.length + 1
      if (line > LINES_MAX) throw new BadLine(line, `more than ${LINES_MAX} lines`)
      if (end - at > LINE_MAX) throw new BadLine(line, `longer than ${LINE_MAX} bytes`)
      records.push(this.#record(line, body.toString('utf8', at, end)))
      at = end + 1
    }
    return records
  }

  #record(line: number, text: string): ReceivedRecord {
    const record = parse(line, text)
    const kind = record['type']
    const validate = typeof kind === 'string' ? this.validators.get(kind) : undefined
    if (!validate) throw new BadLine(line, 'no type that the inventory has')
    if (!validate(record)) throw new BadLine(line, problemOf(validate))
    const time = record['time'] ?? record['start']
    return { kind: kind as RecordKind, time: String(time), text: JSON.stringify(record) }
  }
}

async function schema(file: URL): Promise<{ $id: string }> {
  return JSON.parse(await readFile(file, 'utf8')) as { $id: string }
}

function parse(line: number, text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Readonly<Record<string, unknown>>
    }
  } catch {
    // Said below: the message of JSON.parse quotes what it read.
  }
  throw new BadLine(line, 'no JSON object')
}

/** Which field, as the schema calls it; a name that it does not have is not repeated. */
function problemOf({ errors }: ValidateFunction): string {
  const [error] = errors ?? []
  if (!error) return 'not as the inventory has it'
  const { instancePath, keyword, message = '' } = error
  const what =
    keyword === 'additionalProperties' ? 'a field that the inventory does not list' : message
  return instancePath ? `${instancePath.slice(0, 128)}: ${what}` : what
}
