import { parseArgs } from 'node:util'
import { compile, type ListSource } from '../blocklist/compile.js'
import { writeRuleset } from '../blocklist/file.js'
import { EXIT, UsageError } from './exit.js'
import { Output } from './output.js'
import { readLists } from './rules.js'

const LIST_OPTIONS = new Set(['category', 'action', 'match', 'syntax'])

export async function compileCommand(args: string[]): Promise<number> {
  const { lists, output, diagnostics } = readOptions(args)
  const ruleset = compile(lists)
  await writeRuleset(output, ruleset.bytes)
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
  return EXIT.ok
}

/** What is said of lists is for those behind it on the command line. */
function readOptions(args: string[]) {
  const { tokens, values } = parse(args)
  if (!values.output) throw new UsageError('--output is missing')
  const lists: ListSource[] = []
  let list: Partial<ListSource> = {}
  for (const token of tokens) {
    if (token.kind === 'positional') lists.push(...readLists(token.value, list))
    if (token.kind !== 'option') continue
    if (LIST_OPTIONS.has(token.name)) list = { ...list, [token.name]: token.value }
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
        match: { type: 'string', multiple: true },
        syntax: { type: 'string', multiple: true },
        diagnostics: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
