import { parseArgs } from 'node:util'
import type { SinkFigures, Status } from '../tun/status.js'
import { askRun, SOCKET } from './askrun.js'
import { EXIT, UsageError } from './exit.js'
import { Output } from './output.js'

export async function statusCommand(args: string[]): Promise<number> {
  const { socket = SOCKET, json = false } = parse(args)
  const text = await askRun(socket, 'GET', '/status')
  const output = new Output()
  output.text(json ? text : statusText(JSON.parse(text) as Status))
  output.flush()
  return EXIT.ok
}

function parse(args: string[]) {
  try {
    const options = { socket: { type: 'string' }, json: { type: 'boolean' } } as const
    return parseArgs({ args, options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

const MEBI = 1 << 20

/** What happened; what did not is left out. */
export function statusText(status: Status): string {
  const { device, since, uptimeSeconds, rules, generation, flows, memory, loop, engine } = status
  const sinks = Object.entries(status.sinks)
  const rows: [string, string | number][] = [
    ['device', device],
    ['up since', `${since} (${uptimeSeconds} s)`],
    ['rules', `${rules}, generation ${generation}`],
    ['flows', flows],
    ['packet thread', status.confined ? 'confined' : 'not confined: no seccomp here'],
    ['memory', `${mebi(memory.resident)} MiB, of it the engine's ${mebi(memory.engine)}`],
    ...sinks.map(([name, figures]): [string, string] => [name, sinkText(figures)]),
    ...[...Object.entries(loop), ...Object.entries(engine)].filter(([, count]) => count > 0),
  ]
  return rows.map(([name, value]) => `${name.padEnd(19)} ${value}\n`).join('')
}

function sinkText({ kind, kept, waiting, lost, error }: SinkFigures): string {
  const done = kind === 'history' ? 'kept' : 'sent'
  const parts = [`${kept} records ${done}`, waiting && `${waiting} waiting`, lost && `${lost} lost`]
  return `${parts.filter(Boolean).join(', ')}${error === null ? '' : `; last error: ${error}`}`
}

const mebi = (bytes: number): string => (bytes / MEBI).toFixed(1)
