import { isIP, isIPv4 } from 'node:net'
import { parseArgs } from 'node:util'
import type { Answers } from '../engine/answers.js'
import type { EngineOptions } from '../engine/engine.js'
import { DNS_MODES, PRESETS } from '../records/vocabulary.js'
import type { RecordFileOptions } from '../sinks/recordfile.js'
import type { DeviceOptions } from '../tun/device.js'
import type { GuardOptions } from '../tun/guard.js'
import type { ListenerPorts } from '../tun/hairpin.js'
import { oneOf, spreadRules } from './arguments.js'
import { duration } from './duration.js'
import { UsageError } from './exit.js'
import { isInForeground } from './foreground.js'
import type { SinkOptions } from './tenantsinks.js'

const FORMATS = ['table', 'ndjson', 'none'] as const

export interface RunOptions {
  readonly device: DeviceOptions
  /** In the device's place: an interface in use. */
  readonly guard?: GuardOptions
  readonly engine: EngineOptions
  readonly rules: readonly string[]
  /** Public keys, one of which must have signed the ruleset; none: any will do. */
  readonly trust: readonly string[]
  /** `live`: the table of a terminal, where nothing else was asked for. */
  readonly format: (typeof FORMATS)[number] | 'live'
  readonly records: RecordsSetting | undefined
  /** Where records go that leave the device. */
  readonly sinks?: SinkOptions
  /** Seconds between reports of memory to whom reports go; undefined: as Reporter has it. */
  readonly reportEvery: number | undefined
  /** The local store; undefined: none. */
  readonly history: HistorySetting | undefined
  readonly user: string | undefined
  /** What was asked for on the command line; a policy's own is before the default. */
  readonly dns: Answers['dns']
  /** The file of the block page. */
  readonly page: string | undefined
  readonly warnPage: string | undefined
  /** A capture of what is blocked. */
  readonly pcap: PcapOptions | undefined
  /** Where an embedder listens on the device's own addresses. */
  readonly hairpin: ListenerPorts | undefined
  /** Of the status; undefined: none. */
  readonly socket: string | undefined
}

/** Addresses that nobody else has: of RFC 2544's benchmark network, and a unique local one (RFC 4193). */
const OWN_ADDRESSES = ['198.18.0.1/15', 'fd77:6569:7200::1/64']
const ROOTS_SOCKET = '/run/weir.sock'
const DAY = 86_400
const MEBI = 1 << 20
/** Of the local store: as the inventory has it, and at most. */
const KEEP_DAYS = 30
const KEEP_DAYS_MAX = 3650

export interface HistorySetting {
  /** undefined: the user's own, if it can be had. */
  readonly path: string | undefined
  readonly keepDays: number
}

export interface PcapOptions {
  readonly path: string
  readonly payload: boolean
  readonly maxBytes: number
}

export function readOptions(args: string[]): RunOptions {
  const values = parse(args)
  const format = oneOf('--format', FORMATS, values.format) ?? formatHere()
  return {
    device: {
      name: values.device ?? 'weir0',
      mtu: number('--mtu', values.mtu, 1280, 65_535) ?? 1500,
      addresses: values.address ?? OWN_ADDRESSES,
      routes: values.route ?? [],
    },
    engine: { ...engineOptions(values), tellsJudged: format === 'live' },
    rules: values.rules ?? [],
    trust: values.trust ?? [],
    format,
    records: recordsSetting(values),
    ...sinkOptions(values),
    reportEvery:
      values['report-every'] === undefined
        ? undefined
        : duration('--report-every', values['report-every']),
    history: historySetting(values),
    user: values.user,
    dns: dnsOptions(values),
    page: values.page,
    warnPage: values['warn-page'],
    pcap: pcapOptions(values),
    hairpin: values.hairpin && listenerPorts(values.hairpin),
    socket: values.socket ?? (process.getuid?.() === 0 ? ROOTS_SOCKET : undefined),
  }
}

