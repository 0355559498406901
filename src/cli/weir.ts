#!/usr/bin/env node
import { describe, EXIT, isCrash, UsageError } from './exit.js'
import { ReaderGone } from './output.js'

/** Commands are loaded when they are called for: starting up is most of a small replay. */
const COMMANDS: Readonly<Record<string, () => Promise<(args: string[]) => Promise<number>>>> = {
  replay: async () => (await import('./replay.js')).replayCommand,
  compile: async () => (await import('./compile.js')).compileCommand,
  check: async () => (await import('./check.js')).checkCommand,
  diff: async () => (await import('./diff.js')).diffCommand,
  run: async () => (await import('./run.js')).runCommand,
  guard: async () => (await import('./guard.js')).guardCommand,
  doctor: async () => (await import('./doctor.js')).doctorCommand,
  sim: async () => (await import('./sim.js')).simCommand,
  status: async () => (await import('./status.js')).statusCommand,
  flows: async () => (await import('./flows.js')).flowsCommand,
  actions: async () => (await import('./actions.js')).actionsCommand,
  explain: async () => (await import('./explain.js')).explainCommand,
  stats: async () => (await import('./series.js')).seriesCommand,
  export: async () => (await import('./export.js')).exportCommand,
  bypass: async () => (await import('./bypass.js')).bypassCommand,
  policy: async () => (await import('./policy.js')).policyCommand,
  privacy: async () => (await import('./privacy.js')).privacyCommand,
  fleet: async () => (await import('./fleet.js')).fleetCommand,
  consent: async () => (await import('./consent.js')).consentCommand,
  lists: async () => (await import('./lists.js')).listsCommand,
  report: async () => (await import('./report.js')).reportCommand,
  feedback: async () => (await import('./feedback.js')).feedbackCommand,
  collect: async () => (await import('./collect.js')).collectCommand,
  enrol: async () => (await import('./enrol.js')).enrolCommand,
}

async function main(args: string[]): Promise<number> {
  const [name = '--help', ...rest] = args
  if (name === '--help' || name === '-h' || rest.includes('--help') || rest.includes('-h')) {
    const { help } = await import('./help.js')
    process.stdout.write(help)
    return args.length ? EXIT.ok : EXIT.usage
  }
  if (name === '--version' || name === '-v') {
    const { version } = await import('./help.js')
    process.stdout.write(`${version()}\n`)
    return EXIT.ok
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!command) throw new UsageError(`no command "${name}"`)
  return (await command())(rest)
}

/** The first failure is the one that is told of, and the command ends with it. */
let hasFailed = false

/** What Weir did not expect is written down, for `weir report`. */
async function fail(error: unknown): Promise<void> {
  if (hasFailed) return
  hasFailed = true
  const { code, line } = describe(error)
  process.stderr.write(`weir: ${line}\n`)
  process.exitCode = code
  if (!isCrash(error)) return
  await (await import('../telemetry/keepcrash.js')).keepCrash(error)
  process.exit(code)
}

process.on('uncaughtException', (error) => {
  if (error instanceof ReaderGone) process.exit()
  void fail(error)
})

/** All output is written by now; to leave at once saves taking Node down piece by piece. */
main(process.argv.slice(2)).then(
  (code) => (hasFailed ? undefined : process.exit(code)),
  (error: unknown) => (error instanceof ReaderGone ? undefined : fail(error)),
)
