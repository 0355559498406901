import { parseArgs } from 'node:util'
import { compile, type ListSource } from '../blocklist/compile.js'
import { writeRuleset } from '../blocklist/ruleset/file.js'
import { parseTime } from '../blocklist/syntax/indicatorstore.js'
import { writeDiagnostics } from './diagnostics.js'
import { EXIT, UsageError } from './exit.js'
import { readSigningKey } from './keys.js'
import { type ListOptions, readLists } from './listset.js'
import { Output } from './output.js'
import { Progress } from './progress.js'

/** What is said of the lists behind it on the command line. */
const LIST_TEXTS = ['category', 'action', 'match', 'syntax'] as const
const LIST_FLAGS = ['important', 'apex'] as const

export async function compileCommand(args: string[]): Promise<number> {
  const { lists, output, diagnostics, signWith, ...options } = readOptions(args)
  const sign = signWith === undefined ? undefined : readSigningKey(signWith)
  const progress = new Progress('compiling')
  const ruleset = compile(lists, {
    ...options,
    ...(sign ? { sign } : {}),
    progress: (position, size) => progress.show({ position, size }),
  })
  progress.clear()
  await writeRuleset(output, ruleset.bytes)
  const out = new Output()
  const { rules, nameEntries, prefixEntries, patterns } = ruleset.stats
  out.text(`${output}: ${nameEntries} names, ${prefixEntries} networks and ${patterns} patterns `)
  out.text(`from ${rules} rules, ${ruleset.bytes.length} bytes; `)
  out.text(`${ruleset.diagnostics.length} lines are no rules\n`)
  if (diagnostics) writeDiagnostics(out, lists, ruleset.diagnostics)
  out.flush()
  return EXIT.ok
}

function readOptions(args: string[]) {
  const { tokens, values } = parse(args)
  if (!values.output) throw new UsageError('--output is missing')
  const lists: ListSource[] = []
  let list: ListOptions = {}
  for (const token of tokens) {
    if (token.kind === 'positional') lists.push(...readLists(token.value, list))
    if (token.kind === 'option') list = { ...list, ...listOption(token.name, token.value) }
  }
  if (!lists.length) throw new UsageError('no list given')
  return {
    lists: withOwnIds(lists),
    output: values.output,
    diagnostics: values.diagnostics ?? false,
    signWith: values.sign,
    publicSuffixes: values['force-public-suffix'] ? ('allow' as const) : ('refuse' as const),
    at: readTime(values.at),
  }
}

/** `--no-important` is for lists behind those that are. */
function listOption(name: string, value: string | undefined): ListOptions {
  if (LIST_TEXTS.includes(name as (typeof LIST_TEXTS)[number])) return { [name]: value }
  const flag = LIST_FLAGS.find((flag) => name === flag || name === `no-${flag}`)
  return flag ? { [flag]: name === flag } : {}
}

/** Seconds since 1970; now, where nothing is said. */
function readTime(text: string | undefined): number {
  if (text === undefined) return Math.floor(Date.now() / 1000)
  const at = /^\d{1,12}$/.test(text) ? Number(text) : parseTime(text)
  if (at === undefined || at === Infinity) {
    throw new UsageError(`--at ${text}: seconds since 1970, or a time such as 2030-01-31T12:00:00Z`)
  }
  return at
}

/** Lists of the same name are told apart by numbers. */
function withOwnIds(lists: readonly ListSource[]): ListSource[] {
  const taken = new Set<string>()
  return lists.map((list) => {
    let { id } = list
    for (let n = 2; taken.has(id); n++) id = `${list.id}#${n}`
    taken.add(id)
    return { ...list, id }
  })
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
        important: { type: 'boolean' },
        'no-important': { type: 'boolean' },
        apex: { type: 'boolean' },
        'no-apex': { type: 'boolean' },
        'force-public-suffix': { type: 'boolean' },
        at: { type: 'string' },
        diagnostics: { type: 'boolean' },
        sign: { type: 'string' },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