/** A terminal of one's own that can move its cursor gets the live table; all else, lines. */
const formatHere = (): RunOptions['format'] =>
  process.stdout.isTTY && process.env['TERM'] !== 'dumb' && isInForeground() ? 'live' : 'table'

function parse(args: string[]) {
  const string = { type: 'string' } as const
  const strings = { type: 'string', multiple: true } as const
  const boolean = { type: 'boolean' } as const
  try {
    return parseArgs({
      args: spreadRules(args),
      options: {
        device: string,
        address: strings,
        route: strings,
        mtu: string,
        rules: strings,
        trust: strings,
        format: string,
        records: string,
        'records-size': string,
        'records-age': string,
        'records-keep': string,
        'records-sync': string,
        sink: strings,
        'sink-token': string,
        'sink-ca': string,
        'sink-cert': string,
        'sink-key': string,
        spool: string,
        'report-every': string,
        history: string,
        'no-history': boolean,
        'keep-days': string,
        user: string,
        dns: string,
        sinkhole: strings,
        'dns-ttl': string,
        'dns-warned': string,
        page: string,
        'warn-page': string,
        'bypass-for': string,
        hairpin: strings,
        pcap: string,
        'pcap-payload': boolean,
        'pcap-size': string,
        preset: string,
        'max-flows': string,
        socket: string,
      },
    }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function number(name: string, text: string | undefined, min: number, max: number) {
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= min && value <= max) return value
  throw new UsageError(`${name}: a number from ${min} to ${max}`)
}

/** NDJSON besides what is shown, and how far its file grows. */
export interface RecordsSetting {
  readonly path: string
  readonly rotation: Partial<RecordFileOptions>
}

interface RecordsValues {
  readonly records?: string | undefined
  readonly 'records-size'?: string | undefined
  readonly 'records-age'?: string | undefined
  readonly 'records-keep'?: string | undefined
  readonly 'records-sync'?: string | undefined
}

function recordsSetting(values: RecordsValues): RecordsSetting | undefined {
  const mebibytes = number('--records-size', values['records-size'], 1, 1 << 20)
  const age = values['records-age']
  const seconds = age === undefined ? undefined : duration('--records-age', age)
  const keep = number('--records-keep', values['records-keep'], 0, 1000)
  const sync = oneOf(
    '--records-sync',
    ['never', 'rotate', 'flush'] as const,
    values['records-sync'],
  )
  if (values.records === undefined) return undefined
  return {
    path: values.records,
    rotation: {
      ...(mebibytes && { maxBytes: mebibytes << 20 }),
      ...(seconds && { maxAge: seconds * 1000 }),
      ...(keep !== undefined && { keep }),
      ...(sync && { sync }),
    },
  }
}

interface SinkValues {
  readonly sink?: string[] | undefined
  readonly 'sink-token'?: string | undefined
  readonly 'sink-ca'?: string | undefined
  readonly 'sink-cert'?: string | undefined
  readonly 'sink-key'?: string | undefined
  readonly spool?: string | undefined
}

function sinkOptions(values: SinkValues): { sinks?: SinkOptions } {
  const { sink: urls, spool: directory } = values
  const [token, ca, cert, key] = (['token', 'ca', 'cert', 'key'] as const).map(
    (name) => values[`sink-${name}`],
  )
  const files = { token, ca, cert, key }
  if (urls) return { sinks: { urls, files, directory } }
  if ([...Object.values(files), directory].every((value) => value === undefined)) return {}
  throw new UsageError(
    '--sink-token, --sink-ca, --sink-cert, --sink-key and --spool go with --sink',
  )
}

interface EngineValues {
  readonly preset?: string | undefined
  readonly 'max-flows'?: string | undefined
  readonly 'bypass-for'?: string | undefined
}

function engineOptions(values: EngineValues): EngineOptions {
  const { preset: name, 'max-flows': maxFlows, 'bypass-for': time } = values
  const preset = oneOf('--preset', PRESETS, name)
  const flows = number('--max-flows', maxFlows, 16, 1 << 24)
  return {
    ...(preset && { preset }),
    ...(flows !== undefined && { maxFlows: flows }),
    ...(time !== undefined && { bypassSeconds: duration('--bypass-for', time) }),
  }
}

interface DnsValues {
  readonly dns?: string | undefined
  readonly sinkhole?: string[] | undefined
  readonly 'dns-ttl'?: string | undefined
  readonly 'dns-warned'?: string | undefined
}

const WARNED = ['pass', 'answer'] as const

function dnsOptions(values: DnsValues): Answers['dns'] {
  const { dns, sinkhole, 'dns-ttl': ttlText, 'dns-warned': warnedText } = values
  const ttl = number('--dns-ttl', ttlText, 0, DAY)
  const warned = oneOf('--dns-warned', WARNED, warnedText)
  const mode = oneOf('--dns', DNS_MODES, dns) ?? (sinkhole ? 'sinkhole' : 'nxdomain')
  if ((mode === 'sinkhole') !== (sinkhole !== undefined)) {
    throw new UsageError('--dns sinkhole and --sinkhole ADDRESS go together')
  }
  if ([dns, sinkhole, ttl, warned].every((value) => value === undefined)) return undefined
  return {
    mode,
    ...sinkholes(sinkhole ?? []),
    ...(ttl !== undefined && { ttl }),
    ...(warned !== undefined && { warned }),
  }
}

function sinkholes(addresses: readonly string[]): { ipv4?: string; ipv6?: string } {
  const out: { ipv4?: string; ipv6?: string } = {}
  for (const address of addresses) {
    const version = isIPv4(address) ? 'ipv4' : 'ipv6'
    if (!isIP(address) || out[version] !== undefined) {
      throw new UsageError('--sinkhole: an IPv4 address, an IPv6 address, or one of each')
    }
    out[version] = address
  }
  return out
}

interface HistoryValues {
  readonly history?: string | undefined
  readonly 'no-history'?: boolean | undefined
  readonly 'keep-days'?: string | undefined
}

function historySetting(values: HistoryValues): HistorySetting | undefined {
  const { history: path, 'no-history': isNone = false, 'keep-days': days } = values
  const keepDays = number('--keep-days', days, 1, KEEP_DAYS_MAX) ?? KEEP_DAYS
  if (!isNone) return { path, keepDays }
  if (path === undefined && days === undefined) return undefined
  throw new UsageError('--no-history keeps nothing: it goes with neither --history nor --keep-days')
}

interface PcapValues {
  readonly pcap?: string | undefined
  readonly 'pcap-payload'?: boolean | undefined
  readonly 'pcap-size'?: string | undefined
}

function pcapOptions(values: PcapValues): PcapOptions | undefined {
  const { pcap: path, 'pcap-payload': payload = false, 'pcap-size': size } = values
  const mebibytes = number('--pcap-size', size, 1, 1 << 20) ?? 64
  if (path !== undefined) return { path, payload, maxBytes: mebibytes * MEBI }
  if (payload || size !== undefined)
    throw new UsageError('--pcap-payload and --pcap-size go with --pcap FILE')
  return undefined
}

/** `PORT` or `PORT/udp`. */
function listenerPorts(texts: readonly string[]): ListenerPorts {
  const ports: { tcpPort?: number; udpPort?: number } = {}
  for (const text of texts) {
    const [, port, transport = 'tcp'] = /^(\d+)(?:\/(tcp|udp))?$/.exec(text) ?? []
    if (port === undefined) throw new UsageError('--hairpin: a port, or one with /udp behind it')
    ports[transport === 'udp' ? 'udpPort' : 'tcpPort'] = number('--hairpin', port, 1, 65_535)!
  }
  return ports
}
