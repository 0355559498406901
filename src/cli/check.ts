import { parseArgs } from 'node:util'
import { openSource } from '../capture/source.js'
import { Ruleset } from '../engine/ruleset.js'
import { spreadRules } from './arguments.js'
import { CheckBlocks, CheckLines, CheckRecords } from './checkview.js'
import { EXIT, UsageError } from './exit.js'
import { inputLines } from './inputlines.js'
import { Output } from './output.js'
import { loadRules, type LoadedRules } from './rules.js'
import { storeLists } from './storelists.js'

/** Which rule decides about each host, and why. */
export async function checkCommand(args: string[]): Promise<number> {
  const { rules: paths, dir, isJson, queries } = readOptions(args)
  const { ruleset, mode = {} } = (await loadRules(paths)) ?? (await rulesOfStore(dir))
  if (mode.protection !== undefined && mode.protection !== 'block') {
    process.stderr.write(
      `weir: protection is ${mode.protection} by the policy: nothing is stopped\n`,
    )
  }
  const isInput = !queries.length || (queries.length === 1 && queries[0] === '-')
  const output = new Output()
  const View = isJson ? CheckRecords : isInput ? CheckLines : CheckBlocks
  const view = new View(ruleset, mode, output)
  if (isInput) {
    for await (const lines of inputLines(openSource('-'))) view.answer(lines)
  } else {
    view.answer(queries)
  }
  output.flush()
  ruleset.close()
  return EXIT.ok
}

async function rulesOfStore(dir: string | undefined): Promise<LoadedRules> {
  const lists = await storeLists(dir)
  if (!lists.length) {
    throw new UsageError(
      'no rules: give --rules FILE, or weir lists add and weir lists update some lists',
    )
  }
  const { compile } = await import('../blocklist/compile.js')
  return { ruleset: Ruleset.from(compile(lists, { at: Math.floor(Date.now() / 1000) }).bytes) }
}

function readOptions(args: string[]) {
  const { values, positionals: queries } = parse(args)
  const { rules = [], format = 'text', dir } = values
  if (format !== 'text' && format !== 'ndjson') throw new UsageError('--format: text or ndjson')
  return { rules, dir, queries, isJson: format === 'ndjson' }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args: spreadRules(args),
      allowPositionals: true,
      options: {
        rules: { type: 'string', multiple: true },
        format: { type: 'string' },
        dir: { type: 'string' },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
