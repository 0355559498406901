import { parseArgs } from 'node:util'
import type { ClearedTraffic } from '../sinks/formats/format.js'
import { historyPath } from '../sinks/history/place.js'
import { History } from '../sinks/history/query.js'
import { WeirError } from '../errors.js'
import { EXIT, UsageError } from './exit.js'
import { Output } from './output.js'

/** Why one record says what it says. */
export async function explainCommand(args: string[]): Promise<number> {
  const { path, number } = readOptions(args)
  const history = new History(path)
  try {
    const record = history.record(number)
    if (!record) {
      throw new WeirError(
        'WEIR_CANNOT_READ',
        `${path}: no record ${String(number)}; weir flows shows their numbers`,
      )
    }
    const output = new Output()
    output.text(explanation(record))
    output.flush()
  } finally {
    history.close()
  }
  return Promise.resolve(EXIT.ok)
}

function readOptions(args: string[]): { path: string; number: number } {
  try {
    const options = { history: { type: 'string' } } as const
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    const number = Number(positionals[0])
    if (positionals.length !== 1 || !Number.isSafeInteger(number) || number < 1) {
      throw new Error('explain takes the number of a record, as weir flows shows it')
    }
    return { path: values.history ?? historyPath(), number }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

const SOURCES: Readonly<Record<string, string>> = {
  'tls-sni': 'server name in the TLS ClientHello',
  'quic-sni': 'server name in the ClientHello of the QUIC Initial',
  'http-host': 'Host of the HTTP request',
  'dns-qname': 'name that was asked for',
  'dns-hint': 'a DNS answer that gave the address before',
  none: 'nothing told a name',
}
const EVIDENCES: Readonly<Record<string, string>> = {
  payload: 'what the packets said',
  port: 'the port alone',
  name: 'the host it belongs to',
  none: 'nothing',
}
const REASONS: Readonly<Record<string, string>> = {
  'rule-block': 'a rule blocks it',
  'rule-warn': 'a rule warns about it',
  'rule-allow': 'a rule allows it',
  'rule-audit': 'a rule audits it: it passes, and is noted',
  'no-rule': 'no rule speaks of it',
  'default-block': 'no rule speaks of it, and the default is to block',
  'audit-mode': 'a rule would block it or warn, but protection only audits',
  bypass: 'somebody chose to go on in spite of a warning',
}

/** What is said of a record, line by line; undefined is left out. */
function explanation(record: ClearedTraffic): string {
  const flow = record.type === 'flow' ? record : null
  const { client, server, rule, overruled, host } = record
  const source = (of: typeof rule): string | undefined =>
    of ? `${of.text}, line ${String(of.line)} of ${of.list}` : undefined
  const rows: [string, string | undefined][] = [
    ['when', `${record.start} to ${record.end}`],
    ['from', `${client.ip ?? 'withheld'} port ${String(client.port ?? '-')}`],
    ['to', `${server.ip ?? 'withheld'} port ${String(server.port ?? '-')}, ${record.transport}`],
    [
      'protocol',
      flow ? `${flow.protocol}, by ${EVIDENCES[flow.protocolEvidence] ?? '?'}` : record.protocol,
    ],
    [
      'host',
      host === null ? 'none' : `${host}: ${SOURCES[record.hostSource] ?? record.hostSource}`,
    ],
    ['but', flow?.nameIsOuter ? 'the name is the public one of Encrypted ClientHello' : undefined],
    ['but', flow?.hintAmbiguous ? 'the address had several names at that time' : undefined],
    ['verdict', `${record.verdict}: ${REASONS[record.reason] ?? record.reason}`],
    ['rule', source(rule)],
    ['category', record.category ?? undefined],
    ['overruled', source(overruled)],
    ['fingerprint', flow?.ja4 ?? undefined],
    ['withheld', record.withheld?.join(', ')],
  ]
  return rows
    .flatMap(([name, text]) => (text === undefined ? [] : `${name.padEnd(13)}${text}\n`))
    .join('')
}
