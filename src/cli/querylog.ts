import { Capture, isDamage } from '../capture/capture.js'
import { type ByteSource, openSource } from '../capture/source.js'
import { Engine, REPLAY_SEED } from '../engine/engine.js'
import { RecordDecoder } from '../records/decode.js'
import type { TrafficRecord } from '../records/types.js'
import { isHost, targetOf } from './checktarget.js'
import { inputLines } from './inputlines.js'

/** Different hosts that are counted; of more, only how often they were asked for. */
const HOSTS_MAX = 1 << 21
const HEAD = 4
/** First bytes of pcap and pcapng, as hexadecimal. */
const CAPTURE = /^(a1b2c3d4|d4c3b2a1|a1b23c4d|4d3cb2a1|a1b2cd34|34cdb2a1|0a0d0d0a)$/
/** As dnsmasq and Pi-hole write it: `query[AAAA] example.org from 192.0.2.1`. */
const DNSMASQ = /\bquery\[[^\]\s]{1,24}\] (\S{1,255}) from\b/

/** Hosts and how often each was asked for. */
export class AskedHosts {
  readonly counts = new Map<string, number>()
  /** Queries of hosts that there was no room for. */
  leftOut = 0
  /** Lines that ask for nothing. */
  others = 0

  add(host: string): void {
    const name = (host.endsWith('.') ? host.slice(0, -1) : host).toLowerCase()
    const before = this.counts.get(name)
    if (before === undefined && this.counts.size === HOSTS_MAX) this.leftOut++
    else this.counts.set(name, (before ?? 0) + 1)
  }

  get queries(): number {
    let all = this.leftOut
    for (const count of this.counts.values()) all += count
    return all
  }
}

/**
 * Counts what a log asks for: names one a line, a log of dnsmasq or Pi-hole, or Weir's records; or a capture's
 * hosts and DNS queries. gzip and zstd are seen through, `-` is standard input.
 */
export async function readQueryLog(path: string, hosts: AskedHosts): Promise<void> {
  const source = await Peeked.open(openSource(path))
  if (CAPTURE.test(source.head.toString('hex'))) {
    await readCaptured(path, new Capture(source), hosts)
    return
  }
  try {
    for await (const lines of inputLines(source)) for (const line of lines) readLine(line, hosts)
  } finally {
    source.close()
  }
}

function readLine(line: string, hosts: AskedHosts): void {
  const host = hostOf(line)
  if (host === undefined) hosts.others++
  else hosts.add(host)
}

/** The host that a line of a log asks for; undefined where it asks for none. */
export function hostOf(line: string): string | undefined {
  const text = line.trim()
  if (text.startsWith('{')) return hostOfRecord(text)
  const asked = DNSMASQ.exec(text)?.[1] ?? text
  if (asked === '' || /\s|^#/.test(asked)) return undefined
  const { host } = targetOf(asked)
  return host === '' ? undefined : host
}

/** Of a record of Weir's. */
function hostOfRecord(text: string): string | undefined {
  let record: unknown
  try {
    record = JSON.parse(text)
  } catch {
    return undefined
  }
  const { type, host, query, server } = (record ?? {}) as Record<string, unknown>
  if (type !== 'flow' && type !== 'dns') return undefined
  const address = (server as { ip?: unknown } | null | undefined)?.ip
  const asked = type === 'dns' ? query : (host ?? address)
  return typeof asked === 'string' && isHost(asked) ? asked : undefined
}

/** A flow without a name asks for its server's address. */
async function readCaptured(path: string, capture: Capture, hosts: AskedHosts): Promise<void> {
  const engine = new Engine({ seed: REPLAY_SEED })
  const decoder = new RecordDecoder(engine.rule)
  const take = (record: TrafficRecord): void => {
    const host = record.type === 'dns' ? record.query : (record.host ?? record.server.ip)
    if (isHost(host)) hosts.add(host)
  }
  try {
    await capture.feed(engine, (run) => decoder.decode(run).forEach(take))
  } catch (error) {
    if (!isDamage(error)) throw error
    process.stderr.write(`weir: ${path}: ${error.message}\n`)
  }
  for (let done = false; !done;) {
    done = engine.finish()
    engine.drain((run) => decoder.decode(run).forEach(take))
  }
  engine.close()
  capture.close()
}

/** Bytes of which the first were looked at. */
class Peeked implements ByteSource {
  private constructor(
    private readonly source: ByteSource,
    readonly head: Buffer,
    private rest: Buffer,
  ) {}

  static async open(source: ByteSource): Promise<Peeked> {
    const head = Buffer.alloc(HEAD)
    let length = 0
    while (length < HEAD) {
      const count = await source.read(head, length, HEAD - length)
      if (count === 0) break
      length += count
    }
    return new Peeked(source, head.subarray(0, length), head.subarray(0, length))
  }

  read(into: Uint8Array, at: number, length: number): number | Promise<number> {
    if (!this.rest.length) return this.source.read(into, at, length)
    const some = this.rest.subarray(0, length)
    into.set(some, at)
    this.rest = this.rest.subarray(some.length)
    return some.length
  }

  get position(): number {
    return this.source.position
  }

  get size(): number | undefined {
    return this.source.size
  }

  close(): void {
    this.source.close()
  }
}
