// Apache Parquet, for captures at scale: the columns of CSV, in groups of rows.
import { type ColumnSource, ParquetWriter, type Writer } from 'hyparquet-writer'
import type { ClearedRecord } from '../../privacy/gate.js'
import { COLUMNS, timeOf } from './columns.js'
import { type ClearedTraffic, isTraffic } from './format.js'

/** Rows that are kept in memory before they are written. */
const GROUP_ROWS = 100_000

/** parquet-format, LogicalTypes: texts are UTF-8, times microseconds in UTC. */
const TYPES = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  count: { type: 'INT64' },
  flag: { type: 'BOOLEAN' },
  time: { type: 'INT64', converted_type: 'TIMESTAMP_MICROS' },
} as const

const SCHEMA: ConstructorParameters<typeof ParquetWriter>[0]['schema'] = [
  { name: 'records', num_children: COLUMNS.length },
  ...COLUMNS.map(({ name, kind }) => ({
    name,
    repetition_type: 'OPTIONAL' as const,
    ...TYPES[kind],
  })),
]

function columnsOf(records: readonly ClearedTraffic[]): ColumnSource[] {
  return COLUMNS.map(({ name, kind, value }) => ({
    name,
    data: records.map((record) => {
      const cell = value(record)
      if (kind === 'time') return timeOf(cell)
      return kind === 'count' && cell !== null ? BigInt(cell) : cell
    }),
  }))
}

/** Writes a Parquet file to `writer` as records come. Reports of Weir itself have no columns. */
export class ParquetEncoder {
  private rows: ClearedTraffic[] = []
  private readonly parquet: ParquetWriter

  constructor(writer: Writer) {
    this.parquet = new ParquetWriter({ writer, schema: SCHEMA })
  }

  /** True: a group is full, call `flush()` before the next. */
  add(record: ClearedRecord): boolean {
    return isTraffic(record) && this.rows.push(record) >= GROUP_ROWS
  }

  async flush(): Promise<void> {
    const rows = this.rows
    this.rows = []
    if (rows.length > 0)
      await this.parquet.write({ columnData: columnsOf(rows), rowGroupSize: GROUP_ROWS })
  }

  /** Writes what is left, and the file's end. */
  async finish(): Promise<void> {
    await this.flush()
    await this.parquet.finish()
  }
}
