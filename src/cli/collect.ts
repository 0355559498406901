// `weir collect`: a collector, and who may send to it.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DEVICE_NAME } from '../telemetry/devicename.js'
import { stateDirectory } from '../telemetry/place.js'
import type { ClickHouseStore } from '../sinks/clickhousestore.js'
import type { Collected } from '../telemetry/collected.js'
import type { Elsewhere } from '../telemetry/elsewhere.js'
import { duration } from './duration.js'
import { EXIT, UsageError } from './exit.js'
import { Output } from './output.js'
import { pem } from './pem.js'
import { say } from './say.js'

const TEXT = { type: 'string' } as const
const OPTIONS = {
  listen: TEXT,
  cert: TEXT,
  key: TEXT,
  'client-ca': TEXT,
  'per-minute': TEXT,
  store: TEXT,
  clickhouse: TEXT,
  'clickhouse-password-file': TEXT,
  'clickhouse-ca': TEXT,
  'clickhouse-cert': TEXT,
  'clickhouse-key': TEXT,
  name: TEXT,
  for: TEXT,
} as const
const LISTEN = '127.0.0.1:7867'
const CODE_FOR = '1d'

type Values = Partial<Record<keyof typeof OPTIONS, string>>

const COMMANDS: Readonly<Record<string, (kept: Collected, values: Values) => string>> = {
  'token new': (kept, values) => `${kept.newToken(nameOf(values))}\n`,
  'token list': (kept) =>
    kept
      .tokens()
      .map(({ name, id, made }) => `${name}\t${id}\t${new Date(made).toISOString()}\n`)
      .join(''),
  'token revoke': (kept, values) => `${kept.revoke(nameOf(values))} tokens revoked\n`,
  'code new': (kept, values) =>
    `${kept.newCode(nameOf(values), duration('--for', values.for ?? CODE_FOR) * 1000)}\n`,
}

export async function collectCommand(args: string[]): Promise<number> {
  const { values, positionals } = parse(args)
  const name = positionals.join(' ')
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (name !== '' && !command) {
    throw new UsageError(`collect is followed by nothing, or ${Object.keys(COMMANDS).join(', ')}`)
  }
  const { Collected } = await import('../telemetry/collected.js')
  const kept = new Collected(values.store ?? join(stateDirectory(), 'collected.db'))
  if (!command) return serve(kept, values)
  const output = new Output()
  output.text(command(kept, values))
  output.flush()
  kept.close()
  return EXIT.ok
}

async function serve(kept: Collected, values: Values): Promise<number> {
  const { Collector } = await import('../telemetry/collector.js')
  const store = await clickHouseOf(values)
  const elsewhere = store && (await elsewhereOf(kept, store))
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  const collector = await Collector.listen(kept, {
    ...addressOf(values.listen ?? LISTEN),
    tls: await tlsOf(values),
    ...(values['per-minute'] === undefined ? {} : { perMinute: count(values['per-minute']) }),
    elsewhere,
  })
  const into = store ? `${store.name}, its keys into ${kept.path}` : kept.path
  say(`collecting at ${collector.url.href} into ${into}`)
  await stopped
  await collector.close()
  return EXIT.ok
}

/** undefined: records are kept in SQLite, as devices and keys are. */
async function clickHouseOf(values: Values): Promise<ClickHouseStore | undefined> {
  if (values.clickhouse === undefined) return undefined
  const { ClickHouseStore } = await import('../sinks/clickhousestore.js')
  const { clickHouseUrl, readAccess } = await import('./sinkurl.js')
  const { token: password, tls } = readAccess({
    token: values['clickhouse-password-file'],
    ca: values['clickhouse-ca'],
    cert: values['clickhouse-cert'],
    key: values['clickhouse-key'],
  })
  return new ClickHouseStore({ url: clickHouseUrl(values.clickhouse), password, tls })
}

async function elsewhereOf(kept: Collected, store: ClickHouseStore): Promise<Elsewhere> {
  const { Elsewhere } = await import('../telemetry/elsewhere.js')
  const { Refused } = await import('../sinks/spoolretry.js')
  return new Elsewhere(kept, store, {
    isForGood: (error) => error instanceof Refused,
    tell: (error) =>
      say(
        error
          ? `${error.message}; devices keep what they have`
          : `${store.name} takes records again`,
      ),
  })
}

async function tlsOf({ cert, key, 'client-ca': clientCa }: Values) {
  if (cert === undefined && key === undefined && clientCa === undefined) return undefined
  if (cert === undefined || key === undefined) throw new UsageError('--cert and --key go together')
  return {
    cert: await pem(cert),
    key: await pem(key),
    clientCa: clientCa === undefined ? undefined : await pem(clientCa),
  }
}

/** `127.0.0.1:7867`, `[::1]:7867`. */
function addressOf(text: string): { host: string; port: number } {
  const [, six, host = six, port] = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text) ?? []
  if (host === undefined || Number(port) > 65_535) throw new UsageError('--listen is ADDRESS:PORT')
  return { host: host === 'localhost' ? '127.0.0.1' : host, port: Number(port) }
}

function count(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new UsageError('--per-minute is a number of requests')
  return Number(text)
}

function nameOf({ name }: Values): string {
  if (name !== undefined && DEVICE_NAME.test(name)) return name
  throw new UsageError('--name: what the device is called, in letters, digits and .@_-')
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
