import { request } from 'node:http'
import { parseArgs } from 'node:util'
import { WeirError } from '../errors.js'
import type { Status } from '../tun/status.js'
import { EXIT, UsageError } from './exit.js'
import { Output } from './output.js'

const TIMEOUT_MS = 5000
/** No status is longer. */
const BYTES_MAX = 1 << 20

export async function statusCommand(args: string[]): Promise<number> {
  const { socket = '/run/weir.sock', json = false } = parse(args)
  const text = await get(socket, '/status')
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

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new WeirError('WEIR_CANNOT_READ', `${socketPath}: ${why}; does weir run?`))
    const asked = request({ socketPath, path, timeout: TIMEOUT_MS }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        text += part
        if (text.length > BYTES_MAX) asked.destroy(new Error('it says too much'))
      })
      response.on('end', () =>
        response.statusCode === 200 ? resolve(text) : fail(`it says ${response.statusCode}`),
      )
    })
    asked.on('timeout', () => asked.destroy(new Error('it does not answer')))
    asked.on('error', (error) => fail(error.message))
    asked.end()
  })
}

const MEBI = 1 << 20

/** What happened; what did not is left out. */
function statusText(status: Status): string {
  const { device, since, uptimeSeconds, rules, generation, flows, memory, loop, engine } = status
  const rows: [string, string | number][] = [
    ['device', device],
    ['up since', `${since} (${uptimeSeconds} s)`],
    ['rules', `${rules}, generation ${generation}`],
    ['flows', flows],
    ['packet thread', status.confined ? 'confined' : 'not confined: no seccomp here'],
    ['memory', `${mebi(memory.resident)} MiB, of it the engine's ${mebi(memory.engine)}`],
    ...[...Object.entries(loop), ...Object.entries(engine)].filter(([, count]) => count > 0),
  ]
  return rows.map(([name, value]) => `${name.padEnd(20)}${value}\n`).join('')
}

const mebi = (bytes: number): string => (bytes / MEBI).toFixed(1)
