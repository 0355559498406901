import { parseArgs } from 'node:util'
import { examine, type Finding } from '../tun/doctor.js'
import { EXIT, UsageError } from './exit.js'
import { Output } from './output.js'

const MARKS = { good: 'ok', note: '--', bad: 'NO' } as const

/** Whether this system can run Weir live, and what was left behind; 7 when something stands against it. */
export function doctorCommand(args: string[]): Promise<number> {
  const { clean = false, json = false } = parse(args)
  const findings = examine(clean)
  const output = new Output()
  output.text(json ? `${JSON.stringify(findings)}\n` : findings.map(row).join(''))
  output.flush()
  return Promise.resolve(findings.some(({ state }) => state === 'bad') ? EXIT.device : EXIT.ok)
}

const row = ({ what, state, text }: Finding): string =>
  `${MARKS[state]}  ${what.padEnd(12)}${text}\n`

function parse(args: string[]) {
  try {
    const options = { clean: { type: 'boolean' }, json: { type: 'boolean' } } as const
    return parseArgs({ args, options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
