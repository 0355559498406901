import { renameSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { compile, type ListSource } from '../blocklist/compile.js'
import { WeirError } from '../errors.js'
import { EXIT, UsageError } from './exit.js'
import { Output } from './output.js'
import { readList } from './rules.js'

const ACTIONS = ['block', 'warn', 'audit', 'allow'] as const

export function compileCommand(args: string[]): Promise<number> {
  const { lists, output, diagnostics } = readOptions(args)
  const ruleset = compile(lists)
  replaceFile(output, ruleset.bytes)
  const out = new Output()
  const { rules, nameEntries, prefixEntries } = ruleset.stats
  out.text(`${output}: ${nameEntries} names and ${prefixEntries} networks from ${rules} rules, `)
  out.text(`${ruleset.bytes.length} bytes; ${ruleset.diagnostics.length} lines are no rules\n`)
  if (diagnostics) {
    for (const { list, line, message } of ruleset.diagnostics) {
      out.text(`${list}:${line}: ${message}\n`)
    }
  }
  out.flush()
  return Promise.resolve(EXIT.ok)
}

/** `--category` and `--action` are for the lists behind them. */
function readOptions(args: string[]) {
  const { tokens, values } = parse(args)
  if (!values.output) throw new UsageError('--output is missing')
  const lists: ListSource[] = []
  let list: Partial<ListSource> = {}
  for (const token of tokens) {
    if (token.kind === 'positional') lists.push(readList(token.value, list))
    if (token.kind !== 'option') continue
    if (token.name === 'category') list = { ...list, category: token.value }
    if (token.name === 'action') list = { ...list, action: actionOf(token.value) }
  }
  if (!lists.length) throw new UsageError('no list given')
  return { lists, output: values.output, diagnostics: values.diagnostics ?? false }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      tokens: true,
      allowPositionals: true,
      options: {
        output: { type: 'string', short: 'o' },
        category: { type: 'string', multiple: true },
        action: { type: 'string', multiple: true },
        diagnostics: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function actionOf(text: string | undefined) {
  const action = ACTIONS.find((known) => known === text)
  if (!action) throw new UsageError(`--action: one of ${ACTIONS.join(', ')}`)
  return action
}

/** Engines map the file: it is replaced as a whole, never written into. */
function replaceFile(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, bytes)
    renameSync(temporary, path)
  } catch (cause) {
    throw new WeirError('WEIR_CANNOT_WRITE', `${path}: ${(cause as Error).message}`, { cause })
  }
}
