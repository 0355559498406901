import type { Engine } from '../engine/engine.js'
import { type Clearance, ClearedSource } from '../privacy/source.js'
import type { RecordRun } from '../records/ring.js'
import type { Status, StatusSource } from '../tun/status.js'
import { EXIT } from './exit.js'
import { isInForeground } from './foreground.js'
import { dnsRow, flowRow, layOut, type LiveRow } from './liverow.js'
import type { Output } from './output.js'
import { Region } from './region.js'
import { shareTerminal } from './say.js'
import { styler } from './style.js'
import type { View } from './view.js'

const EVERY_MS = 250
const RATE_MS = 1000
/** More than any terminal shows. */
const ROWS_MAX = 512
/** Flows of which it is known that they had a row, though it has gone. */
const TOLD_MAX = 4096
/** Heading, status, and the cursor's own. */
const OTHER_LINES = 3

/** Packets per second, over a second or more. */
class Rate {
  #since = Date.now()
  #packets = 0
  value = 0

  take(packets: number): void {
    const passed = Date.now() - this.#since
    if (passed < RATE_MS) return
    this.value = Math.round(((packets - this.#packets) * 1000) / passed)
    this.#since += passed
    this.#packets = packets
  }
}

/**
 * Flows as they are judged, on a terminal: one line a flow or DNS transaction, the newest last, in as many lines as the
 * terminal has. A flow's line gets its last figures when it ends.
 */
export class LiveTable implements View {
  readonly #source: ClearedSource
  readonly #region: Region
  readonly #style = styler(true)
  readonly #rows = new Map<string, LiveRow>()
  readonly #told = new Set<number>()
  readonly #rate = new Rate()
  #queries = 0
  #status: Pick<StatusSource, 'read'> | undefined
  #statusLine = ''
  #failed: (error: unknown) => void = () => undefined
  #timer: NodeJS.Timeout | undefined
  #shown = ''

  constructor(output: Pick<Output, 'text' | 'flush'>, engine: Engine, clearance: Clearance) {
    this.#source = new ClearedSource(clearance, engine.rule)
    this.#region = new Region(output)
  }

  /** Shows what there is, a few times a second, until `close`; `failed`: the terminal takes no more. */
  follow(status: Pick<StatusSource, 'read'>, failed: (error: unknown) => void): void {
    this.#status = status
    this.#failed = failed
    this.#timer = setInterval(() => this.#draw(), EVERY_MS).unref()
    process.stdout.on('resize', this.#resized)
    process.on('SIGCONT', this.#resumed)
    shareTerminal({ above: (text) => this.#above(text) })
    this.#draw()
  }

  visit(run: RecordRun): void {
    for (const flow of this.#source.judged(run)) {
      if (flow.type !== 'flow' || flow.protocol === 'dns') continue // its queries have lines
      this.#tell(flow.id)
      this.#put(`flow ${flow.id}`, flowRow(flow, true))
    }
    for (const record of this.#source.records(run)) {
      if (record.type === 'dns') this.#put(`dns ${this.#queries++}`, dnsRow(record))
      if (record.type !== 'flow' || record.protocol === 'dns') continue
      const key = `flow ${record.id}`
      if (this.#rows.has(key) || !this.#told.has(record.id)) this.#put(key, flowRow(record, false))
      this.#told.delete(record.id)
    }
  }

  /** The last look stays; the packet thread may have gone. */
  end(): number {
    if (this.#status && isInForeground()) this.#try(() => this.#show())
    this.close()
    return EXIT.ok
  }

  close(): void {
    if (!this.#status) return
    this.#status = undefined
    clearInterval(this.#timer)
    process.stdout.off('resize', this.#resized)
    process.off('SIGCONT', this.#resumed)
    shareTerminal(undefined)
  }

  readonly #resized = (): void => {
    this.#region.resized()
    this.#again()
  }

  readonly #resumed = (): void => {
    this.#region.resumed()
    this.#again()
  }

  #again(): void {
    this.#shown = ''
    this.#draw()
  }

  #tell(id: number): void {
    this.#told.add(id)
    if (this.#told.size > TOLD_MAX) this.#told.delete(first(this.#told)!)
  }

  #put(key: string, row: LiveRow): void {
    this.#rows.set(key, row)
    if (this.#rows.size > ROWS_MAX) this.#rows.delete(first(this.#rows.keys())!)
  }

  #draw(): void {
    if (!this.#status) return
    if (!isInForeground()) return this.#leave()
    this.#statusLine = this.#statusText(this.#status.read())
    this.#try(() => this.#show())
  }

  /** Until it comes back, which SIGCONT says, the terminal is somebody else's. */
  #leave(): void {
    this.#region.resumed()
    this.#shown = ''
  }

  #above(text: string): void {
    if (isInForeground()) this.#try(() => this.#region.above(text))
    else process.stderr.write(text)
  }

  #try(write: () => void): void {
    try {
      write()
    } catch (error) {
      this.close()
      this.#failed(error)
    }
  }

  #show(): void {
    const lines = this.#lines()
    const text = lines.join('\n')
    if (text === this.#shown) return
    this.#shown = text
    this.#region.draw(lines)
  }

  /** A column stays free: a full line would be another's beginning. */
  #lines(): string[] {
    const width = (process.stdout.columns || 80) - 1
    const room = (process.stdout.rows || 24) - OTHER_LINES
    const { heading, line } = layOut(width)
    const rows = room > 0 ? [...this.#rows.values()].slice(-room) : []
    const texts = rows.map((row) => {
      if (row.isWarned) return this.#style('yellow', line(row))
      return row.isStopped ? this.#style('red', line(row)) : line(row)
    })
    const above = room >= 0 ? [this.#style('bold', heading)] : []
    return [...above, ...texts, this.#style('inverse', this.#statusLine.slice(0, width))]
  }

  #statusText({ device, flows, engine, loop, sinks }: Status): string {
    this.#rate.take(loop.reads)
    const lost = Object.values(sinks).reduce((sum, each) => sum + each.lost, loop.recordsLost)
    const figures = [
      `${this.#rate.value} packets/s`,
      `${flows} flows open`,
      `${engine.dropped} packets blocked`,
      `${lost} records lost`,
    ]
    return ` ${device}: ${figures.join(', ')} `
  }
}

const first = <T>(values: Iterable<T>): T | undefined => {
  for (const value of values) return value
  return undefined
}
